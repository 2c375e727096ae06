# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The routes under /_local, on Accounts' port."""

from __future__ import annotations

from starlette.routing import Route

from local_bloq.context import Context
from local_bloq.control.faults import FaultControl
from local_bloq.control.loopback import loopback_only


def control_routes(context: Context) -> list[Route]:
    """Return the routes that only the stand-in has."""
    return [
        Route("/_local/faults", loopback_only(FaultControl(context.faults)), methods=["GET", "PUT", "DELETE"]),
    ]
