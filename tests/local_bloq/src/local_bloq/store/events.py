# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Daily events: what a service did for an account on one day."""

from __future__ import annotations

import dataclasses
import json
import sqlite3
import typing as t
import uuid

from local_bloq.store.database import Database
from local_bloq.times import iso


@dataclasses.dataclass(frozen=True, kw_only=True)
class Event:
    """One service's day.

    Attributes:
        id: ``event-`` and a uuid.
        service: the service's name.
        service_data: how often it did what.
        created_at: when it did the first of them, ISO 8601.
    """

    id: str
    service: str
    service_data: dict[str, int]
    created_at: str


class Events:
    """The events in the database: one for each account, service and day (UTC)."""

    def __init__(self, database: Database, clock: t.Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    def count(self, user_id: str, service: str, what: str) -> None:
        """Count one more of what the service did for the account today."""
        now = iso(self._clock())
        row = self._database.row(
            "SELECT * FROM events WHERE user_id = ? AND service = ? AND created_at >= ?",
            user_id,
            service,
            now.partition("T")[0],
        )
        if row is None:
            self.add(user_id, service, {what: 1}, self._clock())
            return
        counts = json.loads(row["service_data"])
        counts[what] = counts.get(what, 0) + 1
        self._database.execute("UPDATE events SET service_data = ? WHERE id = ?", json.dumps(counts), row["id"])

    def add(self, user_id: str, service: str, counts: t.Mapping[str, int], at: float) -> None:
        """Add the event of a day, at this Unix time, on which the service had none for the account."""
        self._database.execute(
            "INSERT INTO events VALUES (?, ?, ?, ?, ?)",
            f"event-{uuid.uuid4()}",
            user_id,
            service,
            json.dumps(dict(counts)),
            iso(at),
        )

    def of_user(self, user_id: str) -> list[Event]:
        """Return the account's events, the oldest first."""
        rows = self._database.rows("SELECT * FROM events WHERE user_id = ? ORDER BY rowid", user_id)
        return [_event(row) for row in rows]


def _event(row: sqlite3.Row) -> Event:
    return Event(
        id=row["id"],
        service=row["service"],
        service_data=json.loads(row["service_data"]),
        created_at=row["created_at"],
    )
