# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The nodes and the clusters themselves, as their own clients use them: JSON-RPC at ``/rpc/{id}`` of Nodes' port.

This is not part of the Nodes service. Bloq's own nodes each have an address, with a certificate that they signed.
"""

from __future__ import annotations

import math
import typing as t

import jsonschema_rs
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local_bloq.context import Context
from local_bloq.identity.tokens import NODES
from local_bloq.nodes import bitcoin, ethereum
from local_bloq.nodes.bitcoin import IN_WARMUP, METHOD_NOT_FOUND, BitcoinNode, RpcError
from local_bloq.nodes.catalog import SERVICES, Service
from local_bloq.store.instances import Instance
from local_bloq.web.bodies import parse_json, read_bytes
from local_bloq.web.credentials import basic
from local_bloq.web.operation import authenticate
from local_bloq.web.refusals import Refusal

_PARSE_ERROR: t.Final = -32700
_INVALID_REQUEST: t.Final = -32600
_BASIC_CHALLENGE: t.Final = {"WWW-Authenticate": 'Basic realm="jsonrpc"'}
_REQUEST: t.Final = jsonschema_rs.validator_for(
    {
        "type": "object",
        "required": ["method"],
        "properties": {
            "method": {"type": "string"},
            "params": {"type": "array"},
            "id": {"type": ["string", "number", "null"]},
        },
    }
)


def instance_routes(context: Context) -> list[Route]:
    """Return the route where every node and cluster answers."""

    async def answer(request: Request) -> Response:
        instance = _instance(request.path_params["instanceId"], context)
        _check_credentials(request, instance, context)
        if instance.state != "started":
            wait = max(1, math.ceil(instance.starts_at - context.clock()))
            raise Refusal(503, "NotStarted", headers={"Retry-After": str(wait)})
        kind: t.Literal["nodes", "cluster"] = "nodes" if context.nodes.find(instance.id) else "cluster"
        return _reply(await read_bytes(request), instance, SERVICES[kind][instance.service_id], context)

    return [Route("/rpc/{instanceId}", answer, methods=["POST"])]


def _instance(instance_id: str, context: Context) -> Instance:
    found = context.nodes.find(instance_id) or context.clusters.find(instance_id)
    # One that was stopped answers no more than one that never was.
    if found is None or found.state == "stopped":
        raise Refusal(404, "NodeNotFound")
    return found


def _check_credentials(request: Request, instance: Instance, context: Context) -> None:
    if instance.auth_type == "basic":
        given = basic(request.scope)
        if given is None or not context.node_credentials.match(instance.id, *given):
            code = "MissingCredentials" if given is None else "InvalidCredentials"
            raise Refusal(401, code, headers=_BASIC_CHALLENGE)
    elif instance.auth_type == "jwt" and authenticate(request, context, NODES).id != instance.user_id:
        raise Refusal(403, "NotTheOwner")


def _reply(body: bytes, instance: Instance, service: Service, context: Context) -> Response:
    now, answers_at = context.clock(), context.pace.answers_at(instance.starts_at)
    if now < answers_at:
        # As Bitcoin Core does, whatever was asked.
        return _error(IN_WARMUP, "Loading block index...", None, 500)
    try:
        request = parse_json(body)
    except Refusal:
        return _error(_PARSE_ERROR, "Parse error", None, 400)

    def answer(call: object) -> dict[str, t.Any]:
        return _answer(call, service, tip=context.pace.height(instance.starts_at, now), uptime=int(now - answers_at))

    if isinstance(request, list) and request:
        # As Bitcoin Core does, whatever becomes of each call.
        return JSONResponse([answer(call) for call in request])
    return JSONResponse(answer(request), 200 if _is_call(request) else 400)


def _is_call(request: object) -> bool:
    return isinstance(request, dict) and _REQUEST.is_valid(request)


def _answer(request: t.Any, service: Service, *, tip: int, uptime: int) -> dict[str, t.Any]:
    if not _is_call(request):
        return _failed(_INVALID_REQUEST, "Invalid Request", None)
    try:
        result = _result(service, tip=tip, uptime=uptime, method=request["method"], params=request.get("params", []))
    except RpcError as error:
        return _failed(error.code, error.message, request.get("id"))
    return {"result": result, "error": None, "id": request.get("id")}


def _failed(code: int, message: str, request_id: object) -> dict[str, t.Any]:
    return {"result": None, "error": {"code": code, "message": message}, "id": request_id}


def _result(service: Service, *, tip: int, uptime: int, method: str, params: list[t.Any]) -> object:
    if ethereum.has_heights(service):
        return ethereum.call(tip, method, params)
    if not bitcoin.has_blocks(service):
        raise RpcError(METHOD_NOT_FOUND, f"The local Bloq has no blocks of {service.chain}")
    node = BitcoinNode(chain=service.chain, software=service.software, tip=tip, uptime=uptime)
    return bitcoin.call(node, method, params)


def _error(code: int, message: str, request_id: object, status: int) -> Response:
    return JSONResponse(_failed(code, message, request_id), status)
