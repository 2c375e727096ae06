# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Passwords, hashed with argon2id away from the event loop."""

from __future__ import annotations

import asyncio
import concurrent.futures

import argon2

MAX_LENGTH = 1024

# The least that OWASP's cheat sheet on password storage allows for argon2id: tests log in often, and 64 MiB for each
# makes them wait.
_MEMORY_KIB = 19 * 1024
_ITERATIONS = 2
_LANES = 1


class Passwords:
    """Hashes and checks passwords, never more than two at a time, so that a flood of logins takes little memory."""

    def __init__(self) -> None:
        self._hasher = argon2.PasswordHasher(time_cost=_ITERATIONS, memory_cost=_MEMORY_KIB, parallelism=_LANES)
        self._threads = concurrent.futures.ThreadPoolExecutor(max_workers=2, thread_name_prefix="argon2")
        self._hash_of_nobody = self._threads.submit(self._hasher.hash, "nobody")

    async def hash(self, password: str) -> str:
        """Return the argon2id hash of a password."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._hasher.hash, password)

    async def matches(self, password_hash: str | None, password: str) -> bool:
        """Say whether the password is the right one.

        Args:
            password_hash: the account's hash, or ``None`` when there is no such account: that takes as long,
                so the time of a refusal does not tell who has an account.
        """
        loop = asyncio.get_running_loop()
        nobody = await asyncio.wrap_future(self._hash_of_nobody)
        expected = nobody if password_hash is None else password_hash
        right = await loop.run_in_executor(self._threads, self._verify, expected, password[:MAX_LENGTH])
        return right and password_hash is not None and len(password) <= MAX_LENGTH

    def _verify(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except argon2.exceptions.VerifyMismatchError:
            return False

    def close(self) -> None:
        """Stop the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)
