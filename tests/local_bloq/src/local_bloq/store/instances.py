# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs for an account, and is still listed when it was stopped: the part that nodes and clusters share."""

from __future__ import annotations

import dataclasses
import sqlite3
import typing as t

from local_bloq.nodes.pace import Pace
from local_bloq.store.database import Database
from local_bloq.times import iso

State = t.Literal["starting", "started", "stopped"]
Kind = t.TypeVar("Kind", bound="Instance")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Instance:
    """One thing that runs.

    Attributes:
        auth_type: how its own clients prove who they are: ``basic``, ``jwt`` or, for a cluster, ``none``.
        starts_at: the Unix time from which it is started.
        stopped_at: ISO 8601, or ``None`` while it was not stopped.
    """

    id: str
    user_id: str
    service_id: str
    auth_type: str
    starts_at: float
    state: State
    created_at: str
    stopped_at: str | None


class Instances(t.Generic[Kind]):
    """The rows of one of the tables ``nodes`` and ``clusters``."""

    def __init__(
        self,
        database: Database,
        clock: t.Callable[[], float],
        *,
        table: t.Literal["nodes", "clusters"],
        pace: Pace,
    ) -> None:
        """Take the table's name, and how soon an instance is started."""
        self._database = database
        self._clock = clock
        self._table = table
        self._pace = pace

    def _read(self, row: sqlite3.Row) -> Kind:
        raise NotImplementedError

    def find(self, instance_id: str) -> Kind | None:
        """Return the instance, whoever's it is."""
        found = self._where("id = ?", instance_id)
        return found[0] if found else None

    def of_user(self, user_id: str, instance_id: str) -> Kind | None:
        """Return the instance when it is the user's."""
        found = self.find(instance_id)
        return found if found is not None and found.user_id == user_id else None

    def all_of_user(self, user_id: str) -> list[Kind]:
        """Return the user's instances, the oldest first."""
        return self._where("user_id = ?", user_id)

    def all(self) -> list[Kind]:
        """Return everybody's instances, the oldest first."""
        return self._where("TRUE")

    def running(self, user_id: str) -> int:
        """Return how many of the user's instances were not stopped."""
        return len(self._where("user_id = ? AND stopped_at IS NULL", user_id))

    def stop(self, instance: Kind) -> None:
        """Stop an instance."""
        self._set(instance, stopped_at=iso(self._clock()))

    def _where(self, condition: str, *values: object) -> list[Kind]:
        # No input is part of the statement: the table and the condition are this package's own words.
        statement = f"SELECT * FROM {self._table} WHERE {condition} ORDER BY rowid"  # noqa: S608
        return [self._read(row) for row in self._database.rows(statement, *values)]

    def _set(self, instance: Kind, **values: object) -> None:
        columns = ", ".join(f"{column} = ?" for column in values)
        self._database.execute(f"UPDATE {self._table} SET {columns} WHERE id = ?", *values.values(), instance.id)  # noqa: S608

    def _common(self, row: sqlite3.Row) -> dict[str, t.Any]:
        started = row["starts_at"] <= self._clock()
        return {
            "id": row["id"],
            "user_id": row["user_id"],
            "service_id": row["service_id"],
            "auth_type": row["auth_type"],
            "starts_at": row["starts_at"],
            "state": "stopped" if row["stopped_at"] is not None else "started" if started else "starting",
            "created_at": row["created_at"],
            "stopped_at": row["stopped_at"],
        }
