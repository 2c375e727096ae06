# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nodes: ``/users/me/nodes``."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from local_bloq.identity.tokens import NODES
from local_bloq.web.operation import Call, Operation
from local_bloq.web.schemas import items


async def list_own(_call: Call) -> Response:
    """List the account's nodes. CLI4, D:nodes"""
    return JSONResponse([])


OPERATIONS = (
    Operation(
        method="GET",
        path="/users/me/nodes",
        summary="List the nodes",
        handler=list_own,
        audience=NODES,
        replies={200: items({"type": "object"})},
    ),
)
