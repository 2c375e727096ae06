# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A folder or an entry that others could read or swap is closed where it is ours to close, and refused elsewhere."""

from __future__ import annotations

import errno
import os
import pathlib
import typing as t

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._errors import InputError
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.cache import TokenCache
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._tokens.cache_world import CREDENTIAL, KEY, Use


@pytest.mark.parametrize("mode", [0o755, 0o710, 0o701, 0o770, 0o2770])
def test_a_folder_that_was_opened_is_closed(use: Use, mode: int) -> None:
    use.get()
    (use.folder / "lost+found").mkdir()
    for count in (1, 2):
        use.folder.chmod(mode)
        assert use.get() == (use.get()[0], False)
        assert use.folder.stat().st_mode & 0o777 == 0o700
        assert len(use.warnings) == count and str(use.folder) in use.warnings[0]
    use.folder.chmod(mode)
    assert use.cache.clear(check_mode=True) == 1
    assert use.folder.stat().st_mode & 0o777 == 0o700 and len(set(use.warnings)) == 1


def test_an_open_folder_without_anything_in_it_is_closed(use: Use) -> None:
    use.folder.mkdir(parents=True)
    use.folder.chmod(0o777)
    assert use.get()[1] and not use.get()[1]
    assert use.folder.stat().st_mode & 0o777 == 0o700 and len(use.warnings) == 1


@pytest.mark.parametrize("mode", [0o755, 0o710, 0o701, 0o770])
def test_an_open_folder_with_anything_else_in_it_is_refused(use: Use, mode: int) -> None:
    use.folder.mkdir(parents=True)
    (use.folder / "notes.txt").touch()
    use.folder.chmod(mode)
    with pytest.raises(InputError, match=f"open to other users. Run: chmod 700 {use.folder} .*cache: false"):
        use.get()
    with pytest.raises(InputError):
        use.cache.clear()
    assert use.service.minted == 0 and use.folder.stat().st_mode & 0o777 == mode


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o660])
def test_an_entry_that_was_opened_is_closed(use: Use, mode: int) -> None:
    use.get()
    use.entry().chmod(mode)
    assert not use.get()[1]
    assert use.entry().stat().st_mode & 0o777 == 0o600
    assert len(use.warnings) == 1


def forget_changes(_descriptor: int, _mode: int) -> None:
    """Change nothing, as file systems without modes do."""


def refuse_changes(_descriptor: int, _mode: int) -> None:
    raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))


@pytest.mark.parametrize("change", [forget_changes, refuse_changes])
def test_what_cannot_be_closed_is_refused(
    use: Use, monkeypatch: pytest.MonkeyPatch, change: t.Callable[[int, int], None]
) -> None:
    use.get()
    monkeypatch.setattr(os, "fchmod", change)
    use.entry().chmod(0o640)
    with pytest.raises(InputError, match=f"open to other users. Run: chmod 600 {use.entry()} "):
        use.get()
    use.folder.chmod(0o755)
    with pytest.raises(InputError, match=f"open to other users. Run: chmod 700 {use.folder} .*cache: false"):
        use.get()
    assert use.service.minted == 1 and use.warnings == []


def test_another_user_s_folder_and_entry_are_refused(use: Use, monkeypatch: pytest.MonkeyPatch) -> None:
    use.get()
    with monkeypatch.context() as other:
        other.setattr(os, "geteuid", lambda: os.getuid() + 1)
        with pytest.raises(InputError, match=f"{use.folder} belongs to another user"):
            use.get()
    others = os.stat_result([0o100600, 0, 0, 1, os.getuid() + 1, 0, 0, 0, 0, 0])
    with monkeypatch.context() as other:
        other.setattr(os, "fstat", lambda _descriptor: others)
        with pytest.raises(InputError, match=f"{use.entry()} belongs to another user"):
            use.get()
    assert use.service.minted == 1


def test_another_user_s_entry_that_cannot_be_opened_is_refused(use: Use, monkeypatch: pytest.MonkeyPatch) -> None:
    use.get()
    path, open_file, stat_file = use.entry(), os.open, os.lstat

    def refuse(name: str, *args: t.Any, **kwargs: t.Any) -> int:
        if name == str(path):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return open_file(name, *args, **kwargs)

    def of_another(name: str) -> os.stat_result:
        found = stat_file(name)
        return os.stat_result([*found[:4], found.st_uid + (name == str(path)), *found[5:10]])

    monkeypatch.setattr(os, "open", refuse)
    assert use.get()[1]
    monkeypatch.setattr(os, "lstat", of_another)
    with pytest.raises(InputError, match=f"{path} belongs to another user"):
        use.get()


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_linked_folder_is_refused(use: Use, tmp_path: pathlib.Path, slash: str) -> None:
    use.get()
    link = tmp_path / "link"
    link.symlink_to(use.folder)
    with pytest.raises(InputError, match="is a symbolic link"):
        TokenCache(f"{link}{slash}").get_or_mint(KEY, CREDENTIAL, strong=True, min_ttl=300, mint=use.service.mint)


def test_a_file_in_the_folder_s_place_is_refused(use: Use) -> None:
    use.folder.parent.mkdir()
    use.folder.touch(0o600)
    with pytest.raises(InputError, match="is not a folder"):
        use.get()
