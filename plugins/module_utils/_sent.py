# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Notes on this host of the requests that must not be sent twice, whoever runs a module again."""

from __future__ import annotations

import contextlib
import os
import re
import stat
import tempfile
import time
import typing as t

from ._errors import FileError, InputError

_KEPT = 86400.0
_ID = re.compile(r"[0-9a-f]{32}")


def note_sent(request_id: str) -> bool:
    """Note that a request is about to be sent; return False when that was noted before.

    Args:
        request_id: 32 hexadecimal digits.

    Raises:
        InputError: it is not one.
        FileError: no note can be kept here; nothing was sent.
    """
    if not _ID.fullmatch(request_id):
        raise InputError("request must be a request as JSON, as the collection's other modules write it.")
    for folder in _folders():
        try:
            if not _is_ours(folder):
                continue
            _sweep(folder)
            os.close(os.open(os.path.join(folder, request_id), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            return False
        except OSError:
            continue
        return True
    raise FileError(
        "No note can be kept on this host, so a lost connection could send the request twice. Give the user there a "
        "home, or a folder for temporary files, that can be written."
    )


def _folders() -> t.Iterator[str]:
    home = os.path.expanduser("~")
    if os.path.isabs(home):
        yield os.path.join(home, ".ansible", "bloq_relay")
    yield os.path.join(tempfile.gettempdir(), f"bloq_relay-{os.geteuid()}")


def _is_ours(folder: str) -> bool:
    """Make a folder where there is none; return whether it is a folder that nobody else can write in."""
    with contextlib.suppress(FileExistsError):
        os.makedirs(folder, 0o700)
    status = os.lstat(folder)
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid() and not status.st_mode & 0o022


def _sweep(folder: str) -> None:
    """Remove notes that no connection can come back for."""
    oldest = time.time() - _KEPT
    with os.scandir(folder) as entries:
        for entry in entries:
            if _ID.fullmatch(entry.name) and entry.stat(follow_symlinks=False).st_mtime < oldest:
                with contextlib.suppress(OSError):
                    os.unlink(entry.path)
