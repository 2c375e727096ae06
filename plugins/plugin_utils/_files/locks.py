# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Locks: one holder at a time, and nobody waits for it for ever, or without a word.

A lock is a file of its own. The kernel frees it when its holder dies, however it dies; a holder that is stopped keeps
it. Its holder removes the file at the end, so whoever gets a lock looks whether that is still the file at its path.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import stat
import time
import typing as t
from collections.abc import Callable

from ...module_utils._errors import FileError, InputError
from .durable import keeps_every_file

Notify = Callable[[str], object]

_NOTIFIES_AFTER = 5.0
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.005, 0.1
#: A folder that takes no new file: nobody with our rights can change anything in it.
_UNWRITABLE = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


class HeldError(Exception):
    """A lock is held by somebody else, and was for as long as anybody wanted to wait.

    Attributes:
        holder: who holds it, as far as the system knows.
        file: the lock file that was held.
    """

    def __init__(self, holder: str, file: os.stat_result) -> None:
        super().__init__(holder)
        self.holder = holder
        self.file = file


@contextlib.contextmanager
def locked(path: str, option: str, *, timeout: float, notify: Notify) -> t.Iterator[None]:
    """Hold the lock on a file, which need not exist, while the block runs.

    In a folder that takes no new file there is no lock: nothing there can be changed, and reading needs none.

    Args:
        path: the file; symbolic links are followed.
        option: the option that named it, for the message.
        timeout: how many seconds to wait for another holder.
        notify: called, after some seconds, with what is waited for.

    Raises:
        InputError: ``timeout`` is negative.
        FileError: the folder does not exist, there are no locks on its disk, or somebody held it for too long.
    """
    if timeout < 0:
        raise InputError("lock_timeout must be a number of seconds, 0 or more.")
    real = os.path.realpath(path)
    folder = os.path.dirname(real)
    if not os.path.isdir(folder):
        raise FileError(f"The folder {folder} for {option} does not exist. Create it first.")
    lock = lock_of(real)
    try:
        descriptor = acquire(lambda: _opened(lock, folder), lock, what=real, timeout=timeout, notify=notify)
    except HeldError as held:
        raise FileError(
            f"{real} is locked by {held.holder}, for longer than lock_timeout, {timeout:g} s. Let that end, or end it, "
            "then run the play again."
        ) from None
    except OSError as error:
        if error.errno not in _UNWRITABLE or os.path.lexists(lock):
            raise FileError(
                f"Cannot lock {real} with {lock}: {error.strerror}. Keep the file on a disk that has locks (flock), "
                "and let everybody who runs such plays read and write the lock."
            ) from error
        descriptor = None
    with contextlib.nullcontext() if descriptor is None else released(descriptor, lock):
        yield


def lock_of(path: str) -> str:
    """Return the path of the lock of a real file."""
    folder, name = os.path.split(path)
    return os.path.join(folder, f".{name}.bloq-lock")


def acquire(
    opened: Callable[[], int], path: str, *, what: str, timeout: float, notify: Notify, waits_for_stopped: bool = True
) -> int:
    """Return a descriptor that holds the lock.

    Args:
        opened: opens the lock file, made when it is missing.
        path: the lock file.
        what: what is locked, as a message should name it.
        timeout: how many seconds to wait for another holder.
        notify: called, after some seconds, with what is waited for.
        waits_for_stopped: whether a holder that is stopped is waited for as long as any other.

    Raises:
        HeldError: somebody held it all the time, or is stopped.
        OSError: the file cannot be opened, or not be locked.
    """
    began, pause, has_notified = time.monotonic(), _SHORTEST_PAUSE, False
    while True:
        descriptor = opened()
        try:
            status, is_free = os.fstat(descriptor), _try(descriptor)
        except BaseException:
            os.close(descriptor)
            raise
        # A holder may have removed the file since it was opened: the next comer would lock another one.
        if is_free and _is_at(status, path):
            return descriptor
        os.close(descriptor)
        if is_free:
            continue
        waited = time.monotonic() - began
        if waited >= timeout:
            raise HeldError(_holder(status)[0], status)
        if waited >= _NOTIFIES_AFTER and (not has_notified or not waits_for_stopped):
            holder, is_stopped = _holder(status)
            if is_stopped and not waits_for_stopped:
                raise HeldError(holder, status)
            if not has_notified:
                notify(f"Waiting up to {timeout:g} s for {what}, which is locked by {holder}.")
            has_notified = True
        time.sleep(min(pause, timeout - waited))
        pause = min(2 * pause, _LONGEST_PAUSE)


