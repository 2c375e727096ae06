# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files are replaced whole or not at all, and what could not be written is known before."""

from __future__ import annotations

import errno
import os
import pathlib
import stat

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._errors import FileError
from ansible_collections.bloq.cloud.plugins.plugin_utils import _files
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils.cache_world import fail_to_sync_folders


def test_a_new_file_is_ours_alone(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "new"
    _files.write_durably(str(path), b"content")
    assert path.read_bytes() == b"content"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["new"]


def test_mode_and_owner_are_kept(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "old"
    path.write_bytes(b"old")
    path.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(path, 1234, 2345)
    before = path.stat()
    _files.write_durably(str(path), b"new", like=before)
    after = path.stat()
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize("step", ["fsync", "replace", "fchmod", "fchown"])
def test_a_failure_at_any_step_leaves_the_old_file_alone(
    step: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "old"
    path.write_bytes(b"old")
    like = os.stat_result([0o100640, 0, 0, 1, os.getuid() + 1, os.getgid(), 3, 0, 0, 0])

    def fail(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    if step == "fchmod":
        monkeypatch.setattr(os, "fchown", lambda *_arguments: None)
    monkeypatch.setattr(os, step, fail)
    with pytest.raises(FileError, match="No space left"):
        _files.write_durably(str(path), b"new", like=like)
    monkeypatch.undo()
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["old"]


def test_a_folder_that_cannot_be_synced_is_known_before(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_to_sync_folders(monkeypatch)
    path = str(tmp_path / "new")
    with pytest.raises(FileError, match="Cannot sync the folder"):
        _files.prove_writable(path, size=1)
    assert os.listdir(tmp_path) == []
    with pytest.raises(FileError, match="Cannot sync the folder"):
        _files.write_durably(path, b"content")
    with pytest.raises(FileError, match="Cannot sync the folder"):
        _files.remove_durably(path)


def test_the_proof_leaves_nothing_behind(tmp_path: pathlib.Path) -> None:
    _files.prove_writable(str(tmp_path / "vault.yml"), size=10)
    assert os.listdir(tmp_path) == []


def test_what_a_killed_writer_left_is_removed(tmp_path: pathlib.Path) -> None:
    for name in (".vault.yml.ab_1cd2e.tmp", ".vault.yml.mine.tmp", ".other.yml.ab_1cd2e.tmp", "vault.yml"):
        (tmp_path / name).write_text("x")
    _files.remove_leftovers(str(tmp_path / "vault.yml"))
    assert sorted(os.listdir(tmp_path)) == [".other.yml.ab_1cd2e.tmp", ".vault.yml.mine.tmp", "vault.yml"]


def test_a_killed_writer_s_file_is_recognised(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "unlink", lambda _path: None)
    monkeypatch.setattr(os, "replace", lambda _old, _new: None)
    _files.write_durably(str(tmp_path / "a[b].yml"), b"left behind")
    monkeypatch.undo()
    assert len(os.listdir(tmp_path)) == 1
    _files.remove_leftovers(str(tmp_path / "a[b].yml"))
    assert os.listdir(tmp_path) == []


def test_a_missing_folder_and_a_full_disk_are_told(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FileError, match="Cannot write in the folder"):
        _files.prove_writable(str(tmp_path / "none" / "file"), size=1)

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FileError, match="No space left"):
        _files.prove_writable(str(tmp_path / "file"), size=1)
    monkeypatch.undo()
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_told(tmp_path: pathlib.Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(FileError, match="Permission denied"):
            _files.prove_writable(str(tmp_path / "file"), size=1)
    finally:
        tmp_path.chmod(0o700)
