# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The built-in chain: the first blocks of Bitcoin, which Bitcoin Cash shares. Each proves itself by its hash."""

from __future__ import annotations

import dataclasses
import typing as t

# Hash, Merkle root, time and nonce, in order of height.
_FACTS: t.Final = (
    (
        "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f",
        "4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b",
        1231006505,
        2083236893,
    ),
    (
        "00000000839a8e6886ab5951d76f411475428afc90947ee320161bbf18eb6048",
        "0e3e2357e806b6cdb1f70b54c3a3a17b6714ee1f0e68bebb44a74b1efd512098",
        1231469665,
        2573394689,
    ),
    (
        "000000006a625f06636b8bb6ac7b960a8d03705d1ace08b1a19da3fdcc99ddbd",
        "9b0fc92260312ce44e74ef369f5c66bbb85848f2eddd5a7a1cde251e54ccfdd5",
        1231469744,
        1639830024,
    ),
    (
        "0000000082b5015589a3fdf2d4baff403e6f0be035a5d9742c1cae6295464449",
        "999e1c837c76a1b7fbb7e57baf87b309960f5ffefbf2a9b95dd890602272f644",
        1231470173,
        1844305925,
    ),
    (
        "000000004ebadb55ee9096c9a2f8880e09da59c0d68b1c228da88e48844a1485",
        "df2b060fa2e5e9c8ed5eaf6a45c13753ec8c63282b2688322eba40cd98ea067a",
        1231470988,
        2850094635,
    ),
    (
        "000000009b7262315dbf071787ad3656097b892abffd1f95a1a022f896f533fc",
        "63522845d294ee9b0188ae5cac91bf389a0c3723f084ca1025e7d9cdfe481ce1",
        1231471428,
        2011431709,
    ),
    (
        "000000003031a0e73735690c5a1ff2a4be82553b2a12b776fbd3a215dc8f778d",
        "20251a76e64e920e58291a30d4b212939aae976baca40e70818ceaa596fb9d37",
        1231471789,
        2538380312,
    ),
    (
        "0000000071966c2b1d065fd446b1e485b2c9d9594acd2007ccbd5441cfc89444",
        "8aa673bc752f2851fd645d6a0a92917e967083007d9c1684f9423b100540673f",
        1231472369,
        2258412857,
    ),
    (
        "00000000408c48f847aa786c2268fc3e6ec2af68e8468a34a28c61b7f1de0dc6",
        "a6f7f1c0dad0f2eb6b13c4f33de664b1b0e9f22efad5994a6d5b6086d85e85e3",
        1231472743,
        1716931356,
    ),
    (
        "000000008d9dc510f23c2657fc4f67bea30078cc05a90eb89e84cc475c080805",
        "0437cd7f8525ceed2324359c2d0ba26006d92d856a9c20fa0241106ee5a597c9",
        1231473279,
        1397702696,
    ),
    (
        "000000002c05cc2e78923c34df87fd108b22221ac6076c18f3ade378a4d915e9",
        "d3ad39fa52a89997ac7381c95eeffeaf40b66af7a57e9eba144be0a175a12b11",
        1231473952,
        1709518110,
    ),
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Block:
    """One block. Its only transaction is its coinbase, so the Merkle root is that transaction's id.

    Attributes:
        hash: 64 hexadecimal digits, as people write them: the last byte first.
        previous_hash: the hash of the block before, ``None`` for the genesis block.
        time: Unix time.
    """

    version: t.ClassVar[int] = 1
    bits: t.ClassVar[int] = 0x1D00FFFF
    difficulty: t.ClassVar[int] = 1

    height: int
    hash: str
    previous_hash: str | None
    merkle_root: str
    time: int
    nonce: int

    @property
    def txid(self) -> str:
        """The id of its only transaction."""
        return self.merkle_root

    @property
    def next_hash(self) -> str | None:
        """The hash of the block after it, ``None`` for the last block."""
        return BLOCKS[self.height + 1].hash if self.height + 1 < len(BLOCKS) else None

    @property
    def confirmations(self) -> int:
        """The blocks from this one to the last one."""
        return len(BLOCKS) - self.height


def _blocks() -> tuple[Block, ...]:
    previous = None
    blocks = []
    for height, (block_hash, merkle_root, time, nonce) in enumerate(_FACTS):
        blocks.append(
            Block(
                height=height,
                hash=block_hash,
                previous_hash=previous,
                merkle_root=merkle_root,
                time=time,
                nonce=nonce,
            )
        )
        previous = block_hash
    return tuple(blocks)


BLOCKS: t.Final = _blocks()
BY_HASH: t.Final = {block.hash: block for block in BLOCKS}
