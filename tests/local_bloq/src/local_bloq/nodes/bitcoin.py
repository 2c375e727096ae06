# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The JSON-RPC methods of a Bitcoin node, over the built-in chain. Bitcoin Cash has the same first blocks."""

from __future__ import annotations

import statistics
import typing as t

from local_bloq.chain import BLOCKS, BY_HASH, Block
from local_bloq.nodes.catalog import Service

METHOD_NOT_FOUND: t.Final = -32601
_INVALID_PARAMS: t.Final = -32602
_WRONG_TYPE: t.Final = -1
_NOT_FOUND: t.Final = -5
_OUT_OF_RANGE: t.Final = -8

_WORK_OF_ONE_BLOCK: t.Final = 0x1_0001_0001
_MEDIAN_OF_BLOCKS: t.Final = 11


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


def has_blocks(service: Service) -> bool:
    """Say whether the built-in chain is the service's."""
    return service.chain in ("btc", "bch")


def call(method: str, params: list[t.Any]) -> object:
    """Return the result of a method.

    Raises:
        RpcError: there is no such method, or it refuses its parameters.
    """
    if method not in _METHODS:
        raise RpcError(METHOD_NOT_FOUND, "Method not found")
    carry_out, least, most = _METHODS[method]
    if not least <= len(params) <= most:
        raise RpcError(_INVALID_PARAMS, f"{method} takes {least if least == most else f'{least} or {most}'} parameters")
    return carry_out(*params)


def _get_block_count() -> int:
    return BLOCKS[-1].height


def _get_block_hash(height: object) -> str:
    if not isinstance(height, int) or isinstance(height, bool):
        raise RpcError(_WRONG_TYPE, "JSON value is not an integer as expected")
    if not 0 <= height < len(BLOCKS):
        raise RpcError(_OUT_OF_RANGE, "Block height out of range")
    return BLOCKS[height].hash


def _get_block(block_hash: object, verbosity: object = 1) -> dict[str, t.Any]:
    if not isinstance(block_hash, str):
        raise RpcError(_WRONG_TYPE, "JSON value is not a string as expected")
    # True is the older spelling of 1.
    if verbosity != 1:
        raise RpcError(_OUT_OF_RANGE, "The local Bloq has blocks with verbosity 1 only")
    block = BY_HASH.get(block_hash)
    if block is None:
        raise RpcError(_NOT_FOUND, "Block not found")
    shown = {
        "hash": block.hash,
        "confirmations": block.confirmations,
        "height": block.height,
        "version": block.version,
        "versionHex": f"{block.version:08x}",
        "merkleroot": block.merkle_root,
        "tx": [block.txid],
        "time": block.time,
        "mediantime": _median_time(block),
        "nonce": block.nonce,
        "bits": f"{block.bits:08x}",
        "difficulty": block.difficulty,
        "chainwork": _chain_work(block),
        "nTx": 1,
        "previousblockhash": block.previous_hash,
        "nextblockhash": block.next_hash,
    }
    # The first block has no previous one and the last has no next one: Bitcoin Core leaves such a member out.
    return {name: value for name, value in shown.items() if value is not None}


def _get_blockchain_info() -> dict[str, t.Any]:
    last = BLOCKS[-1]
    return {
        "chain": "main",
        "blocks": last.height,
        "headers": last.height,
        "bestblockhash": last.hash,
        "difficulty": last.difficulty,
        "mediantime": _median_time(last),
        "verificationprogress": 1,
        "initialblockdownload": False,
        "chainwork": _chain_work(last),
        "pruned": False,
        "warnings": "",
    }


def _median_time(block: Block) -> int:
    first = max(0, block.height + 1 - _MEDIAN_OF_BLOCKS)
    return statistics.median_high(earlier.time for earlier in BLOCKS[first : block.height + 1])


def _chain_work(block: Block) -> str:
    return f"{_WORK_OF_ONE_BLOCK * (block.height + 1):064x}"


# Each with the least and the most parameters that it takes.
_METHODS: t.Final[dict[str, tuple[t.Callable[..., object], int, int]]] = {
    "getblockcount": (_get_block_count, 0, 0),
    "getblockhash": (_get_block_hash, 1, 1),
    "getblock": (_get_block, 1, 2),
    "getblockchaininfo": (_get_blockchain_info, 0, 0),
}
