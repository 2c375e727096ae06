# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The note that is left beside the vault file while something is being made, so that a crash leaves no orphan.

A client key carries nothing but an id and a time (bloq-api.md section 9), and a node no name. So the proof that one
is ours is its id, once the reply has come, and before that both: it was not there before, and it was made while our
request was on its way.
"""

from __future__ import annotations

import contextlib
import dataclasses
import glob
import hashlib
import json
import os
import threading
import time
import typing as t
from collections.abc import Mapping, Set

from ansible_collections.bloq.cloud.plugins.module_utils._errors import FileError
from ansible_collections.bloq.cloud.plugins.plugin_utils._doubts import Doubts
from ansible_collections.bloq.cloud.plugins.plugin_utils._files import (
    remove_durably,
    remove_leftovers,
    write_durably,
)

_PULSE = 0.2
#: Seconds by which the clocks may differ more than the service's Date header tells.
_CLOCK = 2.0
#: Seconds in which the service carries out a request that nobody waits for any more.
GRACE = 3.0


@dataclasses.dataclass(frozen=True)
class Intent:
    """Something is about to be made, or was when the run died.

    Attributes:
        path: the intent's own file.
        account: whose it is, as far as the task said.
        known: the ids of what the account had before the request.
        started: when the request was about to leave, by the service's clock.
        ended: when the run was last known to live, by the service's clock.
        made: the id of what was made, once the reply had come.
    """

    path: str
    account: str
    known: frozenset[str]
    started: float
    ended: float
    made: str | None = None

    @property
    def over(self) -> float:
        """When the request cannot be carried out any more, by the service's clock."""
        return self.ended + GRACE

    def candidates(self, made: Mapping[str, float | None]) -> list[str]:
        """Return the ids of what this intent's request can have made.

        Args:
            made: when each thing of the account was made, by its id, as the service lists them.
        """
        if self.made is not None:
            return [self.made] if self.made in made else []
        return [
            thing
            for thing, created in made.items()
            if thing not in self.known
            and created is not None
            and self.started - _CLOCK <= created <= self.over + _CLOCK
        ]


class IntentFile:
    """The intent of one account beside one vault file. The caller holds the vault file's lock.

    Args:
        vault_path: the vault file.
        url: the service, with the path of what is made when it makes several kinds of things.
        account: who the account is, as far as the task says.

    Attributes:
        doubts: what intents that are gone told of without proof.
    """

    def __init__(self, vault_path: str, url: str, account: str) -> None:
        folder, name = os.path.split(vault_path)
        self._start = os.path.join(folder, f".{name}.")
        self._url = url
        self.account = account
        owner = hashlib.sha256(json.dumps([url, account]).encode()).hexdigest()[:12]
        self._path = f"{self._start}{owner}.bloq-intent"
        self.doubts = Doubts(self._start, owner, url)

    def all(self) -> list[Intent]:
        """Return the intents for the same service beside this vault file, whoever's they are.

        One account can log in by more than one name, so its intents can be in more than one file.

        Raises:
            FileError: there is one that cannot be read.
        """
        found = (self._read(path) for path in sorted(glob.glob(f"{glob.escape(self._start)}*.bloq-intent")))
        return [intent for intent in found if intent is not None]

    def own(self) -> Intent | None:
        """Return the intent that was declared last under this very name, or None.

        Raises:
            FileError: it cannot be read.
        """
        return self._read(self._path)

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
        note = {
            "url": self._url,
            "account": self.account,
            "known": sorted(known),
            "started": now + skew,
            "written": now,
            "skew": skew,
        }
        write_durably(self._path, json.dumps(note).encode() + b"\n")
        over = threading.Event()
        pulse = threading.Thread(target=self._beat, args=(over,), daemon=True)
        pulse.start()
        try:
            yield
        finally:
            over.set()
            pulse.join()

    def note(self, made: str) -> bool:
        """Add the id of what was made, without a wait for the disk; return whether that was possible."""
        try:
            descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
            try:
                os.write(descriptor, json.dumps({"made": made}).encode() + b"\n")
            finally:
                os.close(descriptor)
        except OSError:
            return False
        return True

    def remove_leftovers(self) -> None:
        """Remove what runs left that were killed while they wrote the intent or a doubt."""
        remove_leftovers(self._path)
        self.doubts.remove_leftovers()

    def remove(self, path: str | None = None) -> None:
        """Remove an intent, by default our own: what it tells of is stored, or was never made, or is removed.

        Raises:
            FileError: it could not be removed.
        """
        remove_durably(path or self._path)

    def _beat(self, over: threading.Event) -> None:
        while True:
            # Without the file there is nothing left to prove.
            with contextlib.suppress(OSError):
                now = time.time()
                os.utime(self._path, (now, now))
            if over.wait(_PULSE):
                return

    def _read(self, path: str) -> Intent | None:
        try:
            with open(path, encoding="utf-8") as stream:
                beat = os.fstat(stream.fileno()).st_mtime
                note = json.loads(stream.readline())
                made = _made(stream.readline())
            if note["url"] != self._url:
                return None
            ended = max(beat, note["written"]) + note["skew"]
            return Intent(path, str(note["account"]), frozenset(note["known"]), float(note["started"]), ended, made)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError):
            raise FileError(
                f"{path} cannot be read. It tells of a client key or node that was being made when a run ended. "
                "Compare what the account has (bloq_client_key_info, bloq_node_info) with the vault file, then "
                "remove it."
            ) from None


def _made(line: str) -> str | None:
    """Return the id in an intent's second line, which a full disk can have cut."""
    try:
        return str(json.loads(line)["made"])
    except (ValueError, KeyError, TypeError):
        return None
