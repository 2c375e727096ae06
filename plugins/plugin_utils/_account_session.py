# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An account's operations on Accounts."""

from __future__ import annotations

import typing as t
from collections.abc import Callable

from ..module_utils._accounts_service import AccountsService, KeyListing, NewKey
from ._bearer_session import BearerSession
from ._creation.in_flight import StartRequest
from ._tokens.source import Obtained


class AccountSession:
    """Accounts, asked as one account.

    Args:
        service: the Accounts service.
        obtain: returns the account's token; with True a new one, even when a fresh one is in the cache.
    """

    def __init__(self, service: AccountsService, obtain: Callable[[bool], Obtained]) -> None:
        self._service = service
        self._session = BearerSession(obtain)

    def list_keys(self) -> KeyListing:
        """Return the account's client keys."""
        return self._session.call(self._service.list_keys)

    def create_key(self, start: StartRequest) -> NewKey:
        """Make a client key, with each request for it begun by ``start``."""

        def send(token: str) -> NewKey:
            with start() as request:
                new = self._service.create_key(token, request.pause)
                request.received(new.id)
                return new

        return self._session.call(send)

    def delete_key(self, client_id: str) -> bool:
        """Revoke a client key; return False when there was none."""
        return self._session.call(lambda token: self._service.delete_key(token, client_id))

    def names(self) -> set[str]:
        """Return every name by which the account can log in, in the form of ``TokenSource.account_name``."""
        profile = self.profile()
        return {str(profile[field]).casefold() for field in ("id", "email") if profile.get(field)}

    def profile(self) -> dict[str, t.Any]:
        """Return the account's profile."""
        return self._session.call(self._service.profile)

    def events(self) -> list[dict[str, t.Any]]:
        """Return what the services did for the account, day by day."""
        return self._session.call(self._service.events)
