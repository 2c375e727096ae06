# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Intents: the requests that were about to create something, noted beside the vault file, never with a secret.

A client key carries nothing but an id and a time (bloq-api.md section 9), and a node no name. So the one proof that
something is ours is its id, noted when the reply came. Time proves nothing: somebody else may create one meanwhile.
"""

from __future__ import annotations

import contextlib
import dataclasses
import glob
import hashlib
import json
import math
import os
import time
import typing as t
from collections.abc import Callable, Collection, Mapping, Set

from ...module_utils._errors import FileError
from ...module_utils._ordinary import open_ordinary
from .._files.durable import remove_durably, remove_leftovers, write_durably
from .escrow import Escrow, NoEscrow
from .receipts import Receipts, default_folder
from .suspects import SuspectedOrphans, check_version

_VERSION = 2
#: Seconds by which a service may carry out, or list, a request later than anybody waits for its reply.
LATE = 30.0
#: Seconds by which the clocks may differ and a time still be within a request's.
_CLOCKS = 300.0
#: Seconds after which a request of 1.0.0 has come to its end: its notes have no deadline.
_FIRST_VERSION_LIMIT = 120.0


@dataclasses.dataclass(frozen=True)
class Intent:
    """A request that was about to create something.

    Attributes:
        known: the ids of what the account had before the request.
        started: when the request was about to leave, by our clock.
        deadline: when nothing can come of it any more, by our clock.
        skew: the service's clock minus ours in seconds, by its Date header.
        created: the id of what was created, once the reply had come.
    """

    known: frozenset[str]
    started: float
    deadline: float
    skew: float
    created: str | None = None

    def unproven(self, created_by_id: Mapping[str, float | None]) -> set[str]:
        """Return the ids that the request may have created, while nobody has seen its reply.

        Args:
            created_by_id: when each thing of the account was created, by its id, as the service lists them.
        """
        if self.created is not None:
            return set()
        return {
            resource_id
            for resource_id, created in created_by_id.items()
            if resource_id not in self.known and self._can_be_mine(created)
        }

    def _can_be_mine(self, created: float | None) -> bool:
        # By our clock, or by the one that the service's Date header showed: either may be wrong.
        return created is None or any(
            self.started + skew - _CLOCKS <= created <= self.deadline + skew + _CLOCKS for skew in (0.0, self.skew)
        )

    def to_dict(self) -> dict[str, t.Any]:
        """Return it as plain data."""
        # Not by asdict, which would copy a thousand ids one by one.
        fields = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return {**fields, "known": sorted(self.known)}


@dataclasses.dataclass(frozen=True)
class Journal:
    """The intents of one account beside one vault file.

    Attributes:
        path: the journal's file.
        account: whose they are, as far as the task said.
        intents: the intents, the latest last.
    """

    path: str
    account: str
    intents: tuple[Intent, ...]


class IntentFile:
    """The journal of one account beside one vault file. The caller holds the vault file's lock to change it.

    Args:
        vault_path: the vault file.
        url: the service, with the path of what is created when it has several kinds of things.
        account: who the account is, as far as the task says.
        limit: seconds after which a request of this task has ended.

    Attributes:
        suspects: the ids that intents which are over left unproven.
        receipts: which vault file got which id.
        escrow: what is kept elsewhere until it is removed.
    """

    suspects: SuspectedOrphans
    receipts: Receipts
    escrow: Escrow

    def __init__(self, vault_path: str, url: str, account: str, *, limit: float = 60.0) -> None:
        folder, name = os.path.split(vault_path)
        self.vault_path = vault_path
        self._start = os.path.join(folder, f".{name}.")
        self._url = url
        self.account = account
        self._limit = limit
        self._owner = hashlib.sha256(json.dumps([url, account]).encode()).hexdigest()[:12]
        self._path = f"{self._start}{self._owner}.bloq-intent"
        self.suspects = SuspectedOrphans(self._start, self._owner, url)
        self.receipts = Receipts(default_folder())
        self.escrow = NoEscrow()

    @contextlib.contextmanager
    def removal(self, resource_id: str) -> t.Iterator[None]:
        """Remove what has this id in the block: changes may still be made. The vault file's lock is enough for that."""
        yield

    @contextlib.contextmanager
    def change(self, resource_id: str) -> t.Iterator[None]:
        """Change what has this id in the block, by one request, as ``removal`` removes it."""
        yield

    def journals(self) -> list[Journal]:
        """Return the journals for the same service beside this vault file, whoever's they are.

        One account can log in by more than one name, so its intents can be in more than one journal.

        Raises:
            FileError: there is one that cannot be read.
        """
        found = (self._read(path) for path in sorted(glob.glob(f"{glob.escape(self._start)}*.bloq-intent")))
        return [journal for journal in found if journal is not None]

    def is_own(self, journal: Journal, live: Collection[str], names: Callable[[], Set[str]]) -> bool:
        """Return whether a journal is this account's.

        Args:
            journal: a journal beside this vault file.
            live: the ids of what the account has.
            names: returns every name by which the account can log in.
        """
        # Nodes does not say whose a client token is: what such a run left is looked for in the next run's account.
        if journal.account == self.account or "" in (journal.account, self.account):
            return True
        # An id belongs to one account.
        ids = {resource_id for intent in journal.intents for resource_id in (*intent.known, intent.created)}
        return not ids.isdisjoint(live) or journal.account in names()

    def suspected(self, created_by_id: Mapping[str, float | None], names: Callable[[], Set[str]]) -> set[str]:
        """Return the ids that a run may have left behind, by the intents and suspects beside this vault file.

        Args:
            created_by_id: when each thing of the account was created, by its id, as the service lists them.
            names: returns every name by which the account can log in.

        Raises:
            FileError: a note cannot be read.
        """
        own = [journal for journal in self.journals() if self.is_own(journal, created_by_id, names)]
        unproven = (intent.unproven(created_by_id) for journal in own for intent in journal.intents)
        return set(self.suspects.all()).union(*unproven)

    def own(self) -> tuple[Intent, ...]:
        """Return the intents that were declared under this very name.

        Raises:
            FileError: they cannot be read.
        """
        journal = self._read(self._path)
        return () if journal is None else journal.intents

    def declare(self, known: Set[str], skew: float) -> None:
        """Add an intent for a request that is about to leave.

        Args:
            known: the ids of what the account has now.
            skew: the service's clock minus ours, in seconds.

        Raises:
            FileError: it could not be written.
        """
        now = time.time()
        intent = Intent(frozenset(known), now, now + self._limit + LATE, skew)
        self._write(Journal(self._path, self.account, (*self.own(), intent)))

    def note(self, created: str) -> bool:
        """Add the id of what the last request created, without a wait for the disk; return whether that worked."""
        try:
            descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_NONBLOCK | os.O_CLOEXEC)
            try:
                os.write(descriptor, json.dumps({"created": created}).encode() + b"\n")
            finally:
                os.close(descriptor)
        except OSError:
            return False
        return True

    def withdraw(self) -> None:
        """Remove the last intent: what it was for is stored, or was certainly not created.

        Raises:
            FileError: it could not be removed.
        """
        self._write(Journal(self._path, self.account, self.own()[:-1]))

    def keep(self, journal: Journal, is_open: Callable[[Intent], bool]) -> None:
        """Remove the intents of a journal that are not open any more.

        Raises:
            FileError: they could not be removed.
        """
        intents = tuple(intent for intent in journal.intents if is_open(intent))
        if intents != journal.intents:
            self._write(dataclasses.replace(journal, intents=intents))

    def dismiss(self, resource_ids: Collection[str]) -> None:
        """Note that the user knows whose these are, so that no intent suspects them again.

        Raises:
            FileError: a journal could not be read or written.
        """
        for journal in self.journals():
            if not any(set(resource_ids) - intent.known for intent in journal.intents):
                continue
            intents = tuple(
                dataclasses.replace(intent, known=intent.known.union(resource_ids)) for intent in journal.intents
            )
            self._write(dataclasses.replace(journal, intents=intents))

    def remove_leftovers(self) -> None:
        """Remove what runs left that were killed while they wrote a journal or suspects."""
        remove_leftovers(self._path)
        self.suspects.remove_leftovers()

    def _write(self, journal: Journal) -> None:
        if not journal.intents:
            remove_durably(journal.path)
            return
        note = {
            "version": _VERSION,
            "url": self._url,
            "account": journal.account,
            "intents": [intent.to_dict() for intent in journal.intents],
        }
        write_durably(journal.path, json.dumps(note).encode() + b"\n")

    def _read(self, path: str) -> Journal | None:
        try:
            with open_ordinary(path) as stream:
                note = json.loads(stream.readline())
                created = _created(stream.readline())
            if note["url"] != self._url:
                return None
            intents = _of_first_version(note) if "version" not in note else _intents(path, note)
            if created is not None:
                intents[-1] = dataclasses.replace(intents[-1], created=created)
            return Journal(path, str(note["account"]), tuple(intents))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, IndexError, RecursionError):
            raise FileError(
                f"{path} cannot be read. It is about a client key or node that was being made when a run ended. "
                "Compare what the account has (bloq_client_key_info, bloq_node_info) with the vault file, then "
                "remove it."
            ) from None


