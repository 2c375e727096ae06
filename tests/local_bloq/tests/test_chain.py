# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The facts of the built-in chain prove themselves: each block's hash is the hash of its header."""

from __future__ import annotations

import hashlib
import struct

import pytest

from local_bloq.chain import BLOCKS, BY_HASH, Block

NO_HASH = "00" * 32


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: str(block.height))
def test_a_blocks_hash_is_the_hash_of_its_header(block: Block) -> None:
    header = (
        struct.pack("<i", block.version)
        + bytes.fromhex(block.previous_hash or NO_HASH)[::-1]
        + bytes.fromhex(block.merkle_root)[::-1]
        + struct.pack("<III", block.time, block.bits, block.nonce)
    )
    assert hashlib.sha256(hashlib.sha256(header).digest()).digest()[::-1].hex() == block.hash


def test_the_chain_is_linked_from_genesis_to_block_ten() -> None:
    assert [block.height for block in BLOCKS] == list(range(11))
    assert [block.next_hash for block in BLOCKS[:-1]] == [block.hash for block in BLOCKS[1:]]
    assert (BLOCKS[0].previous_hash, BLOCKS[-1].next_hash) == (None, None)
    assert (BLOCKS[0].confirmations, BLOCKS[-1].confirmations) == (11, 1)
    assert BY_HASH[BLOCKS[3].hash] is BLOCKS[3]
