# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: BSD-2-Clause
"""What the collection asks of Accounts, wherever the request is sent from."""

from __future__ import annotations

import dataclasses
import typing as t

from ._connection import Pause
from ._times import parse_iso
from ._tokens import Grant


@dataclasses.dataclass(frozen=True)
class ListedKey:
    """A client key as the service lists it, never with its secret.

    Attributes:
        client_id: the key's id.
        created_at: when it was made, as the service wrote it; empty when it did not say.
    """

    client_id: str
    created_at: str

    @property
    def created(self) -> float | None:
        """When it was made, in seconds since 1970 by the service's clock."""
        return parse_iso(self.created_at)


@dataclasses.dataclass(frozen=True)
class KeyListing:
    """The account's client keys.

    Attributes:
        keys: each key.
        skew: the service's clock minus ours, in seconds.
    """

    keys: tuple[ListedKey, ...]
    skew: float

    @property
    def created_by_id(self) -> dict[str, float | None]:
        """When each key was made, by its id."""
        return {key.client_id: key.created for key in self.keys}


@dataclasses.dataclass(frozen=True)
class NewKey:
    """A client key just made. Its secret is shown this once (S, D:keys).

    Attributes:
        client_id: the key's id.
        client_secret: its secret.
        created: when it was made, in seconds since 1970 by the service's clock.
    """

    client_id: str
    client_secret: str = dataclasses.field(repr=False)
    created: float

    @property
    def id(self) -> str:
        """The key's id."""
        return self.client_id


class AccountsService(t.Protocol):
    """Accounts, asked from this process or from the host that a task is delegated to.

    Every method raises a ``BloqError`` when the service could not be asked or said no.
    """

    def log_in(self, username: str, password: str) -> Grant:
        """Return an Account Access Token."""

    def exchange(self, client_id: str, client_secret: str) -> Grant:
        """Return a Client Access Token and its refresh token."""

    def refresh(self, refresh_token: str) -> Grant:
        """Return a Client Access Token for a refresh token."""

    def list_keys(self, access_token: str) -> KeyListing:
        """Return the account's client keys."""

    def create_key(self, access_token: str, pause: Pause) -> NewKey:
        """Make a client key; ``pause`` is entered for each wait between two requests."""

    def delete_key(self, access_token: str, client_id: str) -> bool:
        """Revoke a client key; return False when there was none."""

    def profile(self, access_token: str) -> dict[str, t.Any]:
        """Return the account's profile."""

    def events(self, access_token: str) -> list[dict[str, t.Any]]:
        """Return what the services did for the account, day by day."""

    def ensure_password(self, username: str, old: str, new: str, *, dry: bool) -> bool:
        """Make ``new`` the account's password and return whether it was ``old``; in check mode nothing is changed."""
