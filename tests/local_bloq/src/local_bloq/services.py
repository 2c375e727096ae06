# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The three services, as ASGI applications."""

from __future__ import annotations

import typing as t

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from local_bloq.accounts.operations import OPERATIONS as ACCOUNTS_OPERATIONS
from local_bloq.connect.operations import OPERATIONS as CONNECT_OPERATIONS
from local_bloq.connect.prefixes import coin_routes
from local_bloq.context import Context
from local_bloq.control.routes import control_routes
from local_bloq.nodes.json_rpc import instance_routes
from local_bloq.nodes.operations import OPERATIONS as NODES_OPERATIONS
from local_bloq.web.fault_layer import FaultLayer
from local_bloq.web.openapi import PATH as DOCUMENT_PATH
from local_bloq.web.openapi import document_route
from local_bloq.web.operation import Operation, routes
from local_bloq.web.refusals import Refusal, not_routed, refused
from local_bloq.web.request_log import RequestLog, RequestLogLayer

OPERATIONS: t.Final[dict[str, tuple[Operation, ...]]] = {
    "accounts": ACCOUNTS_OPERATIONS,
    "nodes": NODES_OPERATIONS,
    "connect": CONNECT_OPERATIONS,
}
PORT_OFFSETS: t.Final = {"accounts": 0, "nodes": 2, "connect": 6}


def service(name: str, context: Context, log: RequestLog) -> ASGIApp:
    """Return one service, with its faults and its request log around it."""
    own: list[BaseRoute] = [document_route(name, OPERATIONS[name], context)]
    if name == "accounts":
        own += control_routes(context, log)
    if name == "connect":
        own += coin_routes(context)
    if name == "nodes":
        own += instance_routes(context)
    app = Starlette(
        routes=[*routes(OPERATIONS[name], context), *own],
        exception_handlers={Refusal: refused, HTTPException: not_routed},
    )
    app.state.service = name
    # A path with a slash too many is another path: no redirect, so that //users/me and /users/me/ are not found. H
    app.router.redirect_slashes = False
    layered = RequestLogLayer(FaultLayer(app, name, context.faults), name, log, context.tokens)

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        # What looks at the stand-in itself is not traffic of a service: no fault strikes it and no line is logged.
        of_service = scope["type"] == "http" and not scope["path"].startswith(("/_local/", DOCUMENT_PATH))
        await (layered if of_service else app)(scope, receive, send)

    return serve
