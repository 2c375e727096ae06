# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""All operations of the Connect service."""

from __future__ import annotations

import dataclasses
import functools
import typing as t

from starlette.responses import Response

from local_bloq.connect import addresses, blocks, status, transactions
from local_bloq.identity.tokens import CONNECT
from local_bloq.web.alive import alive
from local_bloq.web.operation import Call, Operation

# Facts of the second block, for the readers of the OpenAPI document.
_EXAMPLES: t.Final = {
    "height": "1",
    "hash": "00000000839a8e6886ab5951d76f411475428afc90947ee320161bbf18eb6048",
    "txid": "0e3e2357e806b6cdb1f70b54c3a3a17b6714ee1f0e68bebb44a74b1efd512098",
    "address": "12c6DSiU4Rq3P4ZxziKxzrL5LmMBrzjrJX",
    "addresses": "12c6DSiU4Rq3P4ZxziKxzrL5LmMBrzjrJX,1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
}


def _finished(operation: Operation) -> Operation:
    """Return the operation with examples, and with each request counted in the account's daily event."""

    @functools.wraps(operation.handler)
    async def handler(call: Call) -> Response:
        call.context.events.count(call.user.id, CONNECT, "requests")
        return await operation.handler(call)

    return dataclasses.replace(operation, handler=handler, examples=_EXAMPLES)


_API = (*status.OPERATIONS, *blocks.OPERATIONS, *transactions.OPERATIONS, *addresses.OPERATIONS)

OPERATIONS = (alive("/status"), *map(_finished, _API))
