# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Transactions and blocks as bytes, in Bitcoin's own form from before segregated witness."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import struct
import typing as t

from local_bloq.chain import Block

HEADER_BYTES: t.Final = 80
_MAX_MONEY: t.Final = 21_000_000 * 100_000_000


class WireError(ValueError):
    """The bytes are not a transaction."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Input:
    """What a transaction spends.

    Attributes:
        txid: the transaction whose output it spends.
        output: which of its outputs, from 0.
    """

    txid: str
    output: int
    script: bytes
    sequence: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class Output:
    """What a transaction pays. The value is in satoshis."""

    value: int
    script: bytes


@dataclasses.dataclass(frozen=True, kw_only=True)
class Transaction:
    """One transaction."""

    version: int
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    locktime: int

    @functools.cached_property
    def raw(self) -> bytes:
        """Its bytes."""
        parts = [struct.pack("<i", self.version), _count(len(self.inputs))]
        for one in self.inputs:
            parts += [bytes.fromhex(one.txid)[::-1], struct.pack("<I", one.output), _count(len(one.script))]
            parts += [one.script, struct.pack("<I", one.sequence)]
        parts.append(_count(len(self.outputs)))
        for other in self.outputs:
            parts += [struct.pack("<q", other.value), _count(len(other.script)), other.script]
        return b"".join([*parts, struct.pack("<I", self.locktime)])

    @functools.cached_property
    def txid(self) -> str:
        """Its id: 64 hexadecimal digits, as people write them."""
        return double_sha256(self.raw)[::-1].hex()


def read_transaction(raw: bytes) -> Transaction:
    """Return the transaction in the bytes.

    Raises:
        WireError: they are not exactly one transaction.
    """
    reader = _Reader(raw)
    version = reader.number("<i")
    inputs = tuple(
        Input(
            txid=reader.take(32)[::-1].hex(),
            output=reader.number("<I"),
            script=reader.take(reader.count()),
            sequence=reader.number("<I"),
        )
        for _turn in range(reader.count())
    )
    outputs = tuple(
        Output(value=reader.number("<q"), script=reader.take(reader.count())) for _turn in range(reader.count())
    )
    transaction = Transaction(version=version, inputs=inputs, outputs=outputs, locktime=reader.number("<I"))
    if not inputs or not outputs or transaction.raw != raw:
        raise WireError
    if any(not 0 <= output.value <= _MAX_MONEY for output in outputs):
        raise WireError
    return transaction


def raw_block(block: Block, transaction: Transaction) -> bytes:
    """Return the bytes of a block with a single transaction."""
    previous = bytes(32) if block.previous_hash is None else bytes.fromhex(block.previous_hash)[::-1]
    numbers = struct.pack("<III", block.time, block.bits, block.nonce)
    header = struct.pack("<i", block.version) + previous + bytes.fromhex(block.merkle_root)[::-1] + numbers
    return header + _count(1) + transaction.raw


def double_sha256(data: bytes) -> bytes:
    """Return the hash that Bitcoin uses for ids and checksums."""
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, length: int) -> bytes:
        if length > len(self._data) - self._at:
            raise WireError
        self._at += length
        return self._data[self._at - length : self._at]

    def number(self, form: str) -> int:
        return int(struct.unpack(form, self.take(struct.calcsize(form)))[0])

    def count(self) -> int:
        first = self.take(1)[0]
        forms = {0xFD: "<H", 0xFE: "<I", 0xFF: "<Q"}
        return self.number(forms[first]) if first in forms else first


def _count(number: int) -> bytes:
    if number < 0xFD:
        return bytes([number])
    return b"\xfd" + struct.pack("<H", number) if number <= 0xFFFF else b"\xfe" + struct.pack("<I", number)
