# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The SQLite database that holds the state, in memory or in a file."""

from __future__ import annotations

import os
import secrets
import sqlite3
import typing as t

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from local_bloq.settings import SettingsError

_TABLES = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS users (
    id TEXT PRIMARY KEY,
    email TEXT NOT NULL UNIQUE COLLATE NOCASE,
    display_name TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    billing_address TEXT NOT NULL,
    admin INTEGER NOT NULL,
    verification_hash TEXT,
    verified_at TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS client_keys (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users(id),
    secret_hash TEXT NOT NULL,
    created_at TEXT NOT NULL,
    revoked_at TEXT
);
CREATE INDEX IF NOT EXISTS client_keys_of_user ON client_keys(user_id);
CREATE TABLE IF NOT EXISTS refresh_tokens (
    hash TEXT PRIMARY KEY,
    client_id TEXT NOT NULL REFERENCES client_keys(id),
    expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS refresh_tokens_of_key ON refresh_tokens(client_id);
CREATE INDEX IF NOT EXISTS refresh_tokens_by_end ON refresh_tokens(expires_at);
CREATE TABLE IF NOT EXISTS events (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users(id),
    service TEXT NOT NULL,
    service_data TEXT NOT NULL,
    created_at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS events_of_user ON events(user_id);
CREATE TABLE IF NOT EXISTS nodes (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users(id),
    service_id TEXT NOT NULL,
    image TEXT,
    large INTEGER NOT NULL,
    auth_type TEXT NOT NULL,
    starts_at REAL NOT NULL,
    created_at TEXT NOT NULL,
    stopped_at TEXT
);
CREATE INDEX IF NOT EXISTS nodes_of_user ON nodes(user_id);
CREATE TABLE IF NOT EXISTS clusters (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users(id),
    service_id TEXT NOT NULL,
    updating_service_id TEXT,
    updated_at REAL NOT NULL,
    auth_type TEXT NOT NULL,
    capacity INTEGER NOT NULL,
    on_demand_capacity INTEGER NOT NULL,
    alias TEXT,
    starts_at REAL NOT NULL,
    created_at TEXT NOT NULL,
    stopped_at TEXT
);
CREATE INDEX IF NOT EXISTS clusters_of_user ON clusters(user_id);
CREATE TABLE IF NOT EXISTS node_certificates (
    id TEXT PRIMARY KEY,
    certificate BLOB NOT NULL,
    key BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS disabled_services (id TEXT PRIMARY KEY) WITHOUT ROWID;
"""


class Database:
    """One connection, used by one thread: every statement takes microseconds, so none needs to be awaited."""

    def __init__(self, path: str | None) -> None:
        """Open the database and make what it lacks.

        Args:
            path: the file, made 0600 when it is not there, or ``None`` for memory.

        Raises:
            SettingsError: the file cannot be used.
        """
        try:
            if path is not None:
                # SQLite would make the file with the umask's mode, and the signing key lives in it.
                os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            self._connection = sqlite3.connect(path or ":memory:", isolation_level=None, timeout=1.0)
            self._connection.row_factory = sqlite3.Row
            self._connection.execute("PRAGMA journal_mode = WAL")
            # In WAL mode NORMAL keeps every commit through a crash of the process and saves an fsync for each.
            self._connection.execute("PRAGMA synchronous = NORMAL")
            self._connection.execute("PRAGMA foreign_keys = ON")
            self._connection.executescript(_TABLES)
        except (OSError, sqlite3.Error) as error:
            raise SettingsError(f"Cannot use the database file {path}: {error}") from error

    def execute(self, statement: str, *values: object) -> int:
        """Run one statement that changes rows, and return how many it changed."""
        return self._connection.execute(statement, values).rowcount

    def row(self, query: str, *values: object) -> sqlite3.Row | None:
        """Return the first row that the query finds."""
        found: sqlite3.Row | None = self._connection.execute(query, values).fetchone()
        return found

    def rows(self, query: str, *values: object) -> list[sqlite3.Row]:
        """Return every row that the query finds."""
        return self._connection.execute(query, values).fetchall()

    def count(self, query: str, *values: object) -> int:
        """Return the number that a ``SELECT count(*)`` query finds."""
        found = self._connection.execute(query, values).fetchone()
        return int(found[0])

    def kept(self, name: str, make: t.Callable[[], bytes]) -> bytes:
        """Return the value kept under ``name``; the first time it is made and kept."""
        self.execute("INSERT OR IGNORE INTO meta VALUES (?, ?)", name, make())
        found = self.row("SELECT value FROM meta WHERE name = ?", name)
        assert found is not None  # noqa: S101 - the line above made it
        return bytes(found["value"])

    def signing_key(self) -> rsa.RSAPrivateKey:
        """Return the key that signs tokens: it lives as long as the database, so tokens survive a restart."""
        found = self.row("SELECT value FROM meta WHERE name = 'signing_key'")
        pem = bytes(found["value"]) if found else self.kept("signing_key", _new_signing_key)
        key = serialization.load_pem_private_key(pem, password=None)
        if not isinstance(key, rsa.RSAPrivateKey):
            raise SettingsError("The database's signing key is not an RSA key")
        return key

    def node_key(self) -> bytes:
        """Return the key from which the credentials of nodes are derived, so that they need not be stored."""
        return self.kept("node_key", lambda: secrets.token_bytes(32))

    def close(self) -> None:
        """Write everything out and let go of the file."""
        self._connection.close()


def _new_signing_key() -> bytes:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
