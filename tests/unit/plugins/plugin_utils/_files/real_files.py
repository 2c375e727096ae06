# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mounts, file flags, ACLs and other users, as Linux has them; a test that cannot have one is skipped."""

from __future__ import annotations

import codecs
import contextlib
import fcntl
import os
import pathlib
import signal
import struct
import subprocess
import sys
import typing as t
from collections.abc import Callable

import pytest

IMMUTABLE, APPEND_ONLY = 0x10, 0x20
ACL, DEFAULT_ACL = "system.posix_acl_access", "system.posix_acl_default"
_SET_FLAGS = 0x40006602 | struct.calcsize("l") << 16
_NOBODY = 0xFFFFFFFF
_OWNER, _USER, _GROUP, _MASK, _OTHER = 0x01, 0x02, 0x04, 0x10, 0x20


@contextlib.contextmanager
def bound(source: pathlib.Path, target: pathlib.Path) -> t.Iterator[None]:
    """Show a file or folder at another path as well."""
    if not sys.platform.startswith("linux") or not _run("mount", "--bind", str(source), str(target)):
        pytest.skip("this user may not mount")
    try:
        yield
    finally:
        assert _run("umount", str(target))


@contextlib.contextmanager
def layered(folder: pathlib.Path) -> t.Iterator[pathlib.Path]:
    """Mount a folder with the file ``keys.yml`` in a layer below, as in a container's image."""
    for name in ("base", "lower", "upper", "work", "merged"):
        (folder / name).mkdir()
    (folder / "lower" / "keys.yml").write_text("---\n")
    # With layers on more than one disk, a file has not the device of its folder.
    if not _run("mount", "-t", "tmpfs", "tmpfs", str(folder / "base")):
        pytest.skip("this user may not mount")
    layers = f"lowerdir={folder / 'lower'}:{folder / 'base'},upperdir={folder / 'upper'},workdir={folder / 'work'}"
    is_there = _run("mount", "-t", "overlay", "-o", f"{layers},xino=off", "overlay", str(folder / "merged"))
    try:
        if not is_there:
            pytest.skip("this user may not mount layers")
        yield folder / "merged"
    finally:
        if is_there:
            assert _run("umount", str(folder / "merged"))
        assert _run("umount", str(folder / "base"))


@contextlib.contextmanager
def flagged(path: pathlib.Path, flag: int) -> t.Iterator[None]:
    """Set what ``chattr`` sets."""
    try:
        _set_flags(path, flag)
    except OSError as error:
        pytest.skip(f"no file flags here: {error}")
    try:
        yield
    finally:
        _set_flags(path, 0)


def as_user(user: int, work: Callable[[], object], groups: t.Sequence[int] = ()) -> str:
    """Return what ``work`` raises as another user, in a process of its own, or ``nothing was raised``."""
    if os.geteuid() != 0:
        pytest.skip("only root can be another user")
    # The other user may not be able to read where Python is.
    codecs.lookup("ascii")
    end, begin = os.pipe()
    child = os.fork()
    if child == 0:
        message = "nothing was raised"
        try:
            os.setgroups(groups)
            os.setgid(user)
            os.setuid(user)
            work()
        except BaseException as error:
            message = f"{type(error).__name__}: {error}"
        os.write(begin, message.encode())
        # What measures coverage writes its file in os._exit, which this user may not, and the test would go on here.
        os.kill(os.getpid(), signal.SIGKILL)
    os.close(begin)
    os.waitpid(child, 0)
    with os.fdopen(end) as stream:
        return stream.read()


def acl(owner: int, users: dict[int, int], group: int, mask: int, other: int) -> bytes:
    """Return an ACL as Linux keeps it, from permission digits such as 6 for reading and writing."""
    entries = [
        (_OWNER, owner, _NOBODY),
        *((_USER, rights, user) for user, rights in sorted(users.items())),
        (_GROUP, group, _NOBODY),
        (_MASK, mask, _NOBODY),
        (_OTHER, other, _NOBODY),
    ]
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


def set_attribute(path: pathlib.Path, name: str, value: bytes) -> None:
    """Set an extended attribute."""
    try:
        os.setxattr(path, name, value)
    except (AttributeError, OSError) as error:
        pytest.skip(f"no {name} here: {error}")


def attributes(path: pathlib.Path) -> dict[str, bytes]:
    """Return a file's extended attributes."""
    return {name: os.getxattr(path, name) for name in os.listxattr(path)}


def _set_flags(path: pathlib.Path, flags: int) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        fcntl.ioctl(descriptor, _SET_FLAGS, struct.pack("l", flags))
    finally:
        os.close(descriptor)


def _run(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0  # noqa: S603 - only what is here