@contextlib.contextmanager
def released(descriptor: int, path: str | None = None) -> t.Iterator[None]:
    """Free a lock when the block ends.

    Args:
        descriptor: holds the lock.
        path: the lock file, to be removed; None to leave it.
    """
    try:
        yield
    finally:
        # In a sticky folder it may be another user's, and stays.
        with contextlib.suppress(OSError):
            if path is not None and _is_at(os.fstat(descriptor), path):
                os.unlink(path)
        # Closing alone would leave the lock with a child that was forked meanwhile.
        try:
            fcntl.flock(descriptor, fcntl.LOCK_UN)
        finally:
            os.close(descriptor)


def holder_of(path: str) -> str | None:
    """Return who holds the lock file ``path``, as far as the system knows, or None when nobody does."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return None
    except BlockingIOError:
        return _holder(os.fstat(descriptor))[0]
    except OSError:
        return None
    finally:
        os.close(descriptor)


def _try(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_at(status: os.stat_result, path: str) -> bool:
    try:
        return os.path.samestat(status, os.lstat(path))
    except FileNotFoundError:
        return False


def _opened(path: str, folder: str) -> int:
    flags = os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    while True:
        # Linux lets nobody open another user's file in a sticky folder with O_CREAT.
        with contextlib.suppress(FileNotFoundError):
            return os.open(path, flags)
        if keeps_every_file(folder):
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))
        with contextlib.suppress(FileExistsError):
            descriptor = os.open(path, flags | os.O_CREAT | os.O_EXCL, 0o600)
            with contextlib.suppress(OSError):
                _share(descriptor, os.stat(folder))
            return descriptor


def _share(descriptor: int, folder: os.stat_result) -> None:
    """Let those use a lock who can replace the files of its folder, a play of root's no less than their own."""
    shared = folder.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    user = folder.st_uid if os.geteuid() == 0 else -1
    if shared or user > 0:
        # Who gives the file away need not be allowed to change its mode afterwards.
        os.fchmod(descriptor, 0o600 | shared | shared << 1)
        os.fchown(descriptor, user, folder.st_gid)


def _holder(status: os.stat_result) -> tuple[str, bool]:
    """Return who holds a lock file, as far as the system knows, and whether that process is stopped."""
    pid = _holder_pid(status)
    if pid is None:
        return "another process", False
    name, state = _name_and_state(pid)
    is_stopped = state in ("T", "t")
    known = ", ".join(word for word in (name, "stopped" if is_stopped else "") if word)
    return (f"process {pid} ({known})" if known else f"process {pid}"), is_stopped


def _holder_pid(status: os.stat_result) -> int | None:
    file = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}:{status.st_ino}"
    with contextlib.suppress(OSError, ValueError), open("/proc/locks", encoding="ascii") as locks:
        for fields in map(str.split, locks):
            # Those who wait have an arrow before the kind.
            if fields[1:2] == ["FLOCK"] and fields[5:6] == [file] and int(fields[4]) > 0:
                return int(fields[4])
    return None


def _name_and_state(pid: int) -> tuple[str, str]:
    """Return the name of a process's command, never its arguments, and the letter of its state."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            line = file.read()
    except OSError:
        return "", ""
    name, _bracket, rest = line.partition("(")[2].rpartition(") ")
    # A process chooses its name itself.
    return "".join(letter for letter in name if letter.isprintable()), rest[:1]
