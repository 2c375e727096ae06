# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An account's operations, with a token that is replaced once when the service no longer takes it."""

from __future__ import annotations

import typing as t
from collections.abc import Callable

from ansible_collections.bloq.cloud.plugins.module_utils._accounts_service import AccountsService, KeyListing, NewKey
from ansible_collections.bloq.cloud.plugins.module_utils._errors import RefusedError
from ansible_collections.bloq.cloud.plugins.plugin_utils._token_source import Obtained

_T = t.TypeVar("_T")


class AccountSession:
    """Accounts, asked as one account.

    Args:
        service: the Accounts service.
        obtain: returns the account's token; with True a new one, even when a fresh one is in the cache.
    """

    def __init__(self, service: AccountsService, obtain: Callable[[bool], Obtained]) -> None:
        self._service = service
        self._obtain = obtain
        self._token: Obtained | None = None

    def list_keys(self) -> KeyListing:
        """Return the account's client keys."""
        return self._as_account(self._service.list_keys)

    def create_key(self) -> NewKey:
        """Make a client key."""
        return self._as_account(self._service.create_key)

    def delete_key(self, client_id: str) -> bool:
        """Revoke a client key; return False when there was none."""
        return self._as_account(lambda token: self._service.delete_key(token, client_id))

    def _as_account(self, call: Callable[[str], _T]) -> _T:
        if self._token is None:
            self._token = self._obtain(False)
        try:
            return call(self._token.grant.access_token)
        except RefusedError as error:
            # A cached token can have died before its time, with the service's signing key for example.
            if error.status != 401 or self._token.source != "cache":
                raise
        self._token = self._obtain(True)
        return call(self._token.grant.access_token)
