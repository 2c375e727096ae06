# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses: ``/api/v1/addr`` and ``/api/v1/addrs``."""

from __future__ import annotations

import dataclasses
import typing as t

from starlette.responses import JSONResponse, Response

from local_bloq.connect import views
from local_bloq.connect.asked import ledger
from local_bloq.connect.ledger import Entry, Ledger
from local_bloq.connect.scripts import is_address
from local_bloq.identity.tokens import CONNECT
from local_bloq.web.operation import Call, Operation
from local_bloq.web.refusals import Refusal
from local_bloq.web.schemas import ERROR, Schema, items, or_null, record, text

_MOST_ADDRESSES: t.Final = 100
_MOST_LISTED: t.Final = 50
_DEFAULT_LISTED: t.Final = 10
_PLACE: t.Final[Schema] = {"type": "integer", "minimum": 0, "maximum": 1_000_000_000}
_YES: t.Final = (1, True, "1", "true")
_FLAG: t.Final[Schema] = {"enum": [0, 1, False, True, "0", "1", "false", "true"]}
_QUERY_FLAG: t.Final = text(enum=["0", "1", "false", "true"])
_GIVEN_ADDRESSES: t.Final[Schema] = {"anyOf": [text(), {**items(text()), "minItems": 1}]}
_TRANSACTIONS: t.Final = record(
    {"totalItems": views.COUNT, "from": views.COUNT, "to": views.COUNT, "items": items(views.TRANSACTION)}
)
_SUMMARY: t.Final = record(
    {
        "addrStr": text(),
        "balance": views.AMOUNT,
        "balanceSat": views.SATOSHIS,
        "totalReceived": views.AMOUNT,
        "totalReceivedSat": views.SATOSHIS,
        "totalSent": views.AMOUNT,
        "totalSentSat": views.SATOSHIS,
        "unconfirmedBalance": views.AMOUNT,
        "unconfirmedBalanceSat": views.SATOSHIS,
        "unconfirmedTxApperances": views.COUNT,
        "txApperances": views.COUNT,
        "transactions": items(views.HASH),
    },
    optional={"transactions"},
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Totals:
    """What an address received and sent in blocks, and what is still to come, in satoshis."""

    received: int
    sent: int
    unconfirmed: int

    @classmethod
    def of(cls, address: str, ledger: Ledger) -> _Totals:
        received = sent = unconfirmed = 0
        for one in ledger.received(address):
            if one.entry.block is None:
                unconfirmed += one.output.value
            else:
                received += one.output.value
            if one.spend is None:
                continue
            if one.spend.entry.block is None:
                unconfirmed -= one.output.value
            else:
                sent += one.output.value
        return cls(received=received, sent=sent, unconfirmed=unconfirmed)

    @property
    def balance(self) -> int:
        return self.received - self.sent


async def show(call: Call) -> Response:
    """Show an address. SDK, D:http"""
    address = _address(call)
    totals = _Totals.of(address, ledger(call))
    entries = ledger(call).of_addresses([address])
    shown: dict[str, t.Any] = {"addrStr": address}
    for name, satoshis in (
        ("balance", totals.balance),
        ("totalReceived", totals.received),
        ("totalSent", totals.sent),
        ("unconfirmedBalance", totals.unconfirmed),
    ):
        shown |= {name: views.coins(satoshis), f"{name}Sat": satoshis}
    waiting = sum(entry.block is None for entry in entries)
    shown |= {"unconfirmedTxApperances": waiting, "txApperances": len(entries) - waiting}
    if call.query.get("noTxList") not in _YES:
        start = call.query.get("from", 0)
        listed = entries[start : call.query.get("to", len(entries))]
        shown["transactions"] = [entry.transaction.txid for entry in listed]
    return JSONResponse(shown)


async def show_balance(call: Call) -> Response:
    """Tell the balance. D:http"""
    return JSONResponse(_Totals.of(_address(call), ledger(call)).balance)


async def show_total_received(call: Call) -> Response:
    """Tell what the address ever received. D:http"""
    return JSONResponse(_Totals.of(_address(call), ledger(call)).received)


async def show_total_sent(call: Call) -> Response:
    """Tell what the address ever sent. D:http"""
    return JSONResponse(_Totals.of(_address(call), ledger(call)).sent)


async def show_unconfirmed_balance(call: Call) -> Response:
    """Tell how the balance will change when what was sent comes into a block. D:http"""
    return JSONResponse(_Totals.of(_address(call), ledger(call)).unconfirmed)


async def list_unspent_of_one(call: Call) -> Response:
    """List what the address can spend, the newest first. PUB"""
    return _unspent(call, [call.path["address"]])


async def list_unspent(call: Call) -> Response:
    """List what the addresses can spend, the newest first. SDK"""
    return _unspent(call, call.path["addresses"])


async def list_unspent_of_body(call: Call) -> Response:
    """List what the addresses can spend, the newest first. PUB"""
    return _unspent(call, call.body["addrs"])


async def list_transactions(call: Call) -> Response:
    """List the transactions of several addresses. PUB"""
    return _transactions(call, {**call.query, "addrs": call.path["addresses"]})


async def list_transactions_of_body(call: Call) -> Response:
    """List the transactions of several addresses. SDK"""
    return _transactions(call, call.body)


def _unspent(call: Call, addresses: str | list[str]) -> Response:
    return JSONResponse(
        [
            views.unspent(received, address)
            for address in _addresses(addresses)
            for received in ledger(call).received(address)
            if received.spend is None
        ]
    )


def _transactions(call: Call, body: dict[str, t.Any]) -> Response:
    entries: list[Entry] = ledger(call).of_addresses(_addresses(body["addrs"]))
    start = body.get("from") or 0
    end = min(start + _DEFAULT_LISTED if body.get("to") is None else body["to"], len(entries))
    if end - start > _MOST_LISTED:
        raise Refusal(400, "TooManyTransactions")
    listed = [
        views.transaction(
            entry,
            ledger(call),
            asm=body.get("noAsm") not in _YES,
            script_sig=body.get("noScriptSig") not in _YES,
            spent=body.get("noSpent") not in _YES,
        )
        for entry in entries[start:end]
    ]
    return JSONResponse({"totalItems": len(entries), "from": start, "to": end, "items": listed})


def _address(call: Call) -> str:
    return _addresses([call.path["address"]])[0]


def _addresses(given: str | list[str]) -> list[str]:
    addresses = given.split(",") if isinstance(given, str) else given
    if len(addresses) > _MOST_ADDRESSES or not all(map(is_address, addresses)):
        raise Refusal(400, "InvalidAddress")
    return list(dict.fromkeys(addresses))


_NUMBERS: t.Final = (
    ("balance", "Tell an address's balance in satoshis", show_balance),
    ("totalReceived", "Tell what an address ever received, in satoshis", show_total_received),
    ("totalSent", "Tell what an address ever sent, in satoshis", show_total_sent),
    ("unconfirmedBalance", "Tell an address's change to come, in satoshis", show_unconfirmed_balance),
)

OPERATIONS = (
    Operation(
        method="GET",
        path="/api/v1/addr/{address}",
        summary="Show an address",
        handler=show,
        audience=CONNECT,
        query={"from": _PLACE, "to": _PLACE, "noTxList": _QUERY_FLAG},
        replies={200: _SUMMARY, 400: ERROR},
    ),
    *(
        Operation(
            method="GET",
            path=f"/api/v1/addr/{{address}}/{name}",
            summary=summary,
            handler=handler,
            audience=CONNECT,
            replies={200: views.SATOSHIS, 400: ERROR},
        )
        for name, summary, handler in _NUMBERS
    ),
    Operation(
        method="GET",
        path="/api/v1/addr/{address}/utxo",
        summary="List what the address can spend",
        handler=list_unspent_of_one,
        audience=CONNECT,
        replies={200: items(views.UNSPENT), 400: ERROR},
    ),
    Operation(
        method="POST",
        path="/api/v1/addrs/utxo",
        summary="List what several addresses can spend",
        handler=list_unspent_of_body,
        audience=CONNECT,
        body={"type": "object", "required": ["addrs"], "properties": {"addrs": _GIVEN_ADDRESSES}},
        replies={200: items(views.UNSPENT), 400: ERROR},
    ),
    Operation(
        method="GET",
        path="/api/v1/addrs/{addresses}/txs",
        summary="List the transactions of the addresses, with commas between them",
        handler=list_transactions,
        audience=CONNECT,
        query={
            "from": _PLACE,
            "to": _PLACE,
            "noAsm": _QUERY_FLAG,
            "noScriptSig": _QUERY_FLAG,
            "noSpent": _QUERY_FLAG,
        },
        replies={200: _TRANSACTIONS, 400: ERROR},
    ),
    Operation(
        method="GET",
        path="/api/v1/addrs/{addresses}/utxo",
        summary="List what the addresses, with commas between them, can spend",
        handler=list_unspent,
        audience=CONNECT,
        replies={200: items(views.UNSPENT), 400: ERROR},
    ),
    Operation(
        method="POST",
        path="/api/v1/addrs/txs",
        summary="List the transactions of several addresses",
        handler=list_transactions_of_body,
        audience=CONNECT,
        body={
            "type": "object",
            "required": ["addrs"],
            "properties": {
                "addrs": _GIVEN_ADDRESSES,
                "from": or_null(_PLACE),
                "to": or_null(_PLACE),
                "noAsm": or_null(_FLAG),
                "noScriptSig": or_null(_FLAG),
                "noSpent": or_null(_FLAG),
            },
        },
        replies={200: _TRANSACTIONS, 400: ERROR},
    ),
)
