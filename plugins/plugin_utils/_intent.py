# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The note that is left beside the vault file while something is being made, so that a crash leaves no orphan.

A client key carries nothing but an id and a time (bloq-api.md section 9), and a node no name, so the proof that one
is ours rests on both: it was not there before, and it was made while our request was on its way.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
import threading
import time
import typing as t
from collections.abc import Mapping, Set

from ansible_collections.bloq.cloud.plugins.module_utils._errors import FileError
from ansible_collections.bloq.cloud.plugins.plugin_utils._files import remove_durably, write_durably

_PULSE = 0.2
#: Seconds around our request in which the service may have made it: a pulse, and the time of a commit.
_SLACK = 1.5


@dataclasses.dataclass(frozen=True)
class Intent:
    """Something is about to be made, or was when the run died.

    Attributes:
        known: the ids of what the account had before the request.
        started: when the request was about to leave, by the service's clock.
        ended: when the run was last known to live, by the service's clock.
    """

    known: frozenset[str]
    started: float
    ended: float

    def candidates(self, made: Mapping[str, float | None], held: Set[str]) -> list[str]:
        """Return the ids of what this intent's request can have made.

        Args:
            made: when each thing of the account was made, by its id, as the service lists them.
            held: the ids that the vault file holds.
        """
        return [
            thing
            for thing, created in made.items()
            if thing not in self.known
            and thing not in held
            and created is not None
            and self.started - _SLACK <= created <= self.ended + _SLACK
        ]


class IntentFile:
    """The intent of one account beside one vault file. The caller holds the vault file's lock.

    Args:
        vault_path: the vault file.
        url: the service, with the path of what is made when it makes several kinds of things.
        account: who the account is, as far as the task says.
    """

    def __init__(self, vault_path: str, url: str, account: str) -> None:
        folder, name = os.path.split(vault_path)
        owner = hashlib.sha256(json.dumps([url, account]).encode()).hexdigest()[:12]
        self._path = os.path.join(folder, f".{name}.{owner}.bloq-intent")

    def read(self) -> Intent | None:
        """Return the intent that an earlier run left, or None.

        Raises:
            FileError: there is one that cannot be read.
        """
        try:
            with open(self._path, encoding="utf-8") as stream:
                beat = os.fstat(stream.fileno()).st_mtime
                note = json.load(stream)
            return Intent(frozenset(note["known"]), float(note["started"]), max(beat, note["written"]) + note["skew"])
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError):
            raise FileError(
                f"{self._path} cannot be read. It tells of a client key or node that was being made when a run ended. "
                "Compare what the account has (bloq_client_key_info, bloq_node_info) with the vault file, then "
                "remove it."
            ) from None

    @contextlib.contextmanager
    def declared(self, known: Set[str], skew: float) -> t.Iterator[None]:
        """Keep an intent on disk, with a pulse that shows for how long this process lived.

        The intent stays when the block ends: only the caller knows whether what was made is stored.

        Args:
            known: the ids of what the account has now.
            skew: the service's clock minus ours, in seconds.

        Raises:
            FileError: it could not be written.
        """
        now = time.time()
        note = {"known": sorted(known), "started": now + skew, "written": now, "skew": skew}
        write_durably(self._path, json.dumps(note).encode())
        over = threading.Event()
        pulse = threading.Thread(target=self._beat, args=(over,), daemon=True)
        pulse.start()
        try:
            yield
        finally:
            over.set()
            pulse.join()

    def _beat(self, over: threading.Event) -> None:
        while True:
            # Without the file there is nothing left to prove.
            with contextlib.suppress(OSError):
                os.utime(self._path)
            if over.wait(_PULSE):
                return

    def remove(self) -> None:
        """Remove the intent: what it tells of is stored, or was never made, or is removed.

        Raises:
            FileError: it could not be removed.
        """
        remove_durably(self._path)
