# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Transactions: ``/api/v1/tx`` and its like."""

from __future__ import annotations

import typing as t

from starlette.responses import JSONResponse, Response

from local_bloq.chain import BY_HASH
from local_bloq.connect import views
from local_bloq.connect.asked import ledger
from local_bloq.connect.ledger import Entry, SendError
from local_bloq.connect.scripts import is_address
from local_bloq.connect.wire import WireError, read_transaction
from local_bloq.identity.tokens import CONNECT
from local_bloq.web.operation import Call, Operation
from local_bloq.web.refusals import Refusal, existing
from local_bloq.web.schemas import ERROR, items, record, text

_PAGE: t.Final = 10


async def show(call: Call) -> Response:
    """Show a transaction. SDK"""
    return JSONResponse(views.transaction(_entry(call), ledger(call)))


async def show_raw(call: Call) -> Response:
    """Show a transaction's bytes. SDK"""
    return JSONResponse({"rawtx": _entry(call).transaction.raw.hex()})


async def list_some(call: Call) -> Response:
    """List the transactions of a block or of an address, ten to a page. SDK"""
    entries = _of_block_or_address(call)
    start = call.query.get("pageNum", 0) * _PAGE
    shown = [views.transaction(entry, ledger(call)) for entry in entries[start : start + _PAGE]]
    return JSONResponse({"pagesTotal": -(-len(entries) // _PAGE), "txs": shown})


async def send(call: Call) -> Response:
    """Let a transaction wait for a block. SDK"""
    try:
        transaction = read_transaction(bytes.fromhex(call.body["rawtx"]))
        ledger(call).send(transaction)
    except WireError:
        raise Refusal(400, "InvalidTransaction") from None
    except SendError as error:
        raise Refusal(400, error.code) from None
    return JSONResponse({"txid": transaction.txid})


def _entry(call: Call) -> Entry:
    return existing(ledger(call).find(call.path["txid"]), "TransactionNotFound")


def _of_block_or_address(call: Call) -> list[Entry]:
    if "block" in call.query:
        return ledger(call).of_block(existing(BY_HASH.get(call.query["block"]), "BlockNotFound"))
    if "address" not in call.query:
        raise Refusal(400, "InvalidQuery")
    if not is_address(call.query["address"]):
        raise Refusal(400, "InvalidAddress")
    return ledger(call).of_addresses([call.query["address"]])


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/v1/tx/{txid}",
        summary="Show a transaction",
        handler=show,
        audience=CONNECT,
        replies={200: views.TRANSACTION, 404: ERROR},
    ),
    Operation(
        method="GET",
        path="/api/v1/rawtx/{txid}",
        summary="Show a transaction's bytes",
        handler=show_raw,
        audience=CONNECT,
        replies={200: record({"rawtx": views.HEX}), 404: ERROR},
    ),
    Operation(
        method="GET",
        path="/api/v1/txs",
        summary="List the transactions of a block or of an address; one of the two must be given",
        handler=list_some,
        audience=CONNECT,
        query={
            "block": text(),
            "address": text(),
            "pageNum": {"type": "integer", "minimum": 0, "maximum": 1_000_000},
        },
        replies={
            200: record({"pagesTotal": views.COUNT, "txs": items(views.TRANSACTION)}),
            400: ERROR,
            404: ERROR,
        },
    ),
    Operation(
        method="POST",
        path="/api/v1/tx/send",
        summary="Send a transaction",
        handler=send,
        audience=CONNECT,
        body={
            "type": "object",
            "required": ["rawtx"],
            "properties": {"rawtx": text(pattern="^([0-9A-Fa-f]{2})+$")},
        },
        replies={200: record({"txid": views.HASH}), 400: ERROR},
    ),
)
