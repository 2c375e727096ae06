# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Refresh tokens: only their digests are kept."""

from __future__ import annotations

import typing as t

from local_bloq.store.database import Database
from local_bloq.store.digests import digest


class RefreshTokens:
    """The refresh tokens that may still be used."""

    def __init__(self, database: Database, clock: t.Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    def add(self, token: str, *, client_id: str, expires_at: int) -> None:
        """Remember a token, and forget those that have expired."""
        self._database.execute("DELETE FROM refresh_tokens WHERE expires_at <= ?", int(self._clock()))
        self._database.execute("INSERT INTO refresh_tokens VALUES (?, ?, ?)", digest(token), client_id, expires_at)

    def client_id(self, token: str) -> str | None:
        """Return the client id that the token was issued to, while its key exists."""
        row = self._database.row("SELECT client_id FROM refresh_tokens WHERE hash = ?", digest(token))
        return None if row is None else str(row["client_id"])
