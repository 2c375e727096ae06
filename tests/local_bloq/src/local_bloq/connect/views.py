# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Blocks and transactions as JSON, in the shape of the public Insight API."""

from __future__ import annotations

import typing as t

from local_bloq.chain import Block
from local_bloq.connect.coinbases import REWARD
from local_bloq.connect.ledger import Entry, Ledger, Received
from local_bloq.connect.scripts import assembly, kind_and_address
from local_bloq.connect.wire import Input, Output, raw_block
from local_bloq.web.schemas import Schema, items, or_null, record, text, word

COIN: t.Final = 100_000_000

_WORK_OF_ONE_BLOCK: t.Final = 0x1_0001_0001
_NO_POOL: t.Final = record({})

HASH: t.Final = text(pattern="^[0-9a-f]{64}$")
HEX: t.Final = text(pattern="^([0-9a-f]{2})*$")
COUNT: t.Final[Schema] = {"type": "integer", "minimum": 0}
AMOUNT: t.Final[Schema] = {"type": "number"}
SATOSHIS: t.Final[Schema] = {"type": "integer"}

BLOCK: t.Final = record(
    {
        "hash": HASH,
        "size": COUNT,
        "height": COUNT,
        "version": COUNT,
        "merkleroot": HASH,
        "tx": items(HASH),
        "time": COUNT,
        "nonce": COUNT,
        "bits": text(pattern="^[0-9a-f]{8}$"),
        "difficulty": COUNT,
        "chainwork": HASH,
        "confirmations": COUNT,
        "previousblockhash": or_null(HASH),
        "nextblockhash": or_null(HASH),
        "reward": AMOUNT,
        "isMainChain": {"type": "boolean"},
        "poolInfo": _NO_POOL,
    }
)
BLOCK_SUMMARY: t.Final = record(
    {"height": COUNT, "size": COUNT, "hash": HASH, "time": COUNT, "txlength": COUNT, "poolInfo": _NO_POOL}
)

_SCRIPT: t.Final = record({"hex": HEX, "asm": text()}, optional={"asm"})
_INPUT: t.Final = record(
    {
        "txid": HASH,
        "vout": COUNT,
        "sequence": COUNT,
        "n": COUNT,
        "scriptSig": _SCRIPT,
        "addr": or_null(text()),
        "valueSat": SATOSHIS,
        "value": AMOUNT,
        "doubleSpentTxID": {"type": "null"},
    },
    optional={"scriptSig"},
)
_COINBASE_INPUT: t.Final = record({"coinbase": HEX, "sequence": COUNT, "n": COUNT})
_OUTPUT: t.Final = record(
    {
        "value": text(pattern="^[0-9]+[.][0-9]{8}$"),
        "n": COUNT,
        "scriptPubKey": record(
            {
                "hex": HEX,
                "asm": text(),
                "addresses": or_null(items(text())),
                "type": word("pubkey", "pubkeyhash", "scripthash", "nulldata", "nonstandard"),
            },
            optional={"asm"},
        ),
        "spentTxId": or_null(HASH),
        "spentIndex": or_null(COUNT),
        "spentHeight": or_null({"type": "integer", "minimum": -1}),
    },
    optional={"spentTxId", "spentIndex", "spentHeight"},
)
TRANSACTION: t.Final = record(
    {
        "txid": HASH,
        "version": {"type": "integer"},
        "locktime": COUNT,
        "vin": items({"anyOf": [_COINBASE_INPUT, _INPUT]}),
        "vout": items(_OUTPUT),
        "blockhash": HASH,
        "blockheight": {"type": "integer", "minimum": -1},
        "confirmations": COUNT,
        "time": COUNT,
        "blocktime": COUNT,
        "isCoinBase": {"type": "boolean"},
        "valueOut": AMOUNT,
        "size": COUNT,
        "valueIn": AMOUNT,
        "fees": AMOUNT,
    },
    optional={"blockhash", "blocktime", "isCoinBase", "valueIn", "fees"},
)
UNSPENT: t.Final = record(
    {
        "address": text(),
        "txid": HASH,
        "vout": COUNT,
        "scriptPubKey": HEX,
        "amount": AMOUNT,
        "satoshis": SATOSHIS,
        "height": COUNT,
        "confirmations": COUNT,
    },
    optional={"height"},
)


def coins(satoshis: int) -> float:
    """Return an amount in coins, a whole number of them as an integer."""
    return satoshis / COIN if satoshis % COIN else satoshis // COIN


