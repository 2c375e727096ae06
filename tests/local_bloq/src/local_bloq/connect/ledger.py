# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The transactions of a chain: those in its blocks, and those that were sent and wait for a block."""

from __future__ import annotations

import dataclasses
import typing as t

from local_bloq.chain import BLOCKS, Block
from local_bloq.connect.coinbases import coinbase
from local_bloq.connect.scripts import kind_and_address
from local_bloq.connect.wire import Input, Output, Transaction

_MOST_WAITING: t.Final = 100


class SendError(Exception):
    """A transaction is refused; the code says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclasses.dataclass(frozen=True, kw_only=True)
class Entry:
    """One transaction in its place.

    Attributes:
        block: ``None`` while it waits for one.
        time: Unix time of the block, or of when it was sent.
    """

    transaction: Transaction
    block: Block | None
    time: int

    @property
    def height(self) -> int:
        """The block's height, -1 while it waits for one."""
        return -1 if self.block is None else self.block.height

    @property
    def confirmations(self) -> int:
        """The blocks from its own to the last one."""
        return 0 if self.block is None else self.block.confirmations


@dataclasses.dataclass(frozen=True, kw_only=True)
class Spend:
    """Which input of which transaction spends an output."""

    entry: Entry
    index: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class Received:
    """An output that pays an address.

    Attributes:
        spend: what spends it, if anything does.
    """

    entry: Entry
    index: int
    output: Output
    spend: Spend | None


class Ledger:
    """One chain's transactions. No block is ever added, so what is sent waits as long as the process lives."""

    def __init__(self, clock: t.Callable[[], float]) -> None:
        self._clock = clock
        self._entries: dict[str, Entry] = {}
        self._spends: dict[tuple[str, int], Spend] = {}
        for block in BLOCKS:
            self._add(Entry(transaction=coinbase(block), block=block, time=block.time))

    def find(self, txid: str) -> Entry | None:
        """Return the transaction with this id."""
        return self._entries.get(txid)

    def of_block(self, block: Block) -> list[Entry]:
        """Return a block's transactions."""
        return [self._entries[block.txid]]

    def spend(self, txid: str, output: int) -> Spend | None:
        """Return what spends an output."""
        return self._spends.get((txid, output))

    def spent(self, one: Input) -> Output | None:
        """Return the output that an input spends, ``None`` for the input of a coinbase."""
        entry = self._entries.get(one.txid)
        if entry is None or one.output >= len(entry.transaction.outputs):
            return None
        return entry.transaction.outputs[one.output]

    def received(self, address: str) -> list[Received]:
        """Return the outputs that pay an address, the newest first."""
        found = [
            Received(
                entry=entry,
                index=index,
                output=output,
                spend=self.spend(entry.transaction.txid, index),
            )
            for entry in self._entries.values()
            for index, output in enumerate(entry.transaction.outputs)
            if kind_and_address(output.script)[1] == address
        ]
        return found[::-1]

    def of_addresses(self, addresses: t.Collection[str]) -> list[Entry]:
        """Return the transactions that pay or spend from one of the addresses, the newest first."""
        found = [
            entry for entry in self._entries.values() if not self._addresses(entry.transaction).isdisjoint(addresses)
        ]
        return found[::-1]

    def send(self, transaction: Transaction) -> None:
        """Let a transaction wait for a block; one that is known is known already. Signatures are not checked.

        Raises:
            SendError: it spends what is not there or is spent, or more than that.
        """
        if transaction.txid in self._entries:
            return
        places = [(one.txid, one.output) for one in transaction.inputs]
        outputs = [self.spent(one) for one in transaction.inputs]
        if len(set(places)) < len(places) or None in outputs:
            raise SendError("MissingInputs")
        if any(place in self._spends for place in places):
            raise SendError("DoubleSpend")
        if sum(one.value for one in outputs if one) < sum(one.value for one in transaction.outputs):
            raise SendError("SpendsTooMuch")
        if len(self._entries) - len(BLOCKS) >= _MOST_WAITING:
            raise SendError("TooManyTransactions")
        self._add(Entry(transaction=transaction, block=None, time=int(self._clock())))

    def _add(self, entry: Entry) -> None:
        self._entries[entry.transaction.txid] = entry
        for index, one in enumerate(entry.transaction.inputs):
            if self.spent(one) is not None:
                self._spends[one.txid, one.output] = Spend(entry=entry, index=index)

    def _addresses(self, transaction: Transaction) -> set[str]:
        outputs = [*transaction.outputs, *filter(None, map(self.spent, transaction.inputs))]
        return set(filter(None, (kind_and_address(output.script)[1] for output in outputs)))
