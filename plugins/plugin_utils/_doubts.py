# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What may have been left behind although nothing proves it, kept until a run has lived to tell of it.

The warning of a run that dies itself reaches nobody, and the intent that it rests on is gone by then.
"""

from __future__ import annotations

import glob
import json
from collections.abc import Sequence, Set

from ansible_collections.bloq.cloud.plugins.module_utils._errors import FileError
from ansible_collections.bloq.cloud.plugins.plugin_utils._files import remove_durably, remove_leftovers, write_durably


class Doubts:
    """The doubts of one account beside one vault file. The caller holds the vault file's lock.

    Args:
        start: the path of each note beside the vault file, up to where their names differ.
        owner: what tells accounts and services apart in those names.
        url: the service, with the path of what is made when it makes several kinds of things.
    """

    def __init__(self, start: str, owner: str, url: str) -> None:
        self._pattern = f"{glob.escape(start)}*.bloq-doubt"
        self._path = f"{start}{owner}.bloq-doubt"
        self._url = url

    def __bool__(self) -> bool:
        """Whether there is something to tell.

        Raises:
            FileError: there is a note that cannot be read.
        """
        return any(groups for _path, groups in self._all())

    def add(self, things: Sequence[str]) -> None:
        """Keep that one of these ids was left behind.

        Raises:
            FileError: it could not be written.
        """
        groups = dict(self._all()).get(self._path, [])
        if list(things) not in groups:
            groups.append(list(things))
        write_durably(self._path, json.dumps({"url": self._url, "groups": groups}).encode())

    def take(self, live: Set[str], *, keep: bool) -> list[list[str]]:
        """Return what is to be told, and forget it.

        Args:
            live: the ids of what the account has. A note of which it has nothing is told by its own account's run.
            keep: whether nothing may be forgotten, as in check mode.

        Raises:
            FileError: a note could not be read or removed.
        """
        told = []
        for path, groups in self._all():
            known = [group for group in groups if not live.isdisjoint(group)]
            told += known
            if not keep and (known or path == self._path):
                remove_durably(path)
        return told

    def remove_leftovers(self) -> None:
        """Remove what runs left that were killed while they wrote a note."""
        remove_leftovers(self._path)

    def _all(self) -> list[tuple[str, list[list[str]]]]:
        found = ((path, self._read(path)) for path in sorted(glob.glob(self._pattern)))
        return [(path, groups) for path, groups in found if groups is not None]

    def _read(self, path: str) -> list[list[str]] | None:
        try:
            with open(path, encoding="utf-8") as stream:
                note = json.load(stream)
            return [[str(thing) for thing in group] for group in note["groups"]] if note["url"] == self._url else None
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError):
            raise FileError(
                f"{path} cannot be read. It names what a run that ended too early may have left behind. "
                "Compare what the account has (bloq_client_key_info, bloq_node_info) with the vault file, then "
                "remove it."
            ) from None
