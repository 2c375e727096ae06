# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that hold secrets: written whole or not at all, and what could not be written is known before."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import stat
import struct
import sys
import tempfile
import typing as t

from ...module_utils._errors import FileError
from .rights import Rights, give, user_name

_IMMUTABLE, _APPEND_ONLY = 0x10, 0x20
_GET_FLAGS = 0x80006601 | struct.calcsize("l") << 16  # FS_IOC_GETFLAGS of Linux
_REFUSALS = frozenset({errno.EPERM, errno.EACCES, errno.EROFS, errno.EBUSY})


def write_durably(path: str, data: bytes, *, like: Rights | None = None) -> None:
    """Replace ``path`` with ``data`` so that a crash at any moment leaves the old file or the new one.

    The new file is born 0600 in the same folder, synced, renamed over ``path``, and the folder is synced.

    Args:
        path: the real file, never a symbolic link (see ``os.path.realpath``).
        data: the whole new content.
        like: the rights and labels to keep; without them the file stays 0600 and ours.

    Raises:
        FileError: it could not be written, and no temporary file is left; ``path`` is as it was, unless only the
            folder's sync failed.
    """
    folder = os.path.dirname(path)
    with _temporary(path) as (descriptor, temporary):
        try:
            _write(descriptor, data, like, path)
            os.replace(temporary, path)
        except OSError as error:
            raise FileError(f"Cannot write {path}: {error.strerror}. It is as it was.") from error
    sync_folder(folder)


def prove_writable(path: str, *, size: int, like: Rights | None = None) -> None:
    """Prove that ``write_durably`` will be able to write ``path``; nothing is left behind.

    Args:
        path: the real file.
        size: how many bytes there must be room for.
        like: the rights and labels that the file must keep.

    Raises:
        FileError: the folder takes no such file, or ``path`` cannot be replaced.
    """
    _prove_replaceable(path)
    with _temporary(path) as (descriptor, temporary), _temporary(path) as (other, replaced):
        os.close(other)
        try:
            _write(descriptor, bytes(size), like, path)
            os.replace(temporary, replaced)
        except OSError as error:
            raise FileError(f"Cannot write {path}: {error.strerror}. Nothing was changed.") from error
    sync_folder(os.path.dirname(path))


def _write(descriptor: int, data: bytes, like: Rights | None, path: str) -> None:
    with os.fdopen(descriptor, "wb") as stream:
        if like is not None:
            give(stream.fileno(), like, path)
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def _prove_replaceable(path: str) -> None:
    """Prove that another file can be renamed over ``path``, which need not be there.

    A rename cannot be tried on the file itself: it would replace it, or, with another link to it, do nothing. But
    ``rmdir`` can: it never removes what is not a folder, and Linux says so (ENOTDIR) only after it has asked all that a
    rename over the file asks: the folder's rights, its sticky bit, and what ``chattr`` has set. Mounts come later in
    both, and are looked for apart.

    Raises:
        FileError: it cannot be replaced.
    """
    folder = os.path.dirname(path)
    if _is_mount(path, folder):
        raise FileError(
            f"Cannot replace {path}: it is a mount of its own, as a single file in a container is. Mount its folder "
            "instead. Nothing was changed."
        )
    if keeps_every_file(folder):
        raise FileError(f"Cannot replace files in {folder}: it is append-only. Run: chattr -a {folder}")
    try:
        os.rmdir(path)
    except OSError as error:
        if error.errno in _REFUSALS:
            raise FileError(f"Cannot replace {path}: {_reason(error, path)} Nothing was changed.") from error


