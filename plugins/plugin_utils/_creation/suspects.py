# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Suspected orphans: ids that an interrupted run may have left, and that nothing proves to be ours.

They stay alive, and every run names them until they are gone, in a vault file, or dismissed by the user.
"""

from __future__ import annotations

import glob
import json
from collections.abc import Callable, Collection

from ...module_utils._errors import FileError
from ...module_utils._ordinary import read_ordinary
from .._files.durable import remove_durably, remove_leftovers, write_durably

_VERSION = 2


class SuspectedOrphans:
    """The suspects of one account beside one vault file. The caller holds the vault file's lock to change them.

    Args:
        start: the path of each note beside the vault file, up to where their names differ.
        owner: what keeps accounts and services apart in those names.
        url: the service, with the path of what is created when it has several kinds of things.
    """

    def __init__(self, start: str, owner: str, url: str) -> None:
        self._pattern = f"{glob.escape(start)}*.bloq-doubt"
        self._path = f"{start}{owner}.bloq-doubt"
        self._url = url

    def all(self) -> list[str]:
        """Return the ids in every note for the same service beside this vault file, sorted.

        Raises:
            FileError: there is a note that cannot be read.
        """
        return sorted({resource_id for _path, ids in self._notes() for resource_id in ids})

    def add(self, resource_ids: Collection[str]) -> None:
        """Keep these ids as well.

        Raises:
            FileError: they could not be written.
        """
        if not set(resource_ids) <= set(self.all()):
            self._write(self._path, {*self._own(), *resource_ids})

    def keep(self, live: Collection[str], is_open: Callable[[str], bool]) -> None:
        """Forget those that are not open any more.

        Args:
            live: the ids of what the account has. A note of another name of which it has nothing may be another
                account's, and is left to that account's runs.
            is_open: whether an id is alive and still to be named.

        Raises:
            FileError: a note could not be read, written or removed.
        """
        for path, ids in self._notes():
            kept = set(filter(is_open, ids))
            if kept != ids and (path == self._path or not ids.isdisjoint(live)):
                self._write(path, kept)

    def remove_leftovers(self) -> None:
        """Remove what runs left that were killed while they wrote a note."""
        remove_leftovers(self._path)

    def _own(self) -> set[str]:
        return dict(self._notes()).get(self._path, set())

    def _write(self, path: str, resource_ids: Collection[str]) -> None:
        if not resource_ids:
            remove_durably(path)
            return
        note = {"version": _VERSION, "url": self._url, "suspects": sorted(resource_ids)}
        write_durably(path, json.dumps(note).encode() + b"\n")

    def _notes(self) -> list[tuple[str, set[str]]]:
        found = ((path, self._read(path)) for path in sorted(glob.glob(self._pattern)))
        return [(path, ids) for path, ids in found if ids is not None]

    def _read(self, path: str) -> set[str] | None:
        try:
            note = json.loads(read_ordinary(path))
            if note["url"] != self._url:
                return None
            if "version" not in note:
                # As 1.0.0 wrote it, which did not know of which group one was left behind.
                return {str(resource_id) for group in note["groups"] for resource_id in group}
            check_version(path, note["version"], _VERSION)
            return set(map(str, note["suspects"]))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            raise FileError(
                f"{path} cannot be read. It names what a run that ended too early may have left behind. "
                "Compare what the account has (bloq_client_key_info, bloq_node_info) with the vault file, then "
                "remove it."
            ) from None


def check_version(path: str, version: object, known: int) -> None:
    """Check the version of a note.

    Raises:
        FileError: a newer version of the collection wrote it, and knows how to go on.
        ValueError: it is none.
    """
    if isinstance(version, int) and version > known:
        raise FileError(
            f"{path} was written by a newer version of the collection bloq.cloud. It is about what a run that ended "
            "too early may have left behind. Leave it, and run the play with that version."
        )
    if version != known:
        raise ValueError("not a version")
