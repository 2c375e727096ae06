# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services that an administrator has disabled."""

from __future__ import annotations

from local_bloq.store.database import Database


class DisabledServices:
    """The ids of the services that start nothing new."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, service_id: str) -> None:
        """Disable a service; what runs it runs on."""
        self._database.execute("INSERT OR IGNORE INTO disabled_services VALUES (?)", service_id)

    def all(self) -> frozenset[str]:
        """Return the ids of all disabled services."""
        return frozenset(row["id"] for row in self._database.rows("SELECT id FROM disabled_services"))
