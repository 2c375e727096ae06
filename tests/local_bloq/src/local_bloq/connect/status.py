# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The chain's state: ``/api/v1/status``."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from local_bloq.identity.tokens import CONNECT
from local_bloq.web.operation import Call, Operation


async def show(_call: Call) -> Response:
    """Show the state of the chain. SDK"""
    return JSONResponse({"info": {"blocks": 0, "network": "livenet"}})


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/v1/status",
        summary="Show the chain's state",
        handler=show,
        audience=CONNECT,
        replies={200: {"type": "object"}},
    ),
)
