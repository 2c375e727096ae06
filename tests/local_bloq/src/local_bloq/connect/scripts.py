# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scripts and addresses."""

from __future__ import annotations

import typing as t

from local_bloq.connect.coinbases import ADDRESSES
from local_bloq.connect.wire import double_sha256

_ALPHABET: t.Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_MAX_ADDRESS_LENGTH: t.Final = 35
_TO_PUBLIC_KEY_HASH: t.Final = 0
_TO_SCRIPT_HASH: t.Final = 5

_NAMES: t.Final = {
    0x00: "0",
    0x4F: "-1",
    **{0x50 + number: str(number) for number in range(1, 17)},
    0x6A: "OP_RETURN",
    0x76: "OP_DUP",
    0x87: "OP_EQUAL",
    0x88: "OP_EQUALVERIFY",
    0xA9: "OP_HASH160",
    0xAC: "OP_CHECKSIG",
    0xAE: "OP_CHECKMULTISIG",
}
_PUSHES: t.Final = {0x4C: 1, 0x4D: 2, 0x4E: 4}


def is_address(text: str) -> bool:
    """Say whether the text is an address in the old form, of a public key or of a script."""
    if not 1 <= len(text) <= _MAX_ADDRESS_LENGTH or any(letter not in _ALPHABET for letter in text):
        return False
    number = 0
    for letter in text:
        number = number * 58 + _ALPHABET.index(letter)
    if number >= 1 << 25 * 8:
        return False
    payload = number.to_bytes(25, "big")
    return payload[0] in (_TO_PUBLIC_KEY_HASH, _TO_SCRIPT_HASH) and _encode(payload[:21]) == text


def kind_and_address(script: bytes) -> tuple[str, str | None]:
    """Return the kind of an output's script, in the words of Bitcoin's nodes, and whom it pays if that is known."""
    if len(script) == 25 and script[:3] == b"\x76\xa9\x14" and script[23:] == b"\x88\xac":
        return "pubkeyhash", _encode(bytes([_TO_PUBLIC_KEY_HASH]) + script[3:23])
    if len(script) == 23 and script[:2] == b"\xa9\x14" and script[22:] == b"\x87":
        return "scripthash", _encode(bytes([_TO_SCRIPT_HASH]) + script[2:22])
    if len(script) in (35, 67) and script[0] == len(script) - 2 and script[-1:] == b"\xac":
        return "pubkey", ADDRESSES.get(script[1:-1])
    if script[:1] == b"\x6a":
        return "nulldata", None
    return "nonstandard", None


def assembly(script: bytes) -> str:
    """Return the script in words."""
    words, at = [], 0
    while at < len(script):
        code = script[at]
        at += 1
        if not 1 <= code <= 0x4E:
            words.append(_NAMES.get(code, "OP_UNKNOWN"))
            continue
        length = code
        if code in _PUSHES:
            length = int.from_bytes(script[at : at + _PUSHES[code]], "little")
            at += _PUSHES[code]
        if at + length > len(script):
            words.append("[error]")
            break
        words.append(script[at : at + length].hex())
        at += length
    return " ".join(words)


def _encode(payload: bytes) -> str:
    data = payload + double_sha256(payload)[:4]
    number = int.from_bytes(data, "big")
    text = ""
    while number:
        number, rest = divmod(number, 58)
        text = _ALPHABET[rest] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text
