# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file that is replaced keeps its ACL and labels, and nobody gains a right by it."""

from __future__ import annotations

import errno
import os
import pathlib
import stat

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._errors import FileError
from ansible_collections.bloq.cloud.plugins.plugin_utils._files import durable
from ansible_collections.bloq.cloud.plugins.plugin_utils._files.rights import rights_of
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._files.real_files import (
    ACL,
    DEFAULT_ACL,
    acl,
    as_user,
    attributes,
    set_attribute,
)


def rewrite(path: pathlib.Path) -> None:
    durable.prove_writable(str(path), size=10, like=rights_of(str(path)))
    durable.write_durably(str(path), b"new", like=rights_of(str(path)))
    assert path.read_bytes() == b"new"


@pytest.fixture
def old(common_path: pathlib.Path) -> pathlib.Path:
    path = common_path / "keys.yml"
    path.write_bytes(b"old")
    path.chmod(0o600)
    return path


def test_an_acl_and_other_attributes_are_kept(old: pathlib.Path) -> None:
    set_attribute(old, ACL, acl(6, {1234: 4}, 0, 4, 0))
    set_attribute(old, "user.note", b"keep")
    before = attributes(old), old.stat().st_mode
    assert stat.S_IMODE(before[1]) == 0o640
    rewrite(old)
    assert (attributes(old), old.stat().st_mode) == before


def test_a_file_that_its_owner_may_only_read_keeps_its_attributes(old: pathlib.Path) -> None:
    set_attribute(old, ACL, acl(4, {1234: 4}, 0, 4, 0))
    set_attribute(old, "user.note", b"keep")
    before = attributes(old), old.stat().st_mode
    os.chown(old, 4321, 4321)
    old.parent.chmod(0o777)
    assert as_user(4321, lambda: rewrite(old)) == "nothing was raised"
    assert (attributes(old), old.stat().st_mode) == before


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664])
def test_the_folder_s_default_acl_lets_nobody_in(old: pathlib.Path, mode: int) -> None:
    old.chmod(mode)
    set_attribute(old.parent, DEFAULT_ACL, acl(7, {1234: 7}, 7, 7, 5))
    rewrite(old)
    assert attributes(old) == {}
    assert stat.S_IMODE(old.stat().st_mode) == mode


def test_the_folder_s_default_acl_does_not_open_a_new_file(tmp_path: pathlib.Path) -> None:
    set_attribute(tmp_path, DEFAULT_ACL, acl(7, {1234: 7}, 7, 7, 5))
    path = tmp_path / "keys.yml"
    rewrite(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    rewrite(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_label_that_cannot_be_kept_is_known_before(old: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    set_attribute(old, "user.note", b"keep")

    def fail(*_arguments: object) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "setxattr", fail)
    with pytest.raises(FileError, match=r"cannot have its user\.note"):
        durable.prove_writable(str(old), size=10, like=rights_of(str(old)))
    with pytest.raises(FileError, match=r"cannot have its user\.note"):
        durable.write_durably(str(old), b"new", like=rights_of(str(old)))
    assert old.read_bytes() == b"old" and os.listdir(old.parent) == ["keys.yml"]


def test_a_label_that_a_new_file_has_anyway_is_not_set(old: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # SELinux gives a new file its folder's label, and lets hardly anybody set one.
    monkeypatch.setattr(os, "listxattr", lambda _file: ["security.selinux"], raising=False)
    monkeypatch.setattr(os, "getxattr", lambda _file, _name: b"label", raising=False)
    monkeypatch.setattr(os, "setxattr", lambda *_arguments: pytest.fail("it was set"), raising=False)
    rewrite(old)


def test_without_extended_attributes_the_mode_is_kept(old: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "listxattr", raising=False)
    old.chmod(0o640)
    rewrite(old)
    assert stat.S_IMODE(old.stat().st_mode) == 0o640


def test_a_disk_without_extended_attributes_is_fine(old: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object) -> None:
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP))

    monkeypatch.setattr(os, "listxattr", fail, raising=False)
    rewrite(old)
