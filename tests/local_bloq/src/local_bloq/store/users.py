# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Accounts of users."""

from __future__ import annotations

import dataclasses
import json
import sqlite3
import typing as t
import uuid

from local_bloq.store.database import Database
from local_bloq.store.digests import digest, equal
from local_bloq.times import iso

DEFAULT_BILLING_ADDRESS: t.Final = {"address": "1 Main Street", "zipCode": "94105", "state": "CA", "country": "US"}


@dataclasses.dataclass(frozen=True, kw_only=True)
class User:
    """One account.

    Attributes:
        id: ``user-`` and a uuid. D:acc
        password_hash: an argon2id hash.
        verified_at: ISO 8601, or ``None`` while the e-mail address is not verified.
    """

    id: str
    email: str
    display_name: str
    password_hash: str = dataclasses.field(repr=False)
    billing_address: dict[str, str]
    admin: bool
    verified_at: str | None
    created_at: str
    updated_at: str


class EmailTakenError(Exception):
    """Another account has this e-mail address."""


class Users:
    """The accounts in the database."""

    def __init__(self, database: Database, clock: t.Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    def add(
        self,
        *,
        email: str,
        password_hash: str,
        display_name: str,
        billing_address: t.Mapping[str, str] | None = None,
        admin: bool = False,
        verification_token: str | None = None,
    ) -> User:
        """Add an account.

        Args:
            verification_token: what will verify the e-mail address; without it, it counts as verified.

        Raises:
            EmailTakenError: an account with this address is there, in whatever case.
        """
        now = iso(self._clock())
        user_id = f"user-{uuid.uuid4()}"
        try:
            self._database.execute(
                "INSERT INTO users VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                user_id,
                email,
                display_name,
                password_hash,
                json.dumps(billing_address or DEFAULT_BILLING_ADDRESS),
                admin,
                None if verification_token is None else digest(verification_token),
                now if verification_token is None else None,
                now,
                now,
            )
        except sqlite3.IntegrityError as error:
            raise EmailTakenError from error
        user = self.find(user_id)
        assert user is not None  # noqa: S101 - it was added above
        return user

    def find(self, email_or_id: str) -> User | None:
        """Return the account with this e-mail address or id."""
        row = self._database.row("SELECT * FROM users WHERE id = ? OR email = ?", email_or_id, email_or_id)
        return None if row is None else _user(row)

    def all(self) -> list[User]:
        """Return every account, the oldest first."""
        return [_user(row) for row in self._database.rows("SELECT * FROM users ORDER BY rowid")]

    def verify(self, user: User, token: str) -> bool:
        """Verify the e-mail address, and say whether the token was the right one."""
        row = self._database.row("SELECT verification_hash FROM users WHERE id = ?", user.id)
        if row is None or not equal(row["verification_hash"] or "", digest(token)):
            return False
        now = iso(self._clock())
        self._database.execute(
            "UPDATE users SET verified_at = ?, updated_at = ?, verification_hash = NULL WHERE id = ?", now, now, user.id
        )
        return True

    def change_password_hash(self, user: User, password_hash: str) -> bool:
        """Replace the hash of the password, unless it changed since the account was read; say whether it did so."""
        changed = self._database.execute(
            "UPDATE users SET password_hash = ?, updated_at = ? WHERE id = ? AND password_hash = ?",
            password_hash,
            iso(self._clock()),
            user.id,
            user.password_hash,
        )
        return changed > 0

    def make_admin(self, user: User) -> None:
        """Let the account's tokens carry the audience ``manager``."""
        self._database.execute("UPDATE users SET admin = 1 WHERE id = ?", user.id)


def _user(row: sqlite3.Row) -> User:
    return User(
        id=row["id"],
        email=row["email"],
        display_name=row["display_name"],
        password_hash=row["password_hash"],
        billing_address=json.loads(row["billing_address"]),
        admin=bool(row["admin"]),
        verified_at=row["verified_at"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )
