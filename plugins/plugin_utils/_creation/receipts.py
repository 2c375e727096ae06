# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Receipts: which vault file of this user on this machine got an id that a service gave.

With them, what another project has received is not suspected here, and a record that an editor or a checkout took out
of the vault file again is noticed. They prove nothing against anybody: without them more is named in warnings.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import stat
import time
from collections.abc import Iterable

from ansible import constants

from ...module_utils._errors import FileError
from .._files.durable import write_durably

#: Seconds for which a receipt is kept.
KEPT = 30 * 86400.0
_VERSION = 1
#: The folders from which this process has removed what is old: each new key would look at all of them otherwise.
_tidied: set[str] = set()


def default_folder() -> str:
    """Return where this user's receipts are on this machine."""
    return os.path.join(constants.ANSIBLE_HOME, "bloq_receipts")


class Receipts:
    """The receipts in a folder. Where it cannot be used safely there are none.

    Args:
        folder: where they are; made when it is missing, but not its parent.
    """

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def add(self, resource_id: str, vault_path: str) -> None:
        """Note that a vault file has the id, and remove the receipts that are old."""
        with contextlib.suppress(OSError, FileError):
            with contextlib.suppress(FileExistsError):
                os.mkdir(self.folder, 0o700)
            if not self._is_ours():
                return
            note = {"version": _VERSION, "id": resource_id, "vault_file": vault_path}
            write_durably(self._path(resource_id), json.dumps(note).encode() + b"\n")
            if self.folder not in _tidied:
                self._remove_old()
                _tidied.add(self.folder)

    def vault_file_of(self, resource_id: str) -> str | None:
        """Return the path of the vault file that got the id, or None when nothing is known of it."""
        try:
            if not self._is_ours():
                return None
            descriptor = os.open(self._path(resource_id), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            with os.fdopen(descriptor, encoding="utf-8") as stream:
                note = json.loads(stream.readline())
            return str(note["vault_file"]) if note["version"] == _VERSION and note["id"] == resource_id else None
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None

    def received_by(self, vault_path: str, resource_ids: Iterable[str]) -> set[str]:
        """Return those of the ids that a vault file got."""
        return {resource_id for resource_id in resource_ids if self.vault_file_of(resource_id) == vault_path}

    def remove(self, resource_id: str) -> None:
        """Forget the id."""
        with contextlib.suppress(OSError):
            if self._is_ours():
                os.unlink(self._path(resource_id))

    def _remove_old(self) -> None:
        with os.scandir(self.folder) as entries:
            for entry in entries:
                if entry.stat(follow_symlinks=False).st_mtime < time.time() - KEPT:
                    os.unlink(entry.path)

    def _path(self, resource_id: str) -> str:
        # The id comes from a service, and need not be fit for a name.
        return os.path.join(self.folder, hashlib.sha256(resource_id.encode()).hexdigest()[:40])

    def _is_ours(self) -> bool:
        # In a folder of another user, others would say what we name in warnings.
        status = os.lstat(self.folder)
        return stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid() and not status.st_mode & 0o077
