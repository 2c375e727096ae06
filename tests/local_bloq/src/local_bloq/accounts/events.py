# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the services did for the account, day by day: ``/users/me/events``."""

from __future__ import annotations

import typing as t

from starlette.responses import JSONResponse, Response

from local_bloq.identity.tokens import ACCOUNTS, CONNECT, NODES
from local_bloq.web.operation import Call, Operation
from local_bloq.web.schemas import TIME, items, record, text, word

_EVENT: t.Final = record(
    {
        "id": text(pattern="^event-"),
        "service": word(ACCOUNTS, CONNECT, NODES),
        "serviceData": {"type": "object", "additionalProperties": {"type": "integer", "minimum": 1}},
        "createdAt": TIME,
    }
)


async def list_all(call: Call) -> Response:
    """List the account's daily events, the oldest first. CLI4"""
    events = call.context.events.of_user(call.user.id)
    return JSONResponse(
        [
            {
                "id": event.id,
                "service": event.service,
                "serviceData": event.service_data,
                "createdAt": event.created_at,
            }
            for event in events
        ]
    )


OPERATIONS = (
    Operation(
        method="GET",
        path="/users/me/events",
        summary="List the account's daily events",
        handler=list_all,
        audience=ACCOUNTS,
        replies={200: items(_EVENT)},
    ),
)
