# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each coin under a path of its own, for clients that cannot resolve a host name like ``bch.localhost``."""

from __future__ import annotations

from starlette.routing import Mount, Router

from local_bloq.connect.coins import COINS
from local_bloq.connect.operations import OPERATIONS
from local_bloq.context import Context
from local_bloq.web.operation import routes


def coin_routes(context: Context) -> list[Mount]:
    """Return the service once more for each coin, under ``/btc`` and ``/bch``."""
    # As on the service itself, a path with a slash too many is another path.
    router = Router(routes(OPERATIONS, context), redirect_slashes=False)
    return [Mount(f"/{coin.name}", router) for coin in COINS]
