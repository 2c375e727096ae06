# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokens: RS256 JWTs of three kinds, told apart by whom they are for."""

from __future__ import annotations

import dataclasses
import typing as t
import uuid

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

ISSUER = "local-bloq"
_ALGORITHM = "RS256"
_CLAIMS = ["sub", "aud", "iat", "exp", "iss", "jti"]

ACCOUNTS = "accounts"
CONNECT = "connect"
NODES = "nodes"
MANAGER = "manager"
REFRESH = "auth/token"

Kind = t.Literal["account", "client", "refresh"]

_AUDIENCES: dict[Kind, list[str]] = {
    "account": [ACCOUNTS, CONNECT, NODES],
    "client": [CONNECT, NODES],
    "refresh": [REFRESH],
}


class InvalidTokenError(Exception):
    """This is not a token of ours."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Token:
    """What a token with a good signature says.

    Attributes:
        subject: the user id of an account token, the client id of the other two.
        audience: the services that it is for.
        expires_at: Unix time.
        expired: whether that time has come.
    """

    subject: str
    audience: tuple[str, ...]
    expires_at: int
    expired: bool

    @property
    def kind(self) -> Kind:
        """Which of the three kinds it is."""
        if ACCOUNTS in self.audience:
            return "account"
        return "refresh" if REFRESH in self.audience else "client"


class Tokens:
    """Issues and reads tokens. None is stored.

    Attributes:
        issued: how many of each kind were issued since the start.
    """

    def __init__(self, key: rsa.RSAPrivateKey, lifetimes: dict[Kind, int], clock: t.Callable[[], float]) -> None:
        """Take the signing key, and the life of each kind in seconds."""
        self._key = key
        self._public_key = key.public_key()
        self._lifetimes = lifetimes
        self._clock = clock
        self.issued: dict[Kind, int] = dict.fromkeys(_AUDIENCES, 0)

    def issue(self, kind: Kind, subject: str, *, admin: bool = False) -> tuple[str, int]:
        """Return a new token and its end as Unix time."""
        now = int(self._clock())
        expires_at = now + self._lifetimes[kind]
        claims = {
            "sub": subject,
            "aud": _AUDIENCES[kind] + ([MANAGER] if admin else []),
            "iat": now,
            "exp": expires_at,
            "iss": ISSUER,
            "jti": str(uuid.uuid4()),
        }
        self.issued[kind] += 1
        return jwt.encode(claims, self._key, algorithm=_ALGORITHM), expires_at

    def read(self, token: str) -> Token:
        """Check the signature and return what the token says, also when it has expired.

        Raises:
            InvalidTokenError: it was not issued here, or is not a token at all.
        """
        try:
            claims = jwt.decode(
                token,
                self._public_key,
                algorithms=[_ALGORITHM],
                issuer=ISSUER,
                # Audience and expiry are judged by each service, since each answers them differently.
                options={"require": _CLAIMS, "verify_aud": False, "verify_exp": False, "verify_iat": False},
            )
        except jwt.PyJWTError as error:
            raise InvalidTokenError from error
        return Token(
            subject=claims["sub"],
            audience=tuple(claims["aud"]),
            expires_at=claims["exp"],
            expired=claims["exp"] <= self._clock(),
        )