def _reason(error: OSError, path: str) -> str:
    """Return what the system says, and when something forbids a change of ``path``, what that is and what to do."""
    if error.errno not in _REFUSALS:
        return f"{error.strerror}."
    if error.errno == errno.EROFS:
        return f"{error.strerror}. Mount it so that it can be written, or name a file elsewhere."
    folder = os.path.dirname(path)
    with contextlib.suppress(OSError):
        for what, place in (("It", path), ("Its folder", folder)):
            if _flags(place) & (_IMMUTABLE | _APPEND_ONLY):
                return f"{error.strerror}. {what} is immutable or append-only: chattr -i -a {place} changes that."
        owner = os.stat(path).st_uid
        if os.stat(folder).st_mode & stat.S_ISVTX and owner != os.geteuid():
            name = user_name(owner)
            return (
                f"{error.strerror}. It belongs to {name}, and its folder is sticky: run the play as {name}, or make "
                "the file your own."
            )
    where = path if os.path.isdir(path) else folder
    return f"{error.strerror}. Run the play as a user who may write in the folder {where}."


def _is_mount(path: str, folder: str) -> bool:
    """Return whether ``path`` is mounted, for instance a file of the same disk bound to another name."""
    try:
        mounts = _mount_id(path), _mount_id(folder)
        # In an overlay, as containers have it, a file has another device than its folder.
        return mounts[0] != mounts[1] if all(mounts) else os.stat(path).st_dev != os.stat(folder).st_dev
    except OSError:  # no such file
        return False


def _mount_id(path: str) -> str | None:
    """Return the kernel's number for the mount that ``path`` is on, or None where it does not say."""
    if not hasattr(os, "O_PATH"):
        return None
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        with open(f"/proc/self/fdinfo/{descriptor}", encoding="ascii") as lines:
            return next((line for line in lines if line.startswith("mnt_id:")), None)
    except OSError:
        return None
    finally:
        os.close(descriptor)


def keeps_every_file(folder: str) -> bool:
    """Return whether what is made in a folder cannot be removed from it again."""
    return bool(_flags(folder) & _APPEND_ONLY)


def _flags(path: str) -> int:
    """Return what ``chattr`` has set, or 0 where that is not known."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return 0
    try:
        return int.from_bytes(fcntl.ioctl(descriptor, _GET_FLAGS, bytes(8))[:4], sys.byteorder)
    except OSError:
        return 0
    finally:
        os.close(descriptor)


def remove_leftovers(path: str) -> None:
    """Remove the temporary files that killed writers of ``path`` left, as far as the folder lets us.

    The caller holds the lock that writers of ``path`` hold: without it, a living writer's file would be removed.
    """
    folder, name = os.path.split(path)
    # The random part is what mkstemp makes of it.
    leftover = re.compile(re.escape(f".{name}.") + r"[a-z0-9_]{8}\.tmp")
    with contextlib.suppress(OSError):
        for other in filter(leftover.fullmatch, os.listdir(folder)):
            os.unlink(os.path.join(folder, other))


@contextlib.contextmanager
def _temporary(path: str) -> t.Iterator[tuple[int, str]]:
    folder, name = os.path.split(path)
    try:
        descriptor, temporary = tempfile.mkstemp(prefix=f".{name}.", suffix=".tmp", dir=folder)
    except OSError as error:
        raise FileError(f"Cannot write in the folder {folder}: {_reason(error, folder)}") from error
    try:
        yield descriptor, temporary
    finally:
        # One that cannot be removed is found by ``remove_leftovers``.
        with contextlib.suppress(OSError):
            os.unlink(temporary)


def remove_durably(path: str) -> None:
    """Remove ``path`` when it is there, and sync its folder.

    Raises:
        FileError: it is there and could not be removed.
    """
    try:
        os.unlink(path)
    except FileNotFoundError:
        return
    except OSError as error:
        raise FileError(f"Cannot remove {path}: {_reason(error, path)}") from error
    sync_folder(os.path.dirname(path))


def sync_folder(folder: str) -> None:
    """Make renames and removals in ``folder`` survive a loss of power.

    Raises:
        FileError: the disk failed, or the file system cannot do this; whether they survive is unknown.
    """
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise FileError(f"Cannot sync the folder {folder}: {error.strerror}. Use one on a local disk.") from error
