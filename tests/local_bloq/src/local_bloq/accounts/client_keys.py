# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Client keys: ``/users/me/client-keys``."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from local_bloq.identity.tokens import ACCOUNTS
from local_bloq.web.operation import Call, Operation
from local_bloq.web.refusals import Refusal
from local_bloq.web.schemas import ERROR, TIME, items, record, text

_CLIENT_ID = text(pattern="^[0-9a-f]{40}$")
_CLIENT_SECRET = text(pattern="^[0-9a-f]{80}$")


async def create(call: Call) -> Response:
    """Make a client key; its secret is in this reply and never again. S, D:acc"""
    limit = call.context.settings.client_key_limit
    if limit and len(call.context.client_keys.of_user(call.user.id)) >= limit:
        raise Refusal(403, "LimitExceeded")
    key, secret = call.context.client_keys.add(call.user.id)
    call.context.events.count(call.user.id, ACCOUNTS, "clientKeysMade")
    return JSONResponse({"clientId": key.id, "clientSecret": secret})


async def list_all(call: Call) -> Response:
    """List the account's client keys, the oldest first. CLI4"""
    keys = call.context.client_keys.of_user(call.user.id)
    return JSONResponse([{"id": key.id, "createdAt": key.created_at} for key in keys])


async def remove(call: Call) -> Response:
    """Remove a client key; exactly 204, since bcl takes anything else for an error. CLI4, H"""
    if not call.context.client_keys.remove(call.user.id, call.path["clientId"]):
        raise Refusal(404, "ClientKeyNotFound")
    call.context.events.count(call.user.id, ACCOUNTS, "clientKeysRemoved")
    return Response(status_code=204)


OPERATIONS = (
    Operation(
        method="POST",
        path="/users/me/client-keys",
        summary="Make a client key",
        handler=create,
        audience=ACCOUNTS,
        replies={200: record({"clientId": _CLIENT_ID, "clientSecret": _CLIENT_SECRET})},
    ),
    Operation(
        method="GET",
        path="/users/me/client-keys",
        summary="List the client keys",
        handler=list_all,
        audience=ACCOUNTS,
        replies={200: items(record({"id": _CLIENT_ID, "createdAt": TIME}))},
    ),
    Operation(
        method="DELETE",
        path="/users/me/client-keys/{clientId}",
        summary="Remove a client key",
        handler=remove,
        audience=ACCOUNTS,
        replies={204: None, 404: ERROR},
    ),
)
