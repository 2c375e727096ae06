# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""All operations of the Connect service."""

from __future__ import annotations

import dataclasses

from starlette.responses import Response

from local_bloq.connect import addresses, blocks, status, transactions
from local_bloq.identity.tokens import CONNECT
from local_bloq.web.alive import alive
from local_bloq.web.operation import Call, Operation


def _counted(operation: Operation) -> Operation:
    """Return the operation, with each request counted in the account's daily event."""

    async def handler(call: Call) -> Response:
        call.context.events.count(call.user.id, CONNECT, "requests")
        return await operation.handler(call)

    return dataclasses.replace(operation, handler=handler)


_API = (*status.OPERATIONS, *blocks.OPERATIONS, *transactions.OPERATIONS, *addresses.OPERATIONS)

OPERATIONS = (alive("/status"), *map(_counted, _API))
