# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Blocks and transactions as a Bitcoin node shows them. Connect shows the same ones in the shape of Insight."""

from __future__ import annotations

import statistics
import typing as t

from local_bloq.chain import BLOCKS, Block
from local_bloq.connect.coinbases import coinbase
from local_bloq.connect.scripts import assembly, kind_and_address
from local_bloq.connect.views import coins
from local_bloq.connect.wire import Output, Transaction, raw_block

_WORK_OF_ONE_BLOCK: t.Final = 0x1_0001_0001
_MEDIAN_OF_BLOCKS: t.Final = 11
# What a byte counts that is no witness; these blocks have none.
_WEIGHT_OF_A_BYTE: t.Final = 4


def header(block: Block, tip: int) -> dict[str, t.Any]:
    """Return a block without its transactions.

    Args:
        tip: the height of the last block that the node has.
    """
    shown = {
        "hash": block.hash,
        "confirmations": _confirmations(block, tip),
        "height": block.height,
        "version": block.version,
        "versionHex": f"{block.version:08x}",
        "merkleroot": block.merkle_root,
        "time": block.time,
        "mediantime": median_time(block),
        "nonce": block.nonce,
        "bits": f"{block.bits:08x}",
        "difficulty": block.difficulty,
        "chainwork": chain_work(block),
        "nTx": 1,
        "previousblockhash": block.previous_hash,
        "nextblockhash": block.next_hash if block.height < tip else None,
    }
    # The first block has no previous one and the last has no next one: Bitcoin Core leaves such a member out.
    return {name: value for name, value in shown.items() if value is not None}


def block(one: Block, tip: int, *, with_transactions: bool) -> dict[str, t.Any]:
    """Return a block with its transactions, or with their ids only."""
    only = coinbase(one)
    size = len(raw_block(one, only))
    return {
        **header(one, tip),
        "size": size,
        "strippedsize": size,
        "weight": size * _WEIGHT_OF_A_BYTE,
        "tx": [transaction(only) if with_transactions else only.txid],
    }


def transaction(one: Transaction) -> dict[str, t.Any]:
    """Return the only transaction of a block, which pays its miner."""
    size = len(one.raw)
    return {
        "txid": one.txid,
        "hash": one.txid,
        "version": one.version,
        "size": size,
        "vsize": size,
        "weight": size * _WEIGHT_OF_A_BYTE,
        "locktime": one.locktime,
        "vin": [{"coinbase": given.script.hex(), "sequence": given.sequence} for given in one.inputs],
        "vout": [_output(output, n) for n, output in enumerate(one.outputs)],
        "hex": one.raw.hex(),
    }


def place(block: Block, tip: int) -> dict[str, t.Any]:
    """Return where a transaction of a block is."""
    return {
        "blockhash": block.hash,
        "confirmations": _confirmations(block, tip),
        "time": block.time,
        "blocktime": block.time,
    }


def median_time(block: Block) -> int:
    """Return the median Unix time of a block and the ten before it."""
    first = max(0, block.height + 1 - _MEDIAN_OF_BLOCKS)
    return statistics.median_high(earlier.time for earlier in BLOCKS[first : block.height + 1])


def chain_work(block: Block) -> str:
    """Return the work in the chain up to a block, 64 hexadecimal digits."""
    return f"{_WORK_OF_ONE_BLOCK * (block.height + 1):064x}"


def _confirmations(block: Block, tip: int) -> int:
    return tip + 1 - block.height


def _output(output: Output, n: int) -> dict[str, t.Any]:
    kind, address = kind_and_address(output.script)
    script = {"asm": assembly(output.script), "hex": output.script.hex(), "reqSigs": 1, "type": kind}
    return {
        "value": coins(output.value),
        "n": n,
        "scriptPubKey": {**script, "addresses": [] if address is None else [address]},
    }
