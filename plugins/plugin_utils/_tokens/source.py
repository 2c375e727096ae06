# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A bearer token for a credential: the one that is still fresh, else a new one."""

from __future__ import annotations

import hashlib
import os
import time
import typing as t
from collections.abc import Callable

from ...module_utils._errors import InputError
from ...module_utils._granted import Token
from ...module_utils._urls import checked_url
from .cache import CacheKey, TokenCache
from .credentials import AccountCredential, ClientCredential

if t.TYPE_CHECKING:
    from ...module_utils._accounts import Accounts

AUTO = "auto"
CLIENT_CREDENTIALS = "client_credentials"
REFRESH_TOKEN = "refresh_token"  # noqa: S105 - the name of a grant
PASSWORD = "password"  # noqa: S105 - the name of a grant

#: Called with ``minted`` or ``cache`` for each token, by whoever counts them.
observe: Callable[[str], object] = str


def login_key(accounts_url: str, username: str) -> CacheKey:
    """Return what the cache keeps the token of a login under.

    Args:
        accounts_url: the service, as ``checked_url`` returns it.
        username: the user, as the login named them.
    """
    return CacheKey(accounts_url, username, PASSWORD)


def client_keys(url: str, credential: ClientCredential) -> list[tuple[CacheKey, str]]:
    """Return what the cache keeps the tokens of a client credential under, each with the secret that opens it.

    Args:
        url: the service, as ``checked_url`` returns it.
        credential: the credential.
    """
    found = []
    if credential.client_id is not None and credential.client_secret is not None:
        found.append((CacheKey(url, credential.client_id, CLIENT_CREDENTIALS), credential.client_secret))
    if credential.refresh_token is not None:
        found.append((CacheKey(url, credential.client_id or "", REFRESH_TOKEN), credential.refresh_token))
    return found


class ObtainedToken:
    """A token and where it came from: ``minted``, ``cache``, ``option`` or ``cli``."""

    __slots__ = ("source", "token")

    def __init__(self, token: Token, source: str) -> None:
        self.token = token
        self.source = source


class TokenSource:
    """Gets tokens, through the cache when there is one.

    Args:
        service: returns the Accounts service at a URL; called only when a request is needed.
        cache: the controller's cache, or None to ask the service each time.
        min_ttl: seconds that a token must be good for.
        force: whether to get a new token even when a fresh one is there.
        allow_http: whether http:// may leave this machine.
        warn: called with what the user should know.

    Raises:
        InputError: ``min_ttl`` is not a number of seconds.
    """

    def __init__(
        self,
        service: Callable[[str], Accounts],
        cache: TokenCache | None,
        *,
        min_ttl: float,
        force: bool,
        allow_http: bool,
        warn: Callable[[str], None],
    ) -> None:
        if not min_ttl >= 0:
            raise InputError("min_ttl must be a number of seconds, 0 or more.")
        self._service = service
        self._cache = cache
        self._min_ttl = min_ttl
        self._force = force
        self._allow_http = allow_http
        self._warn = warn

    def account(self, accounts_url: str, credential: AccountCredential, *, force: bool = False) -> ObtainedToken:
        """Return an account token.

        Args:
            accounts_url: the service.
            credential: who asks.
            force: get a new one even when a fresh one is there.

        Raises:
            BloqError: the credential cannot be used, or the service refused it or could not be asked.
        """
        url = checked_url(accounts_url, allow_http=self._allow_http)
        if credential.login is not None:
            username, password = credential.login
            return self._obtain(
                login_key(url, username),
                password,
                lambda: self._service(url).log_in(username, password),
                strong=False,
                force=force,
            )
        from .minting import given

        if credential.access_token is not None:
            return ObtainedToken(given(credential.access_token, "access_token"), "option")
        from . import cli_session

        token = cli_session.read_access_token(url, os.environ, self._warn)
        return ObtainedToken(given(token, "The session of Bloq's CLI"), "cli")

    def account_name(self, accounts_url: str, credential: AccountCredential) -> str:
        """Return what distinguishes this account, without a request: the login, or else the token's digest."""
        if credential.login is not None:
            return credential.login[0].casefold()
        token = self.account(accounts_url, credential).token.access_token
        return f"token {hashlib.sha256(token.encode()).hexdigest()[:32]}"

    def nodes(
        self,
        accounts_url: str,
        credential: AccountCredential | ClientCredential,
        grant_type: str,
        *,
        force: bool = False,
    ) -> ObtainedToken:
        """Return a token for Nodes, which takes both kinds.

        Args:
            accounts_url: the Accounts service, for the account's credential.
            credential: who asks.
            grant_type: how a client token is got (see ``client``).
            force: get a new one even when a fresh one is there.

        Raises:
            BloqError: the credential cannot be used, or the service refused it or could not be asked.
        """
        if isinstance(credential, ClientCredential):
            return self.client(credential, grant_type, force=force)
        token = credential.access_token
        if token is not None:
            from ...module_utils._tokens import CLIENT, kind_of, read_claims
            from .minting import given

            if kind_of(read_claims(token)) == CLIENT:
                return ObtainedToken(given(token, "access_token", CLIENT), "option")
        return self.account(accounts_url, credential, force=force)

    def client(self, credential: ClientCredential, grant_type: str, *, force: bool = False) -> ObtainedToken:
        """Return a client token.

        Args:
            credential: who asks.
            grant_type: ``client_credentials``, ``refresh_token``, or ``auto``: the refresh token while it is good,
                else the client key.
            force: get a new one even when a fresh one is there.

        Raises:
            BloqError: the credential cannot be used, or the service refused it or could not be asked.
        """
        url = checked_url(credential.accounts_url, allow_http=self._allow_http)
        refresh_token = credential.refresh_token if grant_type != CLIENT_CREDENTIALS else None
        client_secret = credential.client_secret if grant_type != REFRESH_TOKEN else None
        client_id = credential.client_id
        if client_id is not None and client_secret is not None:
            key_pair = (client_id, client_secret)
            return self._obtain(
                CacheKey(url, client_id, CLIENT_CREDENTIALS),
                client_secret,
                lambda: self._exchange(url, key_pair, refresh_token),
                strong=True,
                force=force,
            )
        if refresh_token is None:
            wanted = "a refresh_token" if grant_type == REFRESH_TOKEN else "client_id with client_secret"
            raise InputError(f"grant {grant_type} needs {wanted}, and there is none.")
        return self._obtain(
            CacheKey(url, client_id or "", REFRESH_TOKEN),
            refresh_token,
            lambda: self._refresh(url, refresh_token),
            strong=True,
            force=force,
        )

    def _obtain(
        self, key: CacheKey, credential: str, mint: Callable[[], Token], *, strong: bool, force: bool = False
    ) -> ObtainedToken:
        if self._cache is None:
            token, minted = mint(), True
        else:
            token, minted = self._cache.get_or_mint(
                key, credential, strong=strong, min_ttl=self._min_ttl, mint=mint, force=force or self._force
            )
        if minted and token.remaining(time.time()) <= 0:
            self._warn(
                f"{key.accounts_url} has just granted a token that has ended already. Check the clocks of this machine "
                "and of the service: meanwhile every use asks for another token."
            )
        where = "minted" if minted else "cache"
        observe(where)
        return ObtainedToken(token, where)

    def _exchange(self, url: str, key_pair: tuple[str, str], refresh_token: str | None) -> Token:
        from .minting import exchange

        return exchange(self._service(url), key_pair, refresh_token)

    def _refresh(self, url: str, refresh_token: str) -> Token:
        from .minting import refresh

        return refresh(self._service(url), refresh_token)
