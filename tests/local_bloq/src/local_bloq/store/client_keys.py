# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Client keys: pairs of client id and secret."""

from __future__ import annotations

import dataclasses
import secrets
import sqlite3
import typing as t

from local_bloq.store.database import Database
from local_bloq.store.digests import digest, equal
from local_bloq.times import iso

_ID_BYTES = 20
_SECRET_BYTES = 40


@dataclasses.dataclass(frozen=True, kw_only=True)
class ClientKey:
    """One client key, without its secret.

    Attributes:
        id: the client id, 40 hexadecimal digits. S, D:acc
        revoked: whether it was removed; a removed key is kept because tokens issued from it run to their expiry.
    """

    id: str
    user_id: str
    created_at: str
    revoked: bool


class ClientKeys:
    """The client keys in the database."""

    def __init__(self, database: Database, clock: t.Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    def add(self, user_id: str) -> tuple[ClientKey, str]:
        """Make a key, and return it with its secret: this is the only time that the secret is known."""
        key = ClientKey(id=secrets.token_hex(_ID_BYTES), user_id=user_id, created_at=iso(self._clock()), revoked=False)
        secret = secrets.token_hex(_SECRET_BYTES)
        self._database.execute(
            "INSERT INTO client_keys VALUES (?, ?, ?, ?, NULL)", key.id, user_id, digest(secret), key.created_at
        )
        return key, secret

    def find(self, client_id: str) -> ClientKey | None:
        """Return the key, also a removed one."""
        row = self._database.row("SELECT * FROM client_keys WHERE id = ?", client_id)
        return None if row is None else _key(row)

    def of_user(self, user_id: str) -> list[ClientKey]:
        """Return the user's keys that were not removed, the oldest first."""
        rows = self._database.rows(
            "SELECT * FROM client_keys WHERE user_id = ? AND revoked_at IS NULL ORDER BY rowid", user_id
        )
        return [_key(row) for row in rows]

    def authenticate(self, client_id: str, secret: str) -> ClientKey | None:
        """Return the key when the secret is the right one and the key was not removed."""
        row = self._database.row("SELECT * FROM client_keys WHERE id = ?", client_id)
        right = equal("" if row is None else row["secret_hash"], digest(secret))
        return _key(row) if row is not None and right and row["revoked_at"] is None else None

    def remove(self, user_id: str, client_id: str) -> bool:
        """Remove the user's key and its refresh tokens, and say whether it was there."""
        changed = self._database.execute(
            "UPDATE client_keys SET revoked_at = ?, secret_hash = ''"
            " WHERE id = ? AND user_id = ? AND revoked_at IS NULL",
            iso(self._clock()),
            client_id,
            user_id,
        )
        if changed:
            self._database.execute("DELETE FROM refresh_tokens WHERE client_id = ?", client_id)
        return changed > 0


def _key(row: sqlite3.Row) -> ClientKey:
    return ClientKey(
        id=row["id"], user_id=row["user_id"], created_at=row["created_at"], revoked=row["revoked_at"] is not None
    )
