# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clusters: several nodes behind one name."""

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
class Cluster(Instance):
    """One cluster.

    Attributes:
        updating_service_id: the service that it is being moved to, ``None`` when it is not.
        capacity: how many nodes it has.
        on_demand_capacity: how many of them are not spot instances. CLI28
    """

    updating_service_id: str | None
    capacity: int
    on_demand_capacity: int
    alias: str | None


class Clusters(Instances[Cluster]):
    """The clusters in the database. A move to another service takes as long as a start."""

    def __init__(self, database: Database, clock: t.Callable[[], float], *, pace: Pace) -> None:
        super().__init__(database, clock, table="clusters", pace=pace)

    def add(
        self,
        *,
        user_id: str,
        service_id: str,
        auth_type: str,
        capacity: int,
        on_demand_capacity: int,
        alias: str | None,
    ) -> Cluster:
        """Make a cluster, which starts after its time."""
        now = self._clock()
        cluster_id = f"cluster-{uuid.uuid4()}"
        self._database.execute(
            "INSERT INTO clusters VALUES (?, ?, ?, NULL, ?, ?, ?, ?, ?, ?, ?, NULL)",
            cluster_id,
            user_id,
            service_id,
            now,
            auth_type,
            capacity,
            on_demand_capacity,
            alias,
            now + self._pace.start_seconds,
            iso(now),
        )
        return self._again(cluster_id)

    def resize(self, cluster: Cluster, *, capacity: int, on_demand_capacity: int) -> Cluster:
        """Give a cluster another number of nodes."""
        self._set(cluster, capacity=capacity, on_demand_capacity=on_demand_capacity)
        return self._again(cluster.id)

    def move(self, cluster: Cluster, service_id: str) -> Cluster:
        """Begin to move a cluster to another service; back to its own ends a move."""
        self._set(
            cluster,
            service_id=cluster.service_id,
            updating_service_id=None if service_id == cluster.service_id else service_id,
            updated_at=self._clock() + self._pace.start_seconds,
        )
        return self._again(cluster.id)

    def rename(self, cluster: Cluster, alias: str | None) -> Cluster:
        """Give a cluster an alias, or take it away."""
        self._set(cluster, alias=alias)
        return self._again(cluster.id)

    def _again(self, cluster_id: str) -> Cluster:
        cluster = self.find(cluster_id)
        assert cluster is not None  # noqa: S101 - rows are never deleted
        return cluster

    def _read(self, row: sqlite3.Row) -> Cluster:
        common = self._common(row)
        updating = row["updating_service_id"]
        if updating is not None and row["updated_at"] <= self._clock():
            common["service_id"], updating = updating, None
        return Cluster(
            **common,
            updating_service_id=updating,
            capacity=row["capacity"],
            on_demand_capacity=row["on_demand_capacity"],
            alias=row["alias"],
        )
