# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a cached token is due to be replaced, and when its times cannot be believed."""

from __future__ import annotations

import hashlib
import os

from ...module_utils._granted import Token

_EARLY_SHARE = 0.1
_EARLY_MOST = 60.0
# The service gives its time in whole seconds.
_ROUNDING = 1.0
# Clocks are stepped by this much without anyone meaning to.
_STEP = 5.0
# The clock behind a reply's Date header may be another machine's than the one that dated the token.
_DISAGREEMENT = 60.0


def is_reusable(token: Token, min_ttl: float, now: float, early: float = 0.0) -> bool:
    """Return whether a token may still be handed out.

    It may while at least ``min_ttl + early`` seconds of its life are left. ``early`` never makes a new token
    due: it takes at most half of what the lifetime has over ``min_ttl``. A token whose whole life is not
    longer than ``min_ttl`` could never satisfy it and every use would ask for another one: such a token may
    be handed out until half of its life has gone. A token that has ended is never good.

    Args:
        token: the token.
        min_ttl: the seconds that must be left.
        now: our clock, seconds since 1970.
        early: the seconds to be early by (see ``early_refresh_jitter``).
    """
    if token.lifetime <= min_ttl + _ROUNDING:
        wanted = token.lifetime / 2
    else:
        wanted = min_ttl + min(early, (token.lifetime - min_ttl) / 2)
    remaining = token.remaining(now)
    return remaining > 0 and remaining >= wanted


def early_refresh_jitter(entry: str, min_ttl: float) -> float:
    """Return by how many seconds this machine replaces this entry early: the same at every call.

    It lies between 0 and a tenth of ``min_ttl``, at most 60 s, so that a fleet of controllers that got their
    tokens together does not come back together.

    Args:
        entry: the entry's name.
        min_ttl: the seconds that must be left of a token.
    """
    digest = hashlib.sha256(f"{os.uname().nodename}\0{entry}".encode()).digest()
    share = int.from_bytes(digest[:4], "big") / 2**32
    return share * min(_EARLY_SHARE * min_ttl, _EARLY_MOST)


def believable(token: Token, minted_at: float, now: float) -> bool:
    """Return whether the clock has run on since the token was minted, as far as one can see.

    Args:
        token: the token.
        minted_at: our clock when it was minted.
        now: our clock.

    Returns:
        False when it was minted in the future, or has more life left than it ever had.
    """
    return minted_at <= now + _STEP and token.remaining(now) <= token.lifetime + _DISAGREEMENT
