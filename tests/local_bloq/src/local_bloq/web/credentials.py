# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a request's Authorization header holds."""

from __future__ import annotations

import base64
import binascii
import dataclasses
import typing as t

from starlette.datastructures import Headers
from starlette.types import Scope

from local_bloq.identity.tokens import InvalidTokenError, Kind, Token, Tokens

_SEEN = "local_bloq.credential"


@dataclasses.dataclass(frozen=True)
class Credential:
    """The header, read once for a request.

    Attributes:
        kind: the kind of a token with a good signature, ``basic``, ``invalid`` for anything else,
            ``None`` for no header.
        token: the token, when it is one.
    """

    kind: Kind | t.Literal["basic", "invalid"] | None
    token: Token | None = None


def credential(scope: Scope, tokens: Tokens) -> Credential:
    """Return the request's credential."""
    if _SEEN not in scope:
        scope[_SEEN] = _read(Headers(scope=scope).get("authorization"), tokens)
    seen: Credential = scope[_SEEN]
    return seen


def _read(header: str | None, tokens: Tokens) -> Credential:
    if header is None:
        return Credential(None)
    scheme, _space, value = header.partition(" ")
    if scheme.lower() == "basic":
        return Credential("basic")
    if scheme.lower() != "bearer":
        return Credential("invalid")
    try:
        token = tokens.read(value.strip())
    except InvalidTokenError:
        return Credential("invalid")
    return Credential(token.kind, token)


def basic(scope: Scope) -> tuple[str, str] | None:
    """Return user and password of HTTP Basic authentication (RFC 7617, UTF-8), or ``None`` when it has none."""
    scheme, _space, value = Headers(scope=scope).get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, colon, password = base64.b64decode(value.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return None
    return (user, password) if colon else None
