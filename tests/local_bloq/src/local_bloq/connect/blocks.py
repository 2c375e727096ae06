# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Blocks: ``/api/v1/block`` and its like."""

from __future__ import annotations

import datetime
import typing as t

from starlette.responses import JSONResponse, Response

from local_bloq.chain import BLOCKS, BY_HASH, Block
from local_bloq.connect import views
from local_bloq.connect.asked import ledger
from local_bloq.connect.wire import raw_block
from local_bloq.identity.tokens import CONNECT
from local_bloq.web.operation import Call, Operation
from local_bloq.web.refusals import Refusal, existing
from local_bloq.web.schemas import ERROR, items, record, text

_BY_HEIGHT: t.Final = {str(block.height): block for block in BLOCKS}
_DEFAULT_LIMIT: t.Final = 200
_DATE: t.Final = text(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$", format="date")
_LIST: t.Final = record(
    {
        "blocks": items(views.BLOCK_SUMMARY),
        "length": views.COUNT,
        "pagination": record(
            {
                "next": _DATE,
                "prev": _DATE,
                "currentTs": views.SATOSHIS,
                "current": _DATE,
                "isToday": {"type": "boolean"},
                "more": {"type": "boolean"},
                "moreTs": views.COUNT,
            },
            optional={"moreTs"},
        ),
    }
)


async def show(call: Call) -> Response:
    """Show a block. SDK"""
    return JSONResponse(views.block(_block(call), ledger(call)))


async def show_hash(call: Call) -> Response:
    """Tell the hash of the block at a height. SDK"""
    block = existing(_BY_HEIGHT.get(call.path["height"]), "BlockNotFound")
    return JSONResponse({"blockHash": block.hash})


async def show_raw(call: Call) -> Response:
    """Show a block's bytes. SDK"""
    block = _block(call)
    only = ledger(call).of_block(block)[0]
    return JSONResponse({"rawblock": raw_block(block, only.transaction).hex()})


async def list_day(call: Call) -> Response:
    """List the blocks of a day (UTC), the newest first. SDK"""
    day = _day(call.query.get("blockDate"))
    found = [block for block in reversed(BLOCKS) if _date_of(block) == day]
    shown = found[: call.query.get("limit", _DEFAULT_LIMIT)]
    more = len(shown) < len(found)
    end = datetime.datetime.combine(day, datetime.time(23, 59, 59), datetime.UTC)
    return JSONResponse(
        {
            "blocks": [views.block_summary(block, ledger(call)) for block in shown],
            "length": len(shown),
            "pagination": {
                "next": _shifted(day, 1).isoformat(),
                "prev": _shifted(day, -1).isoformat(),
                "currentTs": int(end.timestamp()),
                "current": day.isoformat(),
                "isToday": day == datetime.datetime.fromtimestamp(call.context.clock(), datetime.UTC).date(),
                "more": more,
                **({"moreTs": shown[-1].time} if more else {}),
            },
        }
    )


def _block(call: Call) -> Block:
    return existing(BY_HASH.get(call.path["hash"]), "BlockNotFound")


def _day(given: str | None) -> datetime.date:
    if given is None:
        return _date_of(BLOCKS[-1])
    try:
        return datetime.date.fromisoformat(given)
    except ValueError:
        raise Refusal(400, "InvalidQuery") from None


def _date_of(block: Block) -> datetime.date:
    return datetime.datetime.fromtimestamp(block.time, datetime.UTC).date()


def _shifted(day: datetime.date, days: int) -> datetime.date:
    try:
        return day + datetime.timedelta(days=days)
    except OverflowError:
        return day


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/v1/block/{hash}",
        summary="Show a block",
        handler=show,
        audience=CONNECT,
        replies={200: views.BLOCK, 404: ERROR},
    ),
    Operation(
        method="GET",
        path="/api/v1/block-index/{height}",
        summary="Tell the hash of the block at a height",
        handler=show_hash,
        audience=CONNECT,
        replies={200: record({"blockHash": views.HASH}), 404: ERROR},
    ),
    Operation(
        method="GET",
        path="/api/v1/rawblock/{hash}",
        summary="Show a block's bytes",
        handler=show_raw,
        audience=CONNECT,
        replies={200: record({"rawblock": views.HEX}), 404: ERROR},
    ),
    Operation(
        method="GET",
        path="/api/v1/blocks",
        summary="List the blocks of a day, by default the newest day of the chain",
        handler=list_day,
        audience=CONNECT,
        query={"limit": {"type": "integer", "minimum": 1, "maximum": _DEFAULT_LIMIT}, "blockDate": _DATE},
        replies={200: _LIST, 400: ERROR},
    ),
)
