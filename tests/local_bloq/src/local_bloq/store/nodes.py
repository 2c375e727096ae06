# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nodes."""

from __future__ import annotations

import dataclasses
import sqlite3
import typing as t
import uuid

from local_bloq.nodes.pace import Pace
from local_bloq.store.database import Database
from local_bloq.store.instances import Instance, Instances
from local_bloq.times import iso


@dataclasses.dataclass(frozen=True, kw_only=True)
class Node(Instance):
    """One node.

    Attributes:
        image: what a client of the older generation asked for; ``None`` for a node made from a service.
        large: whether that client asked for a large one.
    """

    image: str | None
    large: bool


class Nodes(Instances[Node]):
    """The nodes in the database."""

    def __init__(self, database: Database, clock: t.Callable[[], float], *, pace: Pace) -> None:
        super().__init__(database, clock, table="nodes", pace=pace)

    def add(
        self, *, user_id: str, service_id: str, auth_type: str, image: str | None = None, large: bool = False
    ) -> Node:
        """Make a node, which starts after its time."""
        now = self._clock()
        node_id = f"node-{uuid.uuid4()}"
        self._database.execute(
            "INSERT INTO nodes VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)",
            node_id,
            user_id,
            service_id,
            image,
            large,
            auth_type,
            now + self._pace.start_seconds,
            iso(now),
        )
        node = self.find(node_id)
        assert node is not None  # noqa: S101 - it was added above
        return node

    def _read(self, row: sqlite3.Row) -> Node:
        return Node(**self._common(row), image=row["image"], large=bool(row["large"]))
