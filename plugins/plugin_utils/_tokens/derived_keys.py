# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was slowly derived from a password, kept in memory for the other processes of a run.

Ansible forks a process for each host of each task. Memory that is mapped before that is theirs too, so one of them
derives and the others find it. None of it comes to a disk, and none of it says more than the password, which is in the
memory of all of them.
"""

from __future__ import annotations

import contextlib
import hashlib
import mmap
import os
from collections.abc import Callable

_PLACES = 32
_DIGEST = 32


class DerivedKeys:
    """A few derived keys, shared with every process that is forked from this one.

    Args:
        length: how many bytes a derived key has.
    """

    def __init__(self, length: int) -> None:
        self._length = length
        self._size = _DIGEST + length + _DIGEST
        self._salt = os.urandom(_DIGEST)
        self._memory: mmap.mmap | None = None
        # Where no memory can be shared, each process derives for itself.
        with contextlib.suppress(OSError, ValueError):
            self._memory = mmap.mmap(-1, _PLACES * self._size)

    def get_or_derive(self, parts: tuple[bytes, ...], derive: Callable[[], bytes]) -> bytes:
        """Return the key that is kept for something, or a new one, which is kept from then on.

        Args:
            parts: what it is derived from.
            derive: derives it.
        """
        if self._memory is None:
            return derive()
        digest = self._digest(*parts)
        begin = digest[0] % _PLACES * self._size
        kept = self._memory[begin : begin + self._size]
        key = kept[_DIGEST : _DIGEST + self._length]
        if kept[:_DIGEST] == digest and kept[_DIGEST + self._length :] == self._digest(digest, key):
            return key
        key = derive()
        # No lock: where two write at once, the check at the end fits neither, and the next one derives again.
        self._memory[begin : begin + self._size] = digest + key + self._digest(digest, key)
        return key

    def _digest(self, *parts: bytes) -> bytes:
        made = hashlib.blake2b(key=self._salt, digest_size=_DIGEST)
        for part in parts:
            made.update(b"%d:" % len(part) + part)
        return made.digest()
