# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The encryption of a cache entry, with a key and a name that only the credential's holder can derive."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import typing as t

from .derived_keys import DerivedKeys

_MAGIC = b"bloq\x01"  # the last byte is the version of the format
_NONCE = 12
_NAME = 16
_KEY = 32
# The cheapest that OWASP's cheat sheet on password storage allows, in the memory of 1.0.0: n, r, and p turns.
_SCRYPT = (2**14, 8)
_TURNS = 5
#: The turns of 1.0.0, whose tokens are still good when the collection is upgraded.
TURNS_OF_1_0_0 = 1
_PBKDF2_TURNS = 600_000
#: Made when this is imported, which for an action is before Ansible forks.
_derived_keys = DerivedKeys(_NAME + _KEY)


class CacheBox:
    """Seals and opens what is kept for one credential and one purpose of it.

    The name and the key are two parts of one derivation, so another credential or context is another entry
    with another key, and neither the name nor a copy of the files says anything without the credential.

    Attributes:
        name: the entry's file name without its ending, 32 hex digits.
    """

    __slots__ = ("_aead", "_context", "name")

    def __init__(self, credential: str, context: t.Sequence[str], *, strong: bool, turns: int = _TURNS) -> None:
        """Derive the name and the key.

        Args:
            credential: the secret that must be known to open the box.
            context: what else distinguishes entries; not secret.
            strong: whether ``credential`` was made by a machine. A password is not: a slow derivation
                (scrypt, about 0.15 s and 16 MiB, once for a run) keeps it from being guessed from a copy of the files.
            turns: how slow that is.
        """
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        # JSON, because joined text would let ("a", "bc") and ("ab", "c") meet.
        self._context = json.dumps(list(context)).encode()
        # A password from YAML may hold a lone surrogate, which strict UTF-8 refuses.
        derived = _derive(credential.encode("utf-8", "surrogatepass"), self._context, 0 if strong else turns)
        self.name = derived[:_NAME].hex()
        self._aead = AESGCM(derived[_NAME:])

    def seal(self, content: t.Mapping[str, t.Any], purpose: str) -> bytes:
        """Return ``content`` encrypted, never twice the same bytes.

        Args:
            content: what ``json.dumps`` can write.
            purpose: what the content is; only ``open`` with the same purpose reads it.
        """
        nonce = os.urandom(_NONCE)
        return _MAGIC + nonce + self._aead.encrypt(nonce, json.dumps(content).encode(), self._bound(purpose))

    def open(self, sealed: bytes, purpose: str) -> dict[str, t.Any] | None:
        """Return what ``seal`` was given, or None for bytes that it did not make with this key and purpose."""
        from cryptography.exceptions import InvalidTag

        body = len(_MAGIC) + _NONCE
        if not sealed.startswith(_MAGIC):
            return None
        try:
            plain = self._aead.decrypt(sealed[len(_MAGIC) : body], sealed[body:], self._bound(purpose))
        except (InvalidTag, ValueError):  # ValueError: a nonce cut short
            return None
        content: dict[str, t.Any] = json.loads(plain)
        return content

    def _bound(self, purpose: str) -> bytes:
        # JSON escapes control characters, so the NUL ends the purpose and nothing else.
        return _MAGIC + json.dumps(purpose).encode() + b"\0" + self._context


def load() -> None:
    """Load what a box is made with: done before Ansible forks, it need not be done for each host (2 ms)."""
    # Where the library is missing, whoever needs a box gets an error.
    with contextlib.suppress(ImportError):
        CacheBox("no credential, only imports", ("as long as real ones",), strong=True)


# A template's lookups run in one process and would pay each time, which is little, but more than for all else.
@functools.lru_cache(maxsize=16)
def _derive(credential: bytes, context: bytes, turns: int) -> bytes:
    if not turns:
        return _expand(credential, context)
    return _derived_keys.get_or_derive((credential, context, b"%d" % turns), lambda: _slow(credential, context, turns))


def _slow(credential: bytes, context: bytes, turns: int) -> bytes:
    from cryptography.exceptions import InternalError, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    n, r = _SCRYPT
    try:
        return Scrypt(salt=_MAGIC + context, length=_NAME + _KEY, n=n, r=r, p=turns).derive(credential)
    # OpenSSL in FIPS mode has no scrypt; which error comes of that, MemoryError included, hangs on versions.
    except (UnsupportedAlgorithm, InternalError, ValueError, MemoryError):
        return _expand(_pbkdf2(credential, context), context)


def _pbkdf2(credential: bytes, context: bytes) -> bytes:
    # FIPS mode refuses short passwords and salts, hence the hashes. More than one hash long, the result would take a
    # user longer, but not who guesses: the name alone shows whether a guess is right.
    hashed, salt = (hashlib.sha256(part).digest() for part in (credential, _MAGIC + context))
    return hashlib.pbkdf2_hmac("sha256", hashed, salt, _PBKDF2_TURNS)


def _expand(secret: bytes, context: bytes) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(algorithm=SHA256(), length=_NAME + _KEY, salt=context, info=_MAGIC).derive(secret)
