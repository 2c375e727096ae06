# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a request is about."""

from __future__ import annotations

from local_bloq.connect.coins import Coin, coin_of
from local_bloq.connect.ledger import Ledger
from local_bloq.web.operation import Call


def coin(call: Call) -> Coin:
    """Return the coin that the request's path or host name stands for."""
    return coin_of(call.request.scope.get("root_path", ""), call.request.headers.get("host", ""))


def ledger(call: Call) -> Ledger:
    """Return the transactions of that coin."""
    return call.context.ledgers[coin(call).name]