def block(one: Block, ledger: Ledger) -> dict[str, t.Any]:
    """Return a block."""
    return {
        "hash": one.hash,
        "size": _size(one, ledger),
        "height": one.height,
        "version": one.version,
        "merkleroot": one.merkle_root,
        "tx": [entry.transaction.txid for entry in ledger.of_block(one)],
        "time": one.time,
        "nonce": one.nonce,
        "bits": f"{one.bits:08x}",
        "difficulty": one.difficulty,
        "chainwork": f"{(one.height + 1) * _WORK_OF_ONE_BLOCK:064x}",
        "confirmations": one.confirmations,
        "previousblockhash": one.previous_hash,
        "nextblockhash": one.next_hash,
        "reward": coins(REWARD),
        "isMainChain": True,
        "poolInfo": {},
    }


def block_summary(one: Block, ledger: Ledger) -> dict[str, t.Any]:
    """Return a block as lists show it."""
    return {
        "height": one.height,
        "size": _size(one, ledger),
        "hash": one.hash,
        "time": one.time,
        "txlength": len(ledger.of_block(one)),
        "poolInfo": {},
    }


def transaction(
    entry: Entry, ledger: Ledger, *, asm: bool = True, script_sig: bool = True, spent: bool = True
) -> dict[str, t.Any]:
    """Return a transaction.

    Args:
        asm: with scripts in words.
        script_sig: with the scripts of inputs.
        spent: with what spends the outputs.
    """
    one = entry.transaction
    paid = sum(output.value for output in one.outputs)
    shown: dict[str, t.Any] = {
        "txid": one.txid,
        "version": one.version,
        "locktime": one.locktime,
        "vin": [_input(given, n, ledger, asm=asm, script_sig=script_sig) for n, given in enumerate(one.inputs)],
        "vout": [
            {**_output(output, n, asm=asm), **(_spent(one.txid, n, ledger) if spent else {})}
            for n, output in enumerate(one.outputs)
        ],
        "blockheight": entry.height,
        "confirmations": entry.confirmations,
        "time": entry.time,
        "valueOut": coins(paid),
        "size": len(one.raw),
    }
    if entry.block is not None:
        shown |= {"blockhash": entry.block.hash, "blocktime": entry.block.time}
    spends = [output for output in map(ledger.spent, one.inputs) if output is not None]
    if not spends:
        return {**shown, "isCoinBase": True}
    taken = sum(output.value for output in spends)
    return {**shown, "valueIn": coins(taken), "fees": coins(taken - paid)}


def unspent(received: Received, address: str) -> dict[str, t.Any]:
    """Return an output that nothing spends."""
    shown = {
        "address": address,
        "txid": received.entry.transaction.txid,
        "vout": received.index,
        "scriptPubKey": received.output.script.hex(),
        "amount": coins(received.output.value),
        "satoshis": received.output.value,
        "confirmations": received.entry.confirmations,
    }
    return shown if received.entry.block is None else {**shown, "height": received.entry.height}


def _size(one: Block, ledger: Ledger) -> int:
    return len(raw_block(one, ledger.of_block(one)[0].transaction))


def _input(one: Input, n: int, ledger: Ledger, *, asm: bool, script_sig: bool) -> dict[str, t.Any]:
    spent = ledger.spent(one)
    if spent is None:
        return {"coinbase": one.script.hex(), "sequence": one.sequence, "n": n}
    script = {"hex": one.script.hex(), **({"asm": assembly(one.script)} if asm else {})}
    return {
        "txid": one.txid,
        "vout": one.output,
        "sequence": one.sequence,
        "n": n,
        **({"scriptSig": script} if script_sig else {}),
        "addr": kind_and_address(spent.script)[1],
        "valueSat": spent.value,
        "value": coins(spent.value),
        "doubleSpentTxID": None,
    }


def _output(output: Output, n: int, *, asm: bool) -> dict[str, t.Any]:
    kind, address = kind_and_address(output.script)
    return {
        "value": f"{output.value // COIN}.{output.value % COIN:08d}",
        "n": n,
        "scriptPubKey": {
            "hex": output.script.hex(),
            **({"asm": assembly(output.script)} if asm else {}),
            "addresses": None if address is None else [address],
            "type": kind,
        },
    }


def _spent(txid: str, n: int, ledger: Ledger) -> dict[str, t.Any]:
    spend = ledger.spend(txid, n)
    if spend is None:
        return {"spentTxId": None, "spentIndex": None, "spentHeight": None}
    return {
        "spentTxId": spend.entry.transaction.txid,
        "spentIndex": spend.index,
        "spentHeight": spend.entry.height,
    }