def _intents(path: str, note: t.Mapping[str, t.Any]) -> list[Intent]:
    check_version(path, note["version"], _VERSION)
    return [intent_of(entry) for entry in note["intents"]]


def intent_of(entry: t.Mapping[str, t.Any]) -> Intent:
    """Return the intent that ``Intent.to_dict`` made plain data of.

    Raises:
        KeyError, TypeError, ValueError: it is not one.
    """
    return Intent(
        frozenset(map(str, entry["known"])),
        _number(entry["started"]),
        _number(entry["deadline"]),
        _number(entry["skew"]),
        None if entry["created"] is None else _id(entry["created"]),
    )


def _number(value: t.Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError("not a time")
    return number


def _id(value: t.Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not an id")
    return value


def _of_first_version(note: t.Mapping[str, t.Any]) -> list[Intent]:
    """Return the one intent of a note that 1.0.0 wrote; its end was the file's time, which a copy changes."""
    skew, written = _number(note["skew"]), _number(note["written"])
    known = frozenset(map(str, note["known"]))
    return [Intent(known, _number(note["started"]) - skew, written + _FIRST_VERSION_LIMIT, skew)]


def _created(line: bytes) -> str | None:
    """Return the id in a journal's second line, which a full disk can have cut. 1.0.0 called it made."""
    try:
        note = json.loads(line)
        return _id(note["created"] if "created" in note else note["made"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
