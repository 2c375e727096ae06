# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two coins of one listener, told apart by the path or the host name that a client asks."""

from __future__ import annotations

import dataclasses
import typing as t


@dataclasses.dataclass(frozen=True, kw_only=True)
class Coin:
    """One coin.

    Attributes:
        node_version: what its node calls its own version, as a number.
    """

    name: str
    node_version: int


BTC: t.Final = Coin(name="btc", node_version=170_000)
BCH: t.Final = Coin(name="bch", node_version=190_000)
COINS: t.Final = (BTC, BCH)


def coin_of(prefix: str, host: str) -> Coin:
    """Return the coin of a path's prefix, ``/btc`` or ``/bch``.

    Without one it is Bitcoin Cash for a host name like ``bch.localhost``, and Bitcoin for any other: Bloq's own names
    are such, bch.connect.bloq.cloud and btc.connect.bloq.cloud.
    """
    if prefix:
        return next(coin for coin in COINS if prefix == f"/{coin.name}")
    return BCH if host.lower().startswith("bch.") else BTC
