# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The JSON-RPC methods of a Bitcoin node, over the built-in chain. Bitcoin Cash has the same first blocks."""

from __future__ import annotations

import dataclasses
import typing as t

from local_bloq.chain import BLOCKS, BY_HASH, Block
from local_bloq.connect.coinbases import coinbase
from local_bloq.connect.coins import COINS
from local_bloq.connect.wire import HEADER_BYTES, raw_block
from local_bloq.nodes import bitcoin_views as views
from local_bloq.nodes.catalog import Service

IN_WARMUP: t.Final = -28
METHOD_NOT_FOUND: t.Final = -32601
INVALID_PARAMS: t.Final = -32602
_WRONG_TYPE: t.Final = -1
_NOT_FOUND: t.Final = -5
_OUT_OF_RANGE: t.Final = -8

_PROTOCOL_VERSION: t.Final = 70015
_RELAY_FEE: t.Final = 0.00001


class RpcError(Exception):
    """A method says no.

    Attributes:
        code: one of JSON-RPC's or of Bitcoin Core's numbers.
        message: what is wrong.
    """

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclasses.dataclass(frozen=True, kw_only=True)
class BitcoinNode:
    """One node at one moment.

    Attributes:
        chain: ``btc`` or ``bch``.
        software: such as ``core-0.17``.
        tip: the height of the last block that it has.
        uptime: for how many seconds it has been answering.
    """

    chain: str
    software: str
    tip: int
    uptime: int


def has_blocks(service: Service) -> bool:
    """Say whether the built-in chain is the service's."""
    return service.chain in ("btc", "bch")


def call(node: BitcoinNode, method: str, params: list[t.Any]) -> object:
    """Return the result of a method.

    Raises:
        RpcError: there is no such method, or it refuses its parameters.
    """
    if method not in _METHODS:
        raise RpcError(METHOD_NOT_FOUND, "Method not found")
    carry_out, least, most = _METHODS[method]
    if not least <= len(params) <= most:
        counts = f"{least}" if least == most else f"{least} to {most}"
        raise RpcError(INVALID_PARAMS, f"{method} takes {counts} parameters")
    return carry_out(node, *params)


def _get_block_count(node: BitcoinNode) -> int:
    return node.tip


def _get_best_block_hash(node: BitcoinNode) -> str:
    return BLOCKS[node.tip].hash


def _get_difficulty(node: BitcoinNode) -> int:
    return BLOCKS[node.tip].difficulty


def _get_block_hash(node: BitcoinNode, height: object) -> str:
    if not isinstance(height, int) or isinstance(height, bool):
        raise RpcError(_WRONG_TYPE, "JSON value is not an integer as expected")
    if not 0 <= height <= node.tip:
        raise RpcError(_OUT_OF_RANGE, "Block height out of range")
    return BLOCKS[height].hash


def _get_block(node: BitcoinNode, block_hash: object, verbosity: object = 1) -> str | dict[str, t.Any]:
    block, level = _block(node, block_hash), _level(verbosity)
    if level <= 0:
        return raw_block(block, coinbase(block)).hex()
    return views.block(block, node.tip, with_transactions=level > 1)


def _get_block_header(node: BitcoinNode, block_hash: object, verbose: object = True) -> str | dict[str, t.Any]:
    block = _block(node, block_hash)
    if not _level(verbose):
        return raw_block(block, coinbase(block))[:HEADER_BYTES].hex()
    return views.header(block, node.tip)


def _get_raw_transaction(
    node: BitcoinNode, txid: object, verbose: object = False, block_hash: object = None
) -> str | dict[str, t.Any]:
    if txid == BLOCKS[0].txid:
        raise RpcError(
            _NOT_FOUND, "The genesis block coinbase is not considered an ordinary transaction and cannot be retrieved"
        )
    among = BLOCKS[: node.tip + 1] if block_hash is None else (_block(node, block_hash),)
    block = next((block for block in among if block.txid == _text(txid)), None)
    if block is None:
        where = "this node's blocks" if block_hash is None else "the block"
        raise RpcError(_NOT_FOUND, f"No such transaction in {where}")
    transaction = coinbase(block)
    if not _level(verbose):
        return transaction.raw.hex()
    return {**views.transaction(transaction), **views.place(block, node.tip)}


def _get_blockchain_info(node: BitcoinNode) -> dict[str, t.Any]:
    tip = BLOCKS[node.tip]
    return {
        "chain": "main",
        "blocks": tip.height,
        # A node knows all headers long before it has all blocks.
        "headers": BLOCKS[-1].height,
        "bestblockhash": tip.hash,
        "difficulty": tip.difficulty,
        "mediantime": views.median_time(tip),
        "verificationprogress": (tip.height + 1) / len(BLOCKS),
        "initialblockdownload": tip.height < BLOCKS[-1].height,
        "chainwork": views.chain_work(tip),
        "pruned": False,
        "warnings": "",
    }


def _get_network_info(node: BitcoinNode) -> dict[str, t.Any]:
    return {
        "version": next(coin.node_version for coin in COINS if coin.name == node.chain),
        "subversion": f"/local-bloq:{node.software}/",
        "protocolversion": _PROTOCOL_VERSION,
        "localservices": f"{0:016x}",
        "localrelay": True,
        "timeoffset": 0,
        "networkactive": True,
        "connections": 8,
        "networks": [],
        "relayfee": _RELAY_FEE,
        "incrementalfee": _RELAY_FEE,
        "localaddresses": [],
        "warnings": "",
    }


def _uptime(node: BitcoinNode) -> int:
    return node.uptime


def _block(node: BitcoinNode, block_hash: object) -> Block:
    block = BY_HASH.get(_text(block_hash))
    if block is None or block.height > node.tip:
        raise RpcError(_NOT_FOUND, "Block not found")
    return block


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise RpcError(_WRONG_TYPE, "JSON value is not a string as expected")
    return value


def _level(value: object) -> int:
    """Return how much is asked for: false and true are the older spelling of 0 and 1."""
    if not isinstance(value, int):
        raise RpcError(_WRONG_TYPE, "JSON value is not an integer or boolean as expected")
    return value


# Each with the least and the most parameters that it takes.
_METHODS: t.Final[dict[str, tuple[t.Callable[..., object], int, int]]] = {
    "getbestblockhash": (_get_best_block_hash, 0, 0),
    "getblock": (_get_block, 1, 2),
    "getblockchaininfo": (_get_blockchain_info, 0, 0),
    "getblockcount": (_get_block_count, 0, 0),
    "getblockhash": (_get_block_hash, 1, 1),
    "getblockheader": (_get_block_header, 1, 2),
    "getdifficulty": (_get_difficulty, 0, 0),
    "getnetworkinfo": (_get_network_info, 0, 0),
    "getrawtransaction": (_get_raw_transaction, 1, 3),
    "uptime": (_uptime, 0, 0),
}
