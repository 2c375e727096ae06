# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The unauthenticated sign of life that each service has."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from local_bloq.web.operation import Call, Operation
from local_bloq.web.schemas import ALIVE


async def _alive(_call: Call) -> Response:
    return JSONResponse({"status": "ok"})


def alive(path: str) -> Operation:
    """Return the operation at the path where clients look for a service's sign of life. CLI4, CLI28"""
    return Operation(method="GET", path=path, summary="Whether the service is up", handler=_alive, replies={200: ALIVE})
