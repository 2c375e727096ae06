# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The first transactions: how each block of the built-in chain paid its miner. Each proves itself by its id."""

from __future__ import annotations

import typing as t

from local_bloq.chain import Block
from local_bloq.connect.wire import Input, Output, Transaction

REWARD: t.Final = 50 * 100_000_000

_NO_TXID: t.Final = "00" * 32
_NO_OUTPUT: t.Final = 0xFFFFFFFF
_BITS: t.Final = bytes.fromhex("04ffff001d")
_HEADLINE: t.Final = b"The Times 03/Jan/2009 Chancellor on brink of second bailout for banks"
_GENESIS_SCRIPT: t.Final = _BITS + bytes.fromhex("010445") + _HEADLINE

# The miner's address, extra nonce and public key, in order of height.
_FACTS: t.Final = (
    (
        "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
        0x04,
        "04678afdb0fe5548271967f1a67130b7105cd6a828e03909a67962e0ea1f61deb6"
        "49f6bc3f4cef38c4f35504e51ec112de5c384df7ba0b8d578a4c702b6bf11d5f",
    ),
    (
        "12c6DSiU4Rq3P4ZxziKxzrL5LmMBrzjrJX",
        0x04,
        "0496b538e853519c726a2c91e61ec11600ae1390813a627c66fb8be7947be63c52"
        "da7589379515d4e0a604f8141781e62294721166bf621e73a82cbf2342c858ee",
    ),
    (
        "1HLoD9E4SDFFPDiYfNYnkBLQ85Y51J3Zb1",
        0x0B,
        "047211a824f55b505228e4c3d5194c1fcfaa15a456abdf37f9b9d97a4040afc073"
        "dee6c89064984f03385237d92167c13e236446b417ab79a0fcae412ae3316b77",
    ),
    (
        "1FvzCLoTPGANNjWoUo6jUGuAG3wg1w4YjR",
        0x0E,
        "0494b9d3e76c5b1629ecf97fff95d7a4bbdac87cc26099ada28066c6ff1eb91912"
        "23cd897194a08d0c2726c5747f1db49e8cf90e75dc3e3550ae9b30086f3cd5aa",
    ),
    (
        "15ubicBBWFnvoZLT7GiU2qxjRaKJPdkDMG",
        0x1A,
        "04184f32b212815c6e522e66686324030ff7e5bf08efb21f8b00614fb7690e1913"
        "1dd31304c54f37baa40db231c918106bb9fd43373e37ae31a0befc6ecaefb867",
    ),
    (
        "1JfbZRwdDHKZmuiZgYArJZhcuuzuw2HuMu",
        0x20,
        "0456579536d150fbce94ee62b47db2ca43af0a730a0467ba55c79e2a7ec9ce4ad2"
        "97e35cdbb8e42a4643a60eef7c9abee2f5822f86b1da242d9c2301c431facfd8",
    ),
    (
        "1GkQmKAmHtNfnD3LHhTkewJxKHVSta4m2a",
        0x23,
        "0408ce279174b34c077c7b2043e3f3d45a588b85ef4ca466740f848ead7fb498f0"
        "a795c982552fdfa41616a7c0333a269d62108588e260fd5a48ac8e4dbf49e2bc",
    ),
    (
        "16LoW7y83wtawMg5XmT4M3Q7EdjjUmenjM",
        0x2B,
        "04a59e64c774923d003fae7491b2a7f75d6b7aa3f35606a8ff1cf06cd3317d16a4"
        "1aa16928b1df1f631f31f28c7da35d4edad3603adb2338c4d4dd268f31530555",
    ),
    (
        "1J6PYEzr4CUoGbnXrELyHszoTSz3wCsCaj",
        0x2C,
        "04cc8d85f5e7933cb18f13b97d165e1189c1fb3e9c98b0dd5446b2a1989883ff9e"
        "740a8a75da99cc59a21016caf7a7afd3e4e9e7952983e18d1ff70529d62e0ba1",
    ),
    (
        "12cbQLTFMXRnSzktFkuoG3eHoMeFtpTu3S",
        0x34,
        "0411db93e1dcdb8a016b49840f8c53bc1eb68a382e97b1482ecad7b148a6909a5c"
        "b2e0eaddfb84ccf9744464f82e160bfa9b8b64f9d4c03f999b8643f656b412a3",
    ),
    (
        "15yN7NPEpu82sHhB6TzCW5z5aXoamiKeGy",
        0x36,
        "04fcc2888ca91cf0103d8c5797c256bf976e81f280205d002d85b9b622ed1a6f82"
        "0866c7b5fe12285cfa78c035355d752fc94a398b67597dc4fbb5b386816425dd",
    ),
)

# Of a public key; the last is whom the first payment of all went to, in block 170.
ADDRESSES: t.Final[dict[bytes, str]] = {
    **{bytes.fromhex(public_key): address for address, _extra_nonce, public_key in _FACTS},
    bytes.fromhex(
        "04ae1a62fe09c5f51b13905f07f06b99a2f7159b2225f374cd378d71302fa28414"
        "e7aab37397f554a7df5f142c21c1b7303b8a0626f1baded5c72a704f7e6cd84c"
    ): "1Q2TWHE3GMdB6BZKafqwxXtWAWgFt5Jvm3",
}


def coinbase(block: Block) -> Transaction:
    """Return the only transaction of a block."""
    _address, extra_nonce, public_key = _FACTS[block.height]
    script = _BITS + bytes([1, extra_nonce]) if block.height else _GENESIS_SCRIPT
    paid_to = bytes([65]) + bytes.fromhex(public_key) + b"\xac"
    return Transaction(
        version=1,
        inputs=(Input(txid=_NO_TXID, output=_NO_OUTPUT, script=script, sequence=0xFFFFFFFF),),
        outputs=(Output(value=REWARD, script=paid_to),),
        locktime=0,
    )
