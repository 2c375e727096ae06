# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: BSD-2-Clause
"""A token that the service granted: all that is loaded of tokens where one is in the cache."""

from __future__ import annotations

import typing as t


# No dataclass: making one takes a millisecond, in every process that uses the lookup.
class Token(t.NamedTuple):
    """A token that the service granted.

    Attributes:
        access_token: the bearer token.
        kind: ``account`` or ``client``.
        expires_at: the token's end, in seconds since 1970 by the service's clock.
        lifetime: the token's whole life in seconds.
        skew: the service's clock minus ours, in seconds.
        refresh_token: the Client Refresh Token that came with it, if one did.
    """

    access_token: str
    kind: str
    expires_at: float
    lifetime: float
    skew: float = 0.0
    refresh_token: str | None = None

    def __repr__(self) -> str:
        """Return what may be shown of it."""
        return f"Token(kind={self.kind!r}, expires_at={self.expires_at!r}, lifetime={self.lifetime!r})"

    def remaining(self, now: float) -> float:
        """Return the seconds left at ``now`` (our clock), as the service will count them."""
        return self.expires_at - (now + self.skew)
