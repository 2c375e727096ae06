# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a vault file and what the service has as they were at one time, without the file's lock.

The file is replaced whole, so it can always be read. But a key that is being made just now is on the service first and
in the file a moment later: who looks in between takes it for one that nobody manages.
"""

from __future__ import annotations

import os
import time
import typing as t
from collections.abc import Callable

from .locks import holder_of, lock_of

_PATIENCE = 3.0
_PAUSE = 0.1
_T = t.TypeVar("_T")


def read_steadily(path: str, read: Callable[[], _T], warn: Callable[[str], None]) -> _T:
    """Return what ``read`` returns when no run changes the vault file meanwhile.

    Where that does not come about within seconds, there is a warning instead: a run can be long, or stopped.

    Args:
        path: the vault file; symbolic links are followed.
        read: asks the service and reads the file. It may be called more than once.
        warn: called when what was read may not fit together.
    """
    real = os.path.realpath(path)
    lock = lock_of(real)
    end = time.monotonic() + _PATIENCE
    while True:
        while holder_of(lock) is not None and time.monotonic() < end:
            time.sleep(_PAUSE)
        before = _version(real)
        found = read()
        holder = holder_of(lock)
        if holder is None and _version(real) == before:
            return found
        if time.monotonic() >= end:
            warn(
                f"{real} is being changed by {holder or 'another process'}: what is made or removed just now may be "
                "shown wrongly as unmanaged or missing."
            )
            return found


def _version(path: str) -> tuple[int, ...] | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
