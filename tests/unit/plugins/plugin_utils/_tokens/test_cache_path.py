# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the cache is for users without a home that they can write."""

from __future__ import annotations

import os
import pathlib
import tempfile

import pytest
from ansible import constants
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens import cache_path
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.cache_path import default_cache_path
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._files.real_files import as_user
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._tokens.cache_world import Use

NAME = f"bloq_tokens-{os.geteuid()}"


@pytest.fixture
def temporary(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """A folder as /tmp is, the only one that there is."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    folder.chmod(0o1777)
    monkeypatch.setattr(cache_path, "_other_folders", lambda: [str(folder / NAME)])
    return folder


@pytest.fixture
def no_home(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, temporary: pathlib.Path) -> pathlib.Path:
    """The temporary folder of a user whose home cannot be written, not even by root."""
    (tmp_path / "home").touch()
    monkeypatch.setattr(constants, "ANSIBLE_HOME", str(tmp_path / "home" / ".ansible"))
    return temporary


@pytest.fixture
def other_user(monkeypatch: pytest.MonkeyPatch, no_home: pathlib.Path) -> pathlib.Path:
    """The temporary folder, in which what we make is another user's."""
    ours = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: ours + 1)
    no_home.joinpath(NAME).mkdir(mode=0o700)
    return no_home


def works_without() -> None:
    use = Use(pathlib.Path(default_cache_path()))
    assert use.get()[1] and use.get()[1]
    assert len(set(use.warnings)) == 1 and "cannot be written" in use.warnings[0]


@pytest.mark.usefixtures("temporary")
@pytest.mark.parametrize("home", ["", "not/made/yet"])
def test_ansible_s_home_is_the_usual_place(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, home: str) -> None:
    monkeypatch.setattr(constants, "ANSIBLE_HOME", str(tmp_path / home))
    assert default_cache_path() == str(tmp_path / home / "bloq_tokens")


def test_a_home_that_cannot_be_written_has_a_private_folder_in_its_stead(no_home: pathlib.Path) -> None:
    use = Use(pathlib.Path(default_cache_path()))
    assert list(no_home.iterdir()) == []
    assert use.folder == no_home / NAME
    assert use.get()[1] and not use.get()[1]
    assert use.folder.stat().st_mode & 0o777 == 0o700
    assert use.warnings == [] and default_cache_path() == str(use.folder)


def test_without_a_home_no_folder_is_named_by_the_tilde(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, temporary: pathlib.Path
) -> None:
    project = tmp_path / "project"
    project.mkdir()
    monkeypatch.chdir(project)
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    # As ansible-core makes it of ~/.ansible.
    monkeypatch.setattr(constants, "ANSIBLE_HOME", str(project / "~" / ".ansible"))
    assert default_cache_path() == str(temporary / NAME)
    temporary.chmod(0o777)
    works_without()
    assert list(project.iterdir()) == []


@pytest.mark.parametrize("mode", [0o777, 0o775, 0o770])
def test_a_place_where_others_could_swap_the_folder_is_not_used(no_home: pathlib.Path, mode: int) -> None:
    no_home.chmod(mode)
    works_without()
    assert list(no_home.iterdir()) == []


@pytest.mark.parametrize("trouble", ["open", "a link", "a file"])
def test_what_somebody_has_put_there_is_not_used(tmp_path: pathlib.Path, no_home: pathlib.Path, trouble: str) -> None:
    folder, elsewhere = no_home / NAME, tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    if trouble == "open":
        folder.mkdir()
        folder.chmod(0o777)
    elif trouble == "a link":
        folder.symlink_to(elsewhere)
    else:
        folder.touch(mode=0o600)
    works_without()
    assert list(elsewhere.iterdir()) == []


def test_another_user_s_folder_is_not_used(other_user: pathlib.Path) -> None:
    works_without()
    assert list(other_user.joinpath(NAME).iterdir()) == []


def test_a_folder_of_ours_in_the_usual_place_that_another_made_is_still_refused(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, temporary: pathlib.Path
) -> None:
    ours = os.geteuid()
    (tmp_path / "bloq_tokens").mkdir()
    monkeypatch.setattr(constants, "ANSIBLE_HOME", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: ours + 1)
    assert default_cache_path() == str(tmp_path / "bloq_tokens")
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("taken", [False, True])
def test_a_real_user_without_a_home(monkeypatch: pytest.MonkeyPatch, use: Use, taken: bool) -> None:
    use.get()  # loads what that user may not be able to read
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name) / "bloq_tokens-12345"
        folder.parent.chmod(0o1777)
        if taken:
            folder.mkdir(mode=0o777)
        monkeypatch.setattr(cache_path, "_other_folders", lambda: [str(folder)])
        monkeypatch.setattr(constants, "ANSIBLE_HOME", "/.ansible")

        def share() -> None:
            nobodys = Use(pathlib.Path(default_cache_path()))
            assert nobodys.folder == folder and nobodys.warnings == []
            assert nobodys.get()[1] and not nobodys.get()[1]

        assert as_user(12345, works_without if taken else share) == "nothing was raised"
        assert folder.stat().st_uid == (0 if taken else 12345)
        assert len(list(folder.iterdir())) == (0 if taken else 2)


def test_the_places_are_the_user_s_own_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", "/of/this/job")
    folders = list(cache_path._other_folders())
    assert folders[:2] == [f"/run/user/{os.geteuid()}/bloq_tokens", f"/of/this/job/{NAME}"]
    assert len(folders) == 4
    monkeypatch.setenv("TMPDIR", "relative")
    assert len(list(cache_path._other_folders())) == 3
