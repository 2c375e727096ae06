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
from ansible_collections.bloq.cloud.plugins.plugin_utils._files import durable
from ansible_collections.bloq.cloud.plugins.plugin_utils._files.rights import Rights, rights_of
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._files.real_files import (
    APPEND_ONLY,
    IMMUTABLE,
    as_user,
    bound,
    flagged,
    layered,
)
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._tokens.cache_world import fail_to_sync_folders


def test_a_new_file_is_ours_alone(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "new"
    durable.write_durably(str(path), b"content")
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
    durable.write_durably(str(path), b"new", like=rights_of(str(path)))
    after = path.stat()
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize("step", ["fsync", "replace", "fchmod", "fchown"])
def test_a_failure_at_any_step_leaves_the_old_file_alone(
    step: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "old"
    path.write_bytes(b"old")
    like = Rights(0o640, os.getuid() + 1, os.getgid(), {})

    def fail(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    if step == "fchmod":
        monkeypatch.setattr(os, "fchown", lambda *_arguments: None)
    monkeypatch.setattr(os, step, fail)
    with pytest.raises(FileError, match="No space left"):
        durable.write_durably(str(path), b"new", like=like)
    monkeypatch.undo()
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["old"]


def test_a_folder_that_cannot_be_synced_is_known_before(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_to_sync_folders(monkeypatch)
    path = str(tmp_path / "new")
    with pytest.raises(FileError, match="Cannot sync the folder"):
        durable.prove_writable(path, size=1)
    assert os.listdir(tmp_path) == []
    with pytest.raises(FileError, match="Cannot sync the folder"):
        durable.write_durably(path, b"content")
    with pytest.raises(FileError, match="Cannot sync the folder"):
        durable.remove_durably(path)


def test_the_proof_leaves_nothing_behind(tmp_path: pathlib.Path) -> None:
    durable.prove_writable(str(tmp_path / "vault.yml"), size=10)
    assert os.listdir(tmp_path) == []


def test_what_a_killed_writer_left_is_removed(tmp_path: pathlib.Path) -> None:
    for name in (".vault.yml.ab_1cd2e.tmp", ".vault.yml.mine.tmp", ".other.yml.ab_1cd2e.tmp", "vault.yml"):
        (tmp_path / name).write_text("x")
    durable.remove_leftovers(str(tmp_path / "vault.yml"))
    assert sorted(os.listdir(tmp_path)) == [".other.yml.ab_1cd2e.tmp", ".vault.yml.mine.tmp", "vault.yml"]


def test_a_killed_writer_s_file_is_recognised(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "unlink", lambda _path: None)
    monkeypatch.setattr(os, "replace", lambda _old, _new: None)
    durable.write_durably(str(tmp_path / "a[b].yml"), b"left behind")
    monkeypatch.undo()
    assert len(os.listdir(tmp_path)) == 1
    durable.remove_leftovers(str(tmp_path / "a[b].yml"))
    assert os.listdir(tmp_path) == []


def test_a_missing_folder_and_a_full_disk_are_told(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FileError, match="Cannot write in the folder"):
        durable.prove_writable(str(tmp_path / "none" / "file"), size=1)

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FileError, match="No space left"):
        durable.prove_writable(str(tmp_path / "file"), size=1)
    monkeypatch.undo()
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_told(tmp_path: pathlib.Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(FileError, match="Permission denied"):
            durable.prove_writable(str(tmp_path / "file"), size=1)
    finally:
        tmp_path.chmod(0o700)


def test_a_file_that_is_a_mount_of_its_own_cannot_be_replaced(tmp_path: pathlib.Path) -> None:
    path, other = tmp_path / "keys.yml", tmp_path / "host.yml"
    path.touch()
    other.write_text("---\n")
    with bound(other, path):
        with pytest.raises(FileError, match=r"is a mount of its own.* Mount its folder instead"):
            durable.prove_writable(str(path), size=1)
        assert sorted(os.listdir(tmp_path)) == ["host.yml", "keys.yml"]
    durable.prove_writable(str(path), size=1)


def test_where_the_system_does_not_number_mounts_the_disk_tells(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "O_PATH", raising=False)
    path = tmp_path / "keys.yml"
    path.touch()
    durable.prove_writable(str(path), size=1)
    with bound(pathlib.Path("/proc/version"), path), pytest.raises(FileError, match="is a mount of its own"):
        durable.prove_writable(str(path), size=1)


def test_a_file_in_a_folder_that_is_mounted_can_be_replaced(tmp_path: pathlib.Path) -> None:
    folder, other = tmp_path / "folder", tmp_path / "host"
    folder.mkdir()
    other.mkdir()
    (other / "keys.yml").touch()
    with bound(other, folder):
        durable.prove_writable(str(folder / "keys.yml"), size=1)


def test_a_file_in_a_container_s_layers_can_be_replaced(tmp_path: pathlib.Path) -> None:
    with layered(tmp_path) as folder:
        path = folder / "keys.yml"
        assert path.stat().st_dev != folder.stat().st_dev
        for _turn in range(2):
            durable.prove_writable(str(path), size=1, like=rights_of(str(path)))
            durable.write_durably(str(path), b"new", like=rights_of(str(path)))
        assert os.listdir(folder) == ["keys.yml"]


@pytest.mark.parametrize("flag", [IMMUTABLE, APPEND_ONLY])
def test_a_file_that_chattr_protects_cannot_be_replaced(tmp_path: pathlib.Path, flag: int) -> None:
    path = tmp_path / "keys.yml"
    path.touch()
    with flagged(path, flag):
        with pytest.raises(FileError, match=r"Operation not permitted\. It is immutable or append-only: chattr -i -a"):
            durable.prove_writable(str(path), size=1)
        assert os.listdir(tmp_path) == ["keys.yml"]
        with pytest.raises(FileError):
            durable.write_durably(str(path), b"new")
    durable.prove_writable(str(path), size=1)


@pytest.mark.parametrize("flag", [0x01, 0x02, 0x08, 0x40, 0x80])
def test_what_else_chattr_sets_is_no_obstacle(tmp_path: pathlib.Path, flag: int) -> None:
    path = tmp_path / "keys.yml"
    path.touch()
    with flagged(tmp_path, flag), flagged(path, flag):
        durable.prove_writable(str(path), size=1)
        durable.write_durably(str(path), b"new")
    assert not durable.keeps_every_file(str(tmp_path))


@pytest.mark.parametrize("exists", [True, False])
def test_in_a_folder_where_every_file_stays_nothing_is_left(tmp_path: pathlib.Path, exists: bool) -> None:
    path = tmp_path / "keys.yml"
    if exists:
        path.touch()
    with flagged(tmp_path, APPEND_ONLY):
        with pytest.raises(FileError, match="is append-only"):
            durable.prove_writable(str(path), size=1)
        assert os.listdir(tmp_path) == ["keys.yml"] * exists


def test_another_user_s_file_in_a_sticky_folder_cannot_be_replaced(common_path: pathlib.Path) -> None:
    path = common_path / "keys.yml"
    path.touch()
    path.chmod(0o666)
    common_path.chmod(0o1777)
    problem = as_user(4321, lambda: durable.prove_writable(str(path), size=1))
    assert "belongs to root, and its folder is sticky: run the play as root" in problem
    assert os.listdir(common_path) == ["keys.yml"]


def test_another_user_s_file_in_a_folder_of_a_team_says_whose_it_is(common_path: pathlib.Path) -> None:
    path = common_path / "keys.yml"
    path.touch()
    path.chmod(0o666)
    common_path.chmod(0o777)
    problem = as_user(4321, lambda: durable.prove_writable(str(path), size=1, like=rights_of(str(path))))
    assert f"Cannot write {path}: Operation not permitted. It belongs to root, group root, and only root" in problem
    assert "Run the play as root" in problem
    assert os.listdir(common_path) == ["keys.yml"]


def test_a_file_system_that_refuses_the_rename_is_known_before(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_old: str, _new: str) -> None:
        raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(FileError, match="Invalid cross-device link"):
        durable.prove_writable(str(tmp_path / "keys.yml"), size=1)
    assert os.listdir(tmp_path) == []


def test_what_forbids_a_removal_is_told(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "note"
    path.touch()
    with flagged(path, IMMUTABLE), pytest.raises(FileError, match=r"Cannot remove .*: chattr -i -a"):
        durable.remove_durably(str(path))
    with flagged(tmp_path, IMMUTABLE), pytest.raises(FileError, match=r"Cannot write in .*: chattr -i -a"):
        durable.write_durably(str(tmp_path / "new"), b"")
