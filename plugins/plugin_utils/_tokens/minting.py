# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a token is come by that is not in the cache: nobody loads it who finds one there."""

from __future__ import annotations

import time
import typing as t

from ...module_utils import _tokens as tokens
from ...module_utils._errors import InputError, StatusError
from ...module_utils._granted import Token

if t.TYPE_CHECKING:
    from ...module_utils._accounts import Accounts


def exchange(service: Accounts, key_pair: tuple[str, str], refresh_token: str | None) -> Token:
    """Return a new token for a client key, by its refresh token while that is good.

    Raises:
        BloqError: the service refused it or could not be asked.
    """
    if refresh_token is not None and _is_running(refresh_token):
        try:
            return refresh(service, refresh_token)
        except StatusError as error:
            if error.status == 429 or error.status >= 500:
                raise
            # Revoked before its time: the key itself may still be good, and the service will say so. With which status
            # it refuses a refresh token is not known.
    return service.exchange(*key_pair)


def refresh(service: Accounts, refresh_token: str) -> Token:
    """Return a new token for a refresh token, which comes with it.

    Raises:
        InputError: it is evidently none.
        BloqError: the service refused it or could not be asked.
    """
    tokens.expected(refresh_token, tokens.REFRESH, "refresh_token")
    token = service.refresh(refresh_token)
    return token._replace(refresh_token=token.refresh_token or refresh_token)


def _is_running(refresh_token: str) -> bool:
    now = time.time()
    claims = tokens.expected(refresh_token, tokens.REFRESH, "refresh_token")
    return tokens.end_of(claims, tokens.REFRESH, now) > now


def given(token: str, option: str, kind: str = tokens.ACCOUNT) -> Token:
    """Return a token that somebody else got, when it can still serve.

    Raises:
        InputError: it has ended, or is evidently of another kind.
    """
    now = time.time()
    expires_at = tokens.end_of(tokens.expected(token, kind, option), kind, now)
    if expires_at <= now:
        raise InputError(f"{option} has expired. Log in again.")
    return Token(token, kind, expires_at, expires_at - now)
