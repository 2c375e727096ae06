# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that hold secrets: written whole or not at all, and one writer at a time."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import tempfile
import typing as t

from ansible_collections.bloq.cloud.plugins.module_utils._errors import FileError


def write_durably(path: str, data: bytes, *, like: os.stat_result | None = None) -> None:
    """Replace ``path`` with ``data`` so that a crash at any moment leaves the old file or the new one.

    The new file is born 0600 in the same folder, synced, renamed over ``path``, and the folder is synced.

    Args:
        path: the real file, never a symbolic link (see ``os.path.realpath``).
        data: the whole new content.
        like: the file's mode and owner to keep; without it the file stays 0600 and ours.

    Raises:
        FileError: it could not be written, and no temporary file is left; ``path`` is as it was, unless only the
            folder's sync failed.
    """
    folder = os.path.dirname(path)
    with _temporary(path) as (descriptor, temporary):
        try:
            with os.fdopen(descriptor, "wb") as stream:
                if like is not None:
                    _take_after(stream.fileno(), like)
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(temporary, path)
        except OSError as error:
            raise FileError(f"Cannot write {path}: {error.strerror}. It is as it was.") from error
    sync_folder(folder)


def prove_writable(path: str, *, size: int, like: os.stat_result | None = None) -> None:
    """Prove that ``write_durably`` will be able to write ``path``; nothing is left behind.

    Args:
        path: the real file.
        size: how many bytes there must be room for.
        like: the mode and owner that the file must keep.

    Raises:
        FileError: the folder takes no such file.
    """
    with _temporary(path) as (descriptor, _temporary_path):
        try:
            with os.fdopen(descriptor, "wb") as stream:
                if like is not None:
                    _take_after(stream.fileno(), like)
                stream.write(bytes(size))
                stream.flush()
                os.fsync(stream.fileno())
        except OSError as error:
            raise FileError(f"Cannot write {path}: {error.strerror}. Nothing was changed.") from error
    sync_folder(os.path.dirname(path))


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
        raise FileError(f"Cannot write in the folder {folder}: {error.strerror}.") from error
    try:
        yield descriptor, temporary
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)


def _take_after(descriptor: int, like: os.stat_result) -> None:
    own = os.fstat(descriptor)
    if (own.st_uid, own.st_gid) != (like.st_uid, like.st_gid):
        os.fchown(descriptor, like.st_uid, like.st_gid)
    # An existing file's mode is its owner's choice: what is in it is encrypted.
    os.fchmod(descriptor, like.st_mode & 0o7777)


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
        raise FileError(f"Cannot remove {path}: {error.strerror}.") from error
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


def folder_of(path: str, option: str) -> str:
    """Return the folder of the real file behind ``path``, which its users lock.

    Args:
        path: a file, which need not exist.
        option: the option that named it, for the message.

    Raises:
        FileError: the folder does not exist.
    """
    folder = os.path.dirname(os.path.realpath(path))
    if not os.path.isdir(folder):
        raise FileError(f"The folder {folder} for {option} does not exist. Create it first.")
    return folder


@contextlib.contextmanager
def locked(path: str) -> t.Iterator[None]:
    """Hold the exclusive lock on ``path``, an existing file or folder, while the block runs.

    The kernel frees the lock when its holder dies, however it dies.

    Raises:
        FileError: ``path`` cannot be opened.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise FileError(f"Cannot lock {path}: {error.strerror}.") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
