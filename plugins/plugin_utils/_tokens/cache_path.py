# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the token cache is when nobody says."""

from __future__ import annotations

import os
import stat
import typing as t

from ansible import constants

_NAME = "bloq_tokens"


def default_cache_path() -> str:
    """Return the folder below Ansible's own, or where that cannot be written, a private one elsewhere.

    Nothing is made. Every process of a run comes to the same folder.
    """
    # Without a home ansible-core takes the tilde for a folder's name, and puts the current folder before it.
    if os.path.expanduser("~") == "~" and "~" in constants.ANSIBLE_HOME.split(os.sep):
        usual = os.path.join("~", _NAME)
    else:
        usual = os.path.join(constants.ANSIBLE_HOME, _NAME)
        if not _is_out_of_reach(usual):
            return usual
    return next(filter(_is_private, _other_folders()), usual)


def _other_folders() -> t.Iterator[str]:
    """Yield where users without a writable home, usual in containers, may have a folder, the most private first."""
    user = os.geteuid()
    yield f"/run/user/{user}/{_NAME}"
    for folder in (os.environ.get("TMPDIR", ""), "/var/tmp", "/tmp"):  # noqa: S108 (see _is_private)
        if os.path.isabs(folder):
            yield os.path.join(folder, f"{_NAME}-{user}")


def _is_out_of_reach(folder: str) -> bool:
    """Return whether a folder can neither be made nor, when it is there and ours, be written."""
    try:
        if os.lstat(folder).st_uid != os.geteuid():
            return False  # Whoever uses it gets to know.
    except OSError:
        while not os.path.lexists(folder):
            folder = os.path.dirname(folder)
    return not _can_write(folder)


def _is_private(folder: str) -> bool:
    """Return whether a folder is ours alone, or will be when we make it, and nobody can put another in its place."""
    try:
        parent = os.stat(os.path.dirname(folder))
        # In a folder with the sticky bit others can make things, but not remove or rename ours.
        shared = parent.st_mode & 0o022 and not parent.st_mode & stat.S_ISVTX
        if shared or parent.st_uid not in (0, os.geteuid()):
            return False
        status = os.lstat(folder)
    except FileNotFoundError:
        return _can_write(os.path.dirname(folder))
    except OSError:
        return False
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid() and not status.st_mode & 0o077


def _can_write(folder: str) -> bool:
    return os.access(folder, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids)
