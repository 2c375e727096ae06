# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of the chain and of its node: ``/api/v1/status`` and its like."""

from __future__ import annotations

import typing as t
from importlib import metadata

from starlette.responses import JSONResponse, Response

from local_bloq.chain import BLOCKS
from local_bloq.connect import views
from local_bloq.connect.asked import coin
from local_bloq.connect.coins import Coin
from local_bloq.identity.tokens import CONNECT
from local_bloq.web.operation import Call, Operation
from local_bloq.web.schemas import or_null, record, text, word

_PROTOCOL_VERSION: t.Final = 70015
_FEE: t.Final = 0.0001
_RELAY_FEE: t.Final = 0.00001
_DEFAULT_BLOCKS: t.Final = "2"

_INFO: t.Final = record(
    {
        "version": views.COUNT,
        "protocolversion": views.COUNT,
        "blocks": views.COUNT,
        "timeoffset": views.COUNT,
        "connections": views.COUNT,
        "proxy": text(),
        "difficulty": views.COUNT,
        "testnet": {"type": "boolean"},
        "relayfee": views.AMOUNT,
        "errors": text(),
        "network": word("livenet"),
    }
)


async def show(call: Call) -> Response:
    """Show the state of the chain. SDK"""
    return JSONResponse(_ANSWERS.get(call.query.get("q", ""), _info)(coin(call)))


async def show_sync(_call: Call) -> Response:
    """Show how far the index follows the chain: it is always there. SDK"""
    height = BLOCKS[-1].height
    return JSONResponse(
        {
            "status": "finished",
            "blockChainHeight": height,
            "syncPercentage": 100,
            "height": height,
            "error": None,
            "type": "local bloq",
        }
    )


async def show_peer(_call: Call) -> Response:
    """Show the node behind the index. SDK"""
    return JSONResponse({"connected": True, "host": "127.0.0.1", "port": None})


async def estimate_fee(call: Call) -> Response:
    """Estimate the fee for a thousand bytes, in coins, for each number of blocks. SDK"""
    wanted = call.query.get("nbBlocks", _DEFAULT_BLOCKS).split(",")
    return JSONResponse(dict.fromkeys(wanted, _FEE))


async def show_version(_call: Call) -> Response:
    """Tell the version of the index: the local Bloq's. PUB"""
    return JSONResponse({"version": metadata.version("local-bloq")})


async def show_rate(_call: Call) -> Response:
    """Tell what a coin is worth: nothing, since no exchange is asked. PUB"""
    return JSONResponse({"status": 200, "data": {"bitstamp": 0}})


def _info(one: Coin) -> dict[str, t.Any]:
    return {
        "info": {
            "version": one.node_version,
            "protocolversion": _PROTOCOL_VERSION,
            "blocks": BLOCKS[-1].height,
            "timeoffset": 0,
            "connections": 8,
            "proxy": "",
            "difficulty": BLOCKS[-1].difficulty,
            "testnet": False,
            "relayfee": _RELAY_FEE,
            "errors": "",
            "network": "livenet",
        }
    }


_ANSWERS: t.Final[dict[str, t.Callable[[Coin], dict[str, t.Any]]]] = {
    "getInfo": _info,
    "getDifficulty": lambda _coin: {"difficulty": BLOCKS[-1].difficulty},
    "getBestBlockHash": lambda _coin: {"bestblockhash": BLOCKS[-1].hash},
    "getLastBlockHash": lambda _coin: {"syncTipHash": BLOCKS[-1].hash, "lastblockhash": BLOCKS[-1].hash},
}

OPERATIONS = (
    Operation(
        method="GET",
        path="/api/v1/status",
        summary="Show the chain's state",
        handler=show,
        audience=CONNECT,
        query={"q": text(description=f"One of {', '.join(_ANSWERS)}; anything else is getInfo.")},
        replies={
            200: {
                "anyOf": [
                    record({"info": _INFO}),
                    record({"difficulty": views.COUNT}),
                    record({"bestblockhash": views.HASH}),
                    record({"syncTipHash": views.HASH, "lastblockhash": views.HASH}),
                ]
            },
        },
    ),
    Operation(
        method="GET",
        path="/api/v1/sync",
        summary="Show how far the index follows the chain",
        handler=show_sync,
        audience=CONNECT,
        replies={
            200: record(
                {
                    "status": word("finished"),
                    "blockChainHeight": views.COUNT,
                    "syncPercentage": views.COUNT,
                    "height": views.COUNT,
                    "error": {"type": "null"},
                    "type": text(),
                }
            )
        },
    ),
    Operation(
        method="GET",
        path="/api/v1/peer",
        summary="Show the node behind the index",
        handler=show_peer,
        audience=CONNECT,
        replies={200: record({"connected": {"type": "boolean"}, "host": text(), "port": or_null(views.COUNT)})},
    ),
    Operation(
        method="GET",
        path="/api/v1/version",
        summary="Tell the version of the index",
        handler=show_version,
        audience=CONNECT,
        replies={200: record({"version": text()})},
    ),
    Operation(
        method="GET",
        path="/api/v1/currency",
        summary="Tell what a coin is worth",
        handler=show_rate,
        audience=CONNECT,
        replies={200: record({"status": {"const": 200}, "data": record({"bitstamp": views.AMOUNT})})},
    ),
    Operation(
        method="GET",
        path="/api/v1/utils/estimatefee",
        summary="Estimate the fee, for one or more numbers of blocks with commas between them",
        handler=estimate_fee,
        audience=CONNECT,
        query={"nbBlocks": text(pattern="^[1-9][0-9]{0,3}(,[1-9][0-9]{0,3}){0,24}$")},
        replies={200: {"type": "object", "additionalProperties": views.AMOUNT}},
    ),
)
