# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Intents, suspects and receipts on the coordination server as well as beside the vault file and on this machine."""

from __future__ import annotations

import contextlib
import dataclasses
import time
import typing as t
from collections.abc import Collection, Mapping, Set

from ...module_utils._errors import CoordinationError
from .._creation.intent import LATE, Intent, IntentFile, Journal, intent_of
from .._creation.receipts import KEPT, Receipts
from .._creation.suspects import SuspectedOrphans
from .escrow import ServerEscrow
from .lease import LEASE
from .ledger import INTENTS, RECEIPTS, SUSPECTS, Ledger, digest


class FleetIntents(IntentFile):
    """The intents of one account for one vault file, wherever the clones of that file are.

    Args:
        vault_path: the vault file.
        url: the service, with the path of what is created when it has several kinds of things.
        account: who the account is, as far as the task says.
        limit: seconds after which a request of this task has ended.
        ledger: the account's entries on the server.
        scope: the vault file's scope.
        escrow: the vault file's escrow there.
    """

    def __init__(
        self, vault_path: str, url: str, account: str, *, limit: float, ledger: Ledger, scope: str, escrow: ServerEscrow
    ) -> None:
        super().__init__(vault_path, url, account, limit=limit)
        ledger.look()
        self._ledger = ledger
        self._field = digest(scope, url)
        self._shared: tuple[Intent, ...] | None = None
        self._is_declaring = False
        self._escrow = self.escrow = escrow
        self.receipts = FleetReceipts(self.receipts.folder, ledger, vault_path, scope, escrow)
        self.suspects = FleetSuspects(self._start, self._owner, url, ledger, self._field)

    def journals(self) -> list[Journal]:
        """Return the journals beside the vault file, this account's with what only the server has of it."""
        local = super().journals()
        own = next((journal for journal in local if journal.path == self._path), None)
        merged = self._merged(own.intents if own else ())
        if not merged:
            return local
        return [*(journal for journal in local if journal is not own), Journal(self._path, self.account, merged)]

    def own(self) -> tuple[Intent, ...]:
        """Return the intents that were declared for this account and vault file."""
        return self._merged(super().own())

    def declare(self, known: Set[str], skew: float) -> None:
        """Add an intent for a request that is about to leave, and make sure that the account's lock outlives it."""
        self._is_declaring = True
        try:
            super().declare(known, skew)
        except CoordinationError:
            # The request does not leave, and what others make meanwhile must not look like its.
            super()._write(Journal(self._path, self.account, super().own()[:-1]))
            raise
        finally:
            self._is_declaring = False

    def note(self, created: str) -> bool:
        """Add the id of what the last request created; return whether that worked beside the file."""
        self._ledger.deeds.made(created)
        is_noted = super().note(created)
        # The record is not stored yet: that comes before what the server says.
        with contextlib.suppress(CoordinationError):
            if intents := self._known_to_server():
                *others, last = intents
                self._share((*others, dataclasses.replace(last, created=created)))
            self._ledger.relax()
        return is_noted

    def withdraw(self) -> None:
        """Remove the last intent, and let the account's lock end soon after its holder again."""
        super().withdraw()
        with self._ledger.deeds.told():
            self._ledger.relax()

    @contextlib.contextmanager
    def removal(self, resource_id: str) -> t.Iterator[None]:
        """Remove what has this id in the block: the account's lock is held, and outlives the request."""
        with self._escrow.removal(resource_id, self._limit + LATE):
            yield

    @contextlib.contextmanager
    def change(self, resource_id: str) -> t.Iterator[None]:
        """Change what has this id in the block, by one request: the account's lock is held, and outlives it."""
        with self._ledger.change(resource_id, self._limit + LATE):
            yield

    def _write(self, journal: Journal) -> None:
        super()._write(journal)
        if journal.path != self._path or journal.intents == self._known_to_server():
            return
        # Before a request leaves the server must know of it.
        with contextlib.nullcontext() if self._is_declaring else self._ledger.deeds.told():
            self._share(journal.intents)

    def _share(self, intents: tuple[Intent, ...]) -> None:
        entry = [intent.to_dict() for intent in intents] or None
        seconds = self._limit + LATE if self._is_declaring else LEASE
        self._ledger.write(INTENTS, {self._field: entry}, seconds=seconds)
        self._shared = intents

    def _merged(self, local: tuple[Intent, ...]) -> tuple[Intent, ...]:
        """Return what the server alone has, then what is beside the file, each with what either knows was created."""
        shared = {intent.started: intent for intent in self._known_to_server()}
        both = [
            dataclasses.replace(intent, created=intent.created or shared[intent.started].created)
            if intent.started in shared
            else intent
            for intent in local
        ]
        here = {intent.started for intent in local}
        return (*(intent for started, intent in shared.items() if started not in here), *both)

    def _known_to_server(self) -> tuple[Intent, ...]:
        if self._shared is None:
            found = self._ledger.entries(INTENTS).get(self._field) or []
            try:
                self._shared = tuple(map(intent_of, found))
            except (KeyError, TypeError, ValueError):
                # Whoever wrote that, its suspects cannot be found out here.
                self._ledger.pass_over(INTENTS)
                self._shared = ()
        return self._shared


