# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service that makes nodes, and a project that orders them, without a vault or a network."""

from __future__ import annotations

import time
import types
import typing as t
from collections.abc import Callable, Mapping, Set
from pathlib import Path

from ansible_collections.bloq.cloud.plugins.module_utils._errors import BloqError
from ansible_collections.bloq.cloud.plugins.plugin_utils._creation.creator import CrashSafeCreator
from ansible_collections.bloq.cloud.plugins.plugin_utils._creation.escrow import NoEscrow
from ansible_collections.bloq.cloud.plugins.plugin_utils._creation.in_flight import StartRequest
from ansible_collections.bloq.cloud.plugins.plugin_utils._creation.intent import IntentFile

_URL = "https://nodes.example.com"


class Nodes:
    """A service that makes nodes of the kind that is ordered, and fails when told."""

    kind = "node"

    def __init__(self) -> None:
        self.live: dict[str, float | None] = {}
        self.orders: list[str] = []
        self.deleted: list[str] = []
        self.asked_for_names = 0
        self.errors: list[BloqError] = []
        self.lost_replies: list[BloqError] = []

    def list(self) -> t.Any:
        return types.SimpleNamespace(created_by_id=dict(self.live), skew=0.0)

    def create(self, order: str, start: StartRequest) -> t.Any:
        self.orders.append(order)
        with start() as request:
            if self.errors:
                raise self.errors.pop()
            made = types.SimpleNamespace(id=f"node{len(self.orders)}")
            self.live[made.id] = time.time()
            if self.lost_replies:
                raise self.lost_replies.pop()
            request.received(made)
        return made

    def delete(self, resource_id: str, /) -> bool:
        if self.errors:
            raise self.errors.pop()
        self.deleted.append(resource_id)
        return self.live.pop(resource_id, self) is not self

    def names(self) -> Set[str]:
        self.asked_for_names += 1
        return {"me", "me@example.com"}


class Kept(NoEscrow):
    """An escrow that keeps what it gets."""

    def __init__(self) -> None:
        self.records: list[tuple[str, str, Mapping[str, t.Any]]] = []

    def deposit(self, name: str, resource_id: str, record: Mapping[str, t.Any]) -> None:
        self.records.append((name, resource_id, record))

    def is_escrowed(self, resource_id: str) -> bool:
        return any(resource_id == known for _name, known, _record in self.records)


class Project:
    """A vault file, of which only the ids that it holds count here."""

    def __init__(self, folder: Path, service: Nodes) -> None:
        self.service = service
        self.path = str(folder / "nodes.yml")
        self.held: set[str] = set()
        self.escrow = Kept()
        self.stored: list[str] = []

    def intents(self, account: str = "me") -> IntentFile:
        intents = IntentFile(self.path, _URL, account)
        intents.escrow = self.escrow
        return intents

    def creation(
        self, *, intents: IntentFile | None = None, check_mode: bool = False, dismissed: t.Sequence[str] = ()
    ) -> CrashSafeCreator[str, t.Any]:
        made = CrashSafeCreator[str, t.Any](
            self.service,
            holds=self.held.__contains__,
            intents=intents or self.intents(),
            check_mode=check_mode,
            dismissed=dismissed,
        )
        made.refresh()
        return made

    def make(self, creation: CrashSafeCreator[str, t.Any], store: Callable[[t.Any], None] | None = None) -> None:
        creation.create(
            "a cluster",
            name="main",
            prove=lambda: None,
            record_of=lambda made: {"node_id": made.id},
            store=store or (lambda made: self.stored.append(made.id)),
        )
