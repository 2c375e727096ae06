# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nodes: ``/users/me/nodes``, and an administrator's ``/nodes``."""

from __future__ import annotations

import typing as t
from urllib.parse import urlsplit

from starlette.responses import JSONResponse, Response

from local_bloq.context import Context
from local_bloq.identity.tokens import NODES
from local_bloq.nodes import old_nodes
from local_bloq.nodes.catalog import SERVICES
from local_bloq.nodes.logs import log_lines
from local_bloq.nodes.quota import refuse_over_quota
from local_bloq.nodes.schemas import GIVEN_SERVICE_ID, SERVICE_DATA, STATE, STOPPED_AT, URL, USER_ID, UUID, auth
from local_bloq.nodes.services import offered
from local_bloq.nodes.views import shared
from local_bloq.store.nodes import Node
from local_bloq.web.operation import Call, Operation
from local_bloq.web.refusals import Refusal, existing
from local_bloq.web.schemas import ERROR, TIME, items, record, text, word

_NODE: t.Final = record(
    {
        "id": text(pattern=f"^node-{UUID}$"),
        "user": USER_ID,
        "chain": text(),
        "network": text(),
        "ip": text(),
        "state": STATE,
        "createdAt": TIME,
        "stoppedAt": STOPPED_AT,
        "serviceData": SERVICE_DATA,
        "auth": auth("basic", "jwt"),
        "url": URL,
    }
)
_BODY: t.Final = {
    "type": "object",
    "required": ["serviceId"],
    "properties": {"serviceId": GIVEN_SERVICE_ID, "authType": word("basic", "jwt")},
}
_MAX_LOG_LINES: t.Final = 10_000
_DEFAULT_LOG_LINES: t.Final = 100


def node(node: Node, context: Context) -> dict[str, t.Any]:
    """Return a node as the service shows it. CLI4"""
    return {
        **shared(node, SERVICES["nodes"][node.service_id], context),
        "user": node.user_id,
        "ip": urlsplit(context.urls["nodes"]).hostname,
    }


async def list_own(call: Call) -> Response:
    """List the account's nodes, those that were stopped too. CLI4, D:nodes"""
    return _list(call, call.context.nodes.all_of_user(call.user.id))


async def list_everybodys(call: Call) -> Response:
    """List the nodes of all accounts. CLI4"""
    return _list(call, call.context.nodes.all())


def _list(call: Call, nodes: list[Node]) -> Response:
    return JSONResponse([node(each, call.context) for each in nodes])


async def show(call: Call) -> Response:
    """Show a node. CLI4"""
    return JSONResponse(node(_own(call), call.context))


async def create(call: Call) -> Response:
    """Make a node from a service, or by the name of an image as older clients do. CLI4, D:nodes"""
    if "serviceId" not in call.body:
        return await old_nodes.create(call)
    service = offered(call, "nodes", call.body["serviceId"])
    refuse_over_quota(call, call.context.nodes.running(call.user.id))
    made = call.context.nodes.add(
        user_id=call.user.id, service_id=service.id, auth_type=call.body.get("authType", "basic")
    )
    await call.context.addresses.open(made.id)
    call.context.events.count(call.user.id, NODES, "nodesMade")
    return JSONResponse(node(made, call.context), 201)


async def remove(call: Call) -> Response:
    """Stop a node; it stays listed, with the time of its stop. CLI4"""
    own = _own(call)
    if own.state == "stopped":
        raise Refusal(404, "NodeNotFound")
    call.context.nodes.stop(own)
    call.context.addresses.close(own.id)
    call.context.events.count(call.user.id, NODES, "nodesRemoved")
    return Response(status_code=204)


async def logs(call: Call) -> Response:
    """Show the last lines of a node's log, as one text. CLI4"""
    lines = log_lines(_own(call), call.context.pace, call.context.clock())
    return JSONResponse("\n".join(lines[-call.query.get("lines", _DEFAULT_LOG_LINES) :]))


def _own(call: Call) -> Node:
    return existing(call.context.nodes.of_user(call.user.id, call.path["nodeId"]), "NodeNotFound")


OPERATIONS = (
    Operation(
        method="GET",
        path="/users/me/nodes",
        summary="List the nodes",
        handler=list_own,
        audience=NODES,
        replies={200: items(_NODE)},
    ),
    Operation(
        method="POST",
        path="/users/me/nodes",
        summary="Make a node",
        handler=create,
        audience=NODES,
        body={"oneOf": [_BODY, old_nodes.BODY]},
        replies={200: old_nodes.NODE, 201: _NODE, 403: ERROR, 404: ERROR, 409: ERROR},
    ),
    Operation(
        method="GET",
        path="/users/me/nodes/{nodeId}",
        summary="Show a node",
        handler=show,
        audience=NODES,
        replies={200: _NODE, 404: ERROR},
    ),
    Operation(
        method="DELETE",
        path="/users/me/nodes/{nodeId}",
        summary="Remove a node",
        handler=remove,
        audience=NODES,
        replies={204: None, 404: ERROR},
    ),
    Operation(
        method="GET",
        path="/users/me/nodes/{nodeId}/logs",
        summary="Show a node's log",
        handler=logs,
        audience=NODES,
        query={"lines": {"type": "integer", "minimum": 1, "maximum": _MAX_LOG_LINES}},
        replies={200: text(), 404: ERROR},
    ),
    Operation(
        method="GET",
        path="/nodes",
        summary="List the nodes of all accounts",
        handler=list_everybodys,
        audience=NODES,
        admin=True,
        replies={200: items(_NODE)},
    ),
)