class FleetSuspects(SuspectedOrphans):
    """The suspects of one account for one vault file, wherever the clones of that file are."""

    def __init__(self, start: str, owner: str, url: str, ledger: Ledger, field: str) -> None:
        super().__init__(start, owner, url)
        self._ledger = ledger
        self._field = field
        self._shared: set[str] | None = None

    def _notes(self) -> list[tuple[str, set[str]]]:
        notes = dict(super()._notes())
        if shared := self._known_to_server():
            notes[self._path] = notes.get(self._path, set()) | shared
        return sorted(notes.items())

    def _write(self, path: str, resource_ids: Collection[str]) -> None:
        super()._write(path, resource_ids)
        if path == self._path and set(resource_ids) != self._known_to_server():
            with self._ledger.deeds.told():
                self._ledger.write(SUSPECTS, {self._field: sorted(resource_ids) or None})
            self._shared = set(resource_ids)

    def _known_to_server(self) -> set[str]:
        if self._shared is None:
            found = self._ledger.entries(SUSPECTS).get(self._field) or []
            self._shared = set(map(str, found))
        return self._shared


class FleetReceipts(Receipts):
    """Which scope got an id, on the server; and on this machine which vault file."""

    def __init__(self, folder: str, ledger: Ledger, vault_path: str, scope: str, escrow: ServerEscrow) -> None:
        super().__init__(folder)
        self._ledger = ledger
        self._vault_path = vault_path
        self._scope = digest(scope)
        self._escrow = escrow
        self._shared: dict[str, t.Any] | None = None

    def add(self, resource_id: str, vault_path: str) -> None:
        """Note that a vault file has the id, and remove the receipts that are old."""
        self._ledger.deeds.stored(resource_id, vault_path)
        super().add(resource_id, vault_path)
        now = time.time()
        known = self._known_to_server()
        changes: dict[str, t.Any] = {each: None for each, entry in known.items() if _time_of(entry) < now - KEPT}
        changes[resource_id] = {"scope": self._scope, "at": now}
        self._share(changes)

    def vault_file_of(self, resource_id: str) -> str | None:
        """Return the path of the vault file that got the id, or what stands for another one, or None."""
        if self._escrow.is_escrowed(resource_id):
            return "escrow"
        entry = self._known_to_server().get(resource_id)
        if not isinstance(entry, Mapping):
            return super().vault_file_of(resource_id)
        return self._vault_path if entry.get("scope") == self._scope else f"scope {entry.get('scope')}"

    def remove(self, resource_id: str) -> None:
        """Forget the id."""
        super().remove(resource_id)
        if resource_id in self._known_to_server():
            self._share({resource_id: None})

    def _share(self, changes: Mapping[str, t.Any]) -> None:
        # Without a receipt more is named in warnings, and nothing is lost.
        with contextlib.suppress(CoordinationError):
            self._ledger.write(RECEIPTS, changes)
        for field, value in changes.items():
            if value is None:
                self._known_to_server().pop(field, None)
            else:
                self._known_to_server()[field] = value

    def _known_to_server(self) -> dict[str, t.Any]:
        if self._shared is None:
            self._shared = self._ledger.entries(RECEIPTS)
        return self._shared


def _time_of(entry: object) -> float:
    moment = entry.get("at") if isinstance(entry, Mapping) else None
    return float(moment) if isinstance(moment, (int, float)) else 0.0
