# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The folder that holds cache entries: private, locked by entry, and swept of what nobody needs.

An entry is up to three files with one name: ``.token``, ``.failure`` and ``.lock``. All are written whole, so
that reading needs no lock; the lock decides who asks the service.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import stat
import typing as t

from ...module_utils._errors import FileError, InputError

if t.TYPE_CHECKING:
    from .._files.locks import Notify

_LARGEST = 65536
_OTHERS = 0o077
_KEPT = 2 * 86400.0  # seconds after an entry's time
_WRITING = 3600.0  # seconds that no writer needs
# Patterns, and no more: whoever finds a token need not have them compiled.
_ENTRY = r"([0-9a-f]{32})\.(token|failure|lock)"
_LEFT_OVER = r"\.([0-9a-f]{32})\.(?:token|failure)\..*\.tmp"


class CacheFolder:
    """A folder of cache entries.

    Attributes:
        path: where it is, absolute.
    """

    def __init__(self, path: str, warn: t.Callable[[str], None] = lambda text: None) -> None:
        """Name the folder; nothing is read or made yet.

        Args:
            path: where it is or is to be.
            warn: called when something of ours was open to others, and was closed.
        """
        self._warn = warn
        self.path = os.path.abspath(os.path.expanduser(path))
        # An account without a home leaves the tilde, which would become a folder's name.
        self._homeless = path.startswith("~") and os.path.expanduser(path).startswith("~")

    @property
    def ahead(self) -> float:
        """By how many seconds this machine's clock is ahead of the folder's: it is the same one."""
        return 0.0

    def complaint(self, error: Exception) -> str:
        """Return what a user should know when the folder cannot be used."""
        return (
            f"The token cache {self.path} cannot be written, so tokens are not shared and every use asks "
            "for a new one. Make it a folder of yours on a disk with room, or set cache_path, or cache: false."
        )

    def read(self, name: str) -> bytes | None:
        """Return a file's content, or None when it is missing or nothing that we wrote.

        Args:
            name: the file's name in the folder.

        Raises:
            InputError: the folder or the file belongs to another user, or is open to others and cannot be closed.
        """
        if not self._is_there():
            return None
        path = os.path.join(self.path, name)
        try:
            # O_NONBLOCK: opening a FIFO must not wait for a writer.
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            if error.errno == errno.EACCES:
                with contextlib.suppress(OSError):
                    _refuse_others(path, os.lstat(path))
            return None
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                return None
            self._close(path, descriptor, "600")
            if status.st_size > _LARGEST:
                return None
            return os.read(descriptor, _LARGEST)
        finally:
            os.close(descriptor)

    def write(self, name: str, data: bytes, needed_until: float | None = None) -> None:
        """Replace a file.

        Args:
            name: the file's name in the folder.
            data: the whole new content.
            needed_until: when the content loses its use, if that is not now. It becomes the file's time:
                the sweep has no credential to look inside.

        Raises:
            FileError: it could not be written, or not for certain.
        """
        from .._files.durable import write_durably

        path = os.path.join(self.path, name)
        write_durably(path, data)
        if needed_until is not None:
            with contextlib.suppress(OSError, OverflowError, ValueError):
                os.utime(path, (needed_until, needed_until))

    def remove(self, name: str) -> bool:
        """Remove a file and return whether it was there to be removed."""
        try:
            os.unlink(os.path.join(self.path, name))
        except OSError:
            return False
        return True

    @contextlib.contextmanager
    def locked(self, entry: str, *, timeout: float = 60.0, notify: Notify = lambda text: None) -> t.Iterator[None]:
        """Make the folder when it is missing, and hold the entry's lock while the block runs.

        Args:
            entry: the entry's name.
            timeout: how many seconds a holder may take. One that is stopped is waited for only for a few.
            notify: called, after some seconds, with what is waited for.

        Raises:
            InputError: the folder belongs to another user, or is open to others and cannot be closed.
            FileError: the folder cannot be made or written.
            HeldError: somebody held it for too long. That lock was removed, so that not everybody after this call
                waits as long: what its holder writes in the end is whole all the same.
        """
        from .._files.locks import HeldError, released

        try:
            if not self._is_there():
                if self._homeless:
                    raise FileNotFoundError(errno.ENOENT, "no home folder")
                os.makedirs(self.path, mode=0o700, exist_ok=True)
                self._is_there()
            descriptor = self._lock(entry, timeout, notify)
        except HeldError as held:
            self._break(entry, held.file)
            raise
        except OSError as error:
            raise FileError(f"Cannot use the folder {self.path}: {error.strerror}.") from error
        with released(descriptor):
            yield

    def sweep(self, now: float) -> None:
        """Remove entries whose time is long past and that nobody holds, and what crashed writers left.

        Args:
            now: our clock, seconds since 1970.
        """
        last: dict[str, float] = {}
        for name, changed in self._files():
            if found := re.fullmatch(_ENTRY, name):
                last[found[1]] = max(changed, last.get(found[1], changed))
            elif re.fullmatch(_LEFT_OVER, name) and changed < now - _WRITING:
                self.remove(name)
        for entry, changed in last.items():
            if changed < now - _KEPT:
                self._remove_idle(entry, f"{entry}.token", f"{entry}.failure")

    def clear(self) -> int:
        """Remove all entries, and return how many tokens that were.

        Raises:
            InputError: the folder belongs to another user, or is open to others and cannot be closed.
        """
        if not self._is_there():
            return 0
        removed = 0
        idle: dict[str, list[str]] = {}
        for name, _changed in self._files():
            if found := re.fullmatch(_LEFT_OVER, name):
                idle.setdefault(found[1], []).append(name)
            elif found := re.fullmatch(_ENTRY, name):
                idle.setdefault(found[1], [])
                if found[2] != "lock" and self.remove(name):
                    removed += found[2] == "token"
        for entry, names in idle.items():
            self._remove_idle(entry, *names)
        return removed

    def tokens(self) -> int:
        """Return how many tokens there are, those that have ended among them.

        Raises:
            InputError: the folder belongs to another user, or is open to others and cannot be closed.
        """
        found = (re.fullmatch(_ENTRY, name) for name, _changed in self._files()) if self._is_there() else ()
        return sum(entry is not None and entry[2] == "token" for entry in found)

    def _is_there(self) -> bool:
        try:
            status = os.lstat(self.path)
        except OSError:
            return False
        if stat.S_ISLNK(status.st_mode):
            raise InputError(
                f"The token cache {self.path} is a symbolic link. Set cache_path to the folder itself, or cache: false."
            )
        if not stat.S_ISDIR(status.st_mode):
            raise InputError(
                f"The token cache {self.path} is not a folder. Set cache_path to a folder, or cache: false."
            )
        _refuse_others(self.path, status)
        if status.st_mode & _OTHERS:
            self._close_folder()
        return True

    def _close_folder(self) -> None:
        # A folder that holds anything else is not ours to close, such as a home or a whole disk.
        if any(not _is_ours(name) for name in os.listdir(self.path)):
            raise _open_to_others(self.path, "700")
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            raise _open_to_others(self.path, "700") from None
        try:
            self._close(self.path, descriptor, "700")
        finally:
            os.close(descriptor)

    def _close(self, path: str, descriptor: int, mode: str) -> None:
        """Take from others what they may do with a folder or file of ours; drivers of volumes give it at each mount.

        Raises:
            InputError: it belongs to another user, or it stays open.
        """
        status = os.fstat(descriptor)
        _refuse_others(path, status)
        if not status.st_mode & _OTHERS:
            return
        with contextlib.suppress(OSError):
            os.fchmod(descriptor, stat.S_IMODE(status.st_mode) & ~_OTHERS)
        # Some file systems take the change and forget it.
        if os.fstat(descriptor).st_mode & _OTHERS:
            raise _open_to_others(path, mode)
        self._warn(
            f"The token cache {self.path} was open to other users, or a file in it was. It was closed. If that comes "
            "again, something opens it, such as the driver of a mounted volume."
        )

    def _files(self) -> list[tuple[str, float]]:
        found = []
        with contextlib.suppress(OSError), os.scandir(self.path) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):
                    found.append((entry.name, entry.stat(follow_symlinks=False).st_mtime))
        return found

    def _remove_idle(self, entry: str, *names: str) -> None:
        from .._files.locks import HeldError, released

        try:
            descriptor = self._lock(entry, 0.0)
        except (HeldError, OSError):  # somebody holds it, or nothing can be changed here
            return
        with released(descriptor):
            for name in (*names, f"{entry}.lock"):
                self.remove(name)

    def _break(self, entry: str, held: os.stat_result) -> None:
        path = os.path.join(self.path, f"{entry}.lock")
        with contextlib.suppress(OSError):
            if os.path.samestat(held, os.lstat(path)):
                os.unlink(path)

    def _lock(self, entry: str, timeout: float, notify: Notify = lambda text: None) -> int:
        from .._files.locks import acquire

        path = os.path.join(self.path, f"{entry}.lock")
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        return acquire(
            lambda: os.open(path, flags, 0o600),
            path,
            what=f"an entry of the token cache {self.path}",
            timeout=timeout,
            notify=notify,
            waits_for_stopped=False,
        )


def _is_ours(name: str) -> bool:
    """Return whether a name is one that we give, or one that a disk has from the start."""
    return name == "lost+found" or any(re.fullmatch(pattern, name) for pattern in (_ENTRY, _LEFT_OVER))


def _refuse_others(path: str, status: os.stat_result) -> None:
    if status.st_uid != os.geteuid():
        raise InputError(
            f"The token cache {path} belongs to another user. Set cache_path to a folder of your own, or cache: false."
        )


def _open_to_others(path: str, mode: str) -> InputError:
    return InputError(
        f"The token cache {path} is open to other users. Run: chmod {mode} {path} "
        "(or set cache_path to another folder, or cache: false)."
    )
