# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: BSD-2-Clause
"""What a Bloq token says about itself, and how long it is good for.

Bloq publishes no key, so claims are read without verification (bloq-api.md section 2): they decide when to
ask for a new token and which token is refused before it is sent, never whom to trust.
"""

from __future__ import annotations

import re
import typing as t

from ._errors import InputError, MissingLibraryError
from ._granted import Token
from ._times import LATEST, iso

ACCOUNT = "account"
CLIENT = "client"
REFRESH = "refresh"

#: Lifetime in seconds by kind, for a token that names no end (S, D:acc, D:tok).
DOCUMENTED_LIFETIME: t.Mapping[str, float] = {ACCOUNT: 12 * 3600.0, CLIENT: 3600.0, REFRESH: 365 * 86400.0}

_WHAT_TO_USE: t.Mapping[str, str] = {
    ACCOUNT: "Use an Account Access Token, as the module bloq.cloud.bloq_login returns it.",
    CLIENT: "Use a Client Access Token, as the lookup and the module bloq.cloud.bloq_token return it.",
    REFRESH: "Use a Client Refresh Token, as bloq.cloud.bloq_token returns it with return_refresh_token: true.",
}
_COMPACT_JWT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")
_LONGEST_TOKEN = 16384
#: Seconds by which the clocks of one service may differ.
_CLOCKS = 300.0


def read_claims(token: str) -> dict[str, t.Any]:
    """Return the claims of a JWT, unverified.

    Raises:
        InputError: ``token`` is not a JWT.
    """
    jwt = _pyjwt()
    if len(token) > _LONGEST_TOKEN or not _COMPACT_JWT.fullmatch(token):
        raise InputError("This is not a JWT. Give the token alone, as Bloq returned it, without the word Bearer.")
    try:
        claims: dict[str, t.Any] = jwt.decode(token, options={"verify_signature": False})
    # A hostile token can make the decoder fail in ways of its own; its text never belongs into our message.
    except Exception:
        raise InputError("This JWT cannot be read. Give the token as Bloq returned it.") from None
    return claims


def kind_of(claims: t.Mapping[str, t.Any]) -> str | None:
    """Notify a token's kind by the services its audience names, or None when it names none we know.

    ``aud`` is the one claim that public sources show (section 2). A real token with another audience is of
    unknown kind and is left to the service to judge.
    """
    audience = claims.get("aud")
    names = {audience} if isinstance(audience, str) else set()
    if isinstance(audience, list):
        names = {name for name in audience if isinstance(name, str)}
    if "accounts" in names:
        return ACCOUNT
    if names & {"connect", "nodes"}:
        return CLIENT
    if "auth/token" in names:
        return REFRESH
    return None


def expected(token: str, kind: str, option: str) -> dict[str, t.Any]:
    """Return the claims of ``token`` when it can serve as a token of ``kind``.

    Args:
        token: what the user gave.
        kind: the kind that is needed.
        option: the option's name, for the message.

    Raises:
        InputError: it is not a JWT, or evidently of another kind.
    """
    try:
        claims = read_claims(token)
    except InputError as error:
        raise InputError(f"{option}: {error}") from None
    found = kind_of(claims)
    if found is not None and found != kind:
        raise InputError(f"{option} is a token of the kind {found}, where {kind} is needed. {_WHAT_TO_USE[kind]}")
    return claims


def end_of(claims: t.Mapping[str, t.Any], kind: str, now: float) -> float:
    """Return when a token ends, in seconds since 1970.

    A token that does not say so is given the documented lifetime of its kind, from the time that it was issued, else
    from ``now`` on.

    Args:
        claims: the token's claims.
        kind: the token's kind, for the documented lifetime.
        now: the service's clock.
    """
    end = _moment(claims, "exp")
    if end is not None:
        return end
    issued = _moment(claims, "iat")
    return (now if issued is None else min(issued, now)) + DOCUMENTED_LIFETIME[kind]


def believable_skew(claims: t.Mapping[str, t.Any], skew: float, now: float) -> float:
    """Return the service's clock minus ours in seconds: by the reply, unless the token it granted contradicts it.

    Args:
        claims: the claims of a token that was issued just now.
        skew: what the reply's Date header says.
        now: our clock.
    """
    issued = _moment(claims, "iat")
    if issued is None or abs(issued - now - skew) <= _CLOCKS:
        return skew
    return issued - now


def life_left(claims: t.Mapping[str, t.Any], kind: str, now: float) -> float:
    """Return the share of its life that a token has left, from 1 when it is new to 0 when it has ended.

    Args:
        claims: the token's claims.
        kind: the token's kind, for the documented lifetime.
        now: the clock.
    """
    end = end_of(claims, kind, now)
    issued = _moment(claims, "iat")
    life = DOCUMENTED_LIFETIME[kind] if issued is None else end - issued
    return 0.0 if life <= 0 else min(1.0, max(0.0, (end - now) / life))


def describe_token(token: str, now: float) -> dict[str, t.Any]:
    """Return what a token says about itself: ``claims``, ``kind``, ``expires_at`` and ``expires_in``.

    Args:
        token: a JWT, read without verification.
        now: the clock.

    Raises:
        InputError: ``token`` is not a JWT.
    """
    claims = read_claims(token)
    kind = kind_of(claims)
    end = _moment(claims, "exp") if kind is None else end_of(claims, kind, now)
    return {
        "claims": claims,
        "kind": kind,
        "expires_at": None if end is None else iso(end),
        "expires_in": None if end is None else max(0, int(end - now)),
    }


def is_reusable(token: str, min_ttl: object, now: float) -> bool:
    """Return whether a token has at least ``min_ttl`` seconds left at ``now``; what is not a token has not.

    Raises:
        InputError: ``min_ttl`` is not a number of seconds.
    """
    try:
        wanted = float(str(min_ttl))
    except ValueError:
        wanted = -1.0
    if not wanted >= 0:
        raise InputError("min_ttl must be a number of seconds, 0 or more.")
    try:
        left = describe_token(token, now)["expires_in"]
    except InputError:
        return False
    return left is not None and left > 0 and left >= wanted


def _moment(claims: t.Mapping[str, t.Any], name: str) -> float | None:
    moment = claims.get(name)
    if isinstance(moment, bool) or not isinstance(moment, (int, float)) or not 0 < moment <= LATEST:
        return None
    return float(moment)


def token_result(token: Token, *, source: str, now: float) -> dict[str, t.Any]:
    """Return what the token modules return of a token.

    Args:
        token: the token.
        source: ``minted``, ``cache``, ``option`` or ``cli``.
        now: our clock.
    """
    return {
        "access_token": token.access_token,
        "token_kind": token.kind,
        "expires_at": iso(token.expires_at),
        "expires_in": max(0, int(token.remaining(now))),
        "source": source,
        "headers": {"Authorization": f"Bearer {token.access_token}"},
    }


def _pyjwt() -> t.Any:
    # 58 ms that a cached token never needs.
    try:
        import jwt
    except ImportError:
        raise MissingLibraryError("pyjwt") from None
    return jwt
