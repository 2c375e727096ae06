# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the runs of this user on this machine have made and received, so that none takes another's for its orphan.

Two projects can have vault files of their own and one account. The services show nothing by which one could tell
whose a key is, but what some run has received is no orphan of a run that died before its reply came. Only digests
of ids are kept, each the name of an empty file, in a folder that does not depend on the home: projects can have
homes of their own.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import stat
import tempfile
import time
import typing as t

_SYSTEM_FOLDER = "/var/tmp"  # noqa: S108 - unlike /tmp it outlives a restart, as an intent does
_KEPT = 30 * 86400.0


def default_folder() -> str:
    """Return where this user's receipts are on this machine."""
    parent = _SYSTEM_FOLDER if os.path.isdir(_SYSTEM_FOLDER) else tempfile.gettempdir()
    return os.path.join(parent, f"bloq.cloud-{os.geteuid()}")


class Receipts:
    """The receipts in a folder. Where it cannot be used safely there are none.

    Args:
        folder: where they are; made when it is missing, but not its parent.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder

    @contextlib.contextmanager
    def receiving(self) -> t.Iterator[None]:
        """Make something in this block, and add its receipt. Others may do the same meanwhile."""
        with self._locked(fcntl.LOCK_SH):
            yield

    @contextlib.contextmanager
    def at_rest(self) -> t.Iterator[None]:
        """Look at the service in this block: nobody is between the making and the receipt."""
        with self._locked(fcntl.LOCK_EX):
            yield

    def add(self, thing: str) -> None:
        """Add the receipt of what was made, and remove those that are old."""
        with contextlib.suppress(OSError):
            if not self._is_ours():
                return
            os.close(os.open(self._path(thing), os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600))
            with os.scandir(self._folder) as entries:
                for entry in entries:
                    if entry.stat(follow_symlinks=False).st_mtime < time.time() - _KEPT:
                        os.unlink(entry.path)

    def __contains__(self, thing: str) -> bool:
        return self._is_ours() and os.path.lexists(self._path(thing))

    def _path(self, thing: str) -> str:
        # The id comes from a service, and need not be fit for a name.
        return os.path.join(self._folder, hashlib.sha256(thing.encode()).hexdigest()[:40])

    @contextlib.contextmanager
    def _locked(self, operation: int) -> t.Iterator[None]:
        descriptor = -1
        with contextlib.suppress(OSError):
            with contextlib.suppress(FileExistsError):
                os.mkdir(self._folder, 0o700)
            if self._is_ours():
                descriptor = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
                fcntl.flock(descriptor, operation)
        try:
            yield
        finally:
            if descriptor >= 0:
                os.close(descriptor)

    def _is_ours(self) -> bool:
        # Anybody can make folders beside it: one of another user would tell us what to keep.
        try:
            status = os.lstat(self._folder)
        except OSError:
            return False
        return stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid() and not status.st_mode & 0o077
