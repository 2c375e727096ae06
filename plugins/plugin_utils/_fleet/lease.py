# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lock on the coordination server that ends by itself some seconds after its holder has died."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import secrets
import threading
import time
import typing as t
from collections.abc import Callable, Mapping, Sequence

from ...module_utils._errors import CoordinationError
from ...module_utils._times import iso, spread
from .problems import not_ours
from .server import Server

#: Seconds that a lease has left when nobody renews it any more.
LEASE = 15.0
_NOTIFIES_AFTER = 5.0
#: No time comes near to it (the year 5138).
_FUTURE = 1e11
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.02, 0.25


class LostLockError(CoordinationError):
    """Somebody else may hold the lock by now."""


class Holder(t.NamedTuple):
    """Who holds a lock.

    Attributes:
        host: the machine's name.
        process: the process's id there.
        play: the play's name, if it has one.
        since: since when (ISO 8601), by the server's clock.
    """

    host: str
    process: int
    play: str
    since: str

    def __str__(self) -> str:
        """Return it as a message names it."""
        play = f", play {self.play!r}" if self.play else ""
        return f"process {self.process} on {self.host}{play}, since {self.since}"


class Lease:
    """One lock, to be held by one at a time.

    Args:
        server: the coordination server.
        keys: the lock's key, and that of the counter of its fences, if it has one.
        play: the play's name, for those who wait.

    Attributes:
        fence: the number of this holding, higher than that of any before.
    """

    def __init__(self, server: Server, keys: Sequence[str], *, play: str = "") -> None:
        self._server = server
        self._keys = list(keys)
        self._token = secrets.token_hex(16)
        self._holder = json.dumps({"host": platform.node(), "process": os.getpid(), "play": play})
        self._lost = False
        self.fence = 0

    def take(self) -> Holder | None:
        """Take the lock, or return who holds it.

        Raises:
            CoordinationError: the server cannot be used.
        """
        arguments = (self._token, _milliseconds(LEASE), self._holder)
        is_taken, fence, holder, since, ends = self._server.run("take", self._keys, *arguments, read=_taken)
        if is_taken:
            self.fence = fence
            return None
        if not ends:
            # Nobody would ever get it.
            raise CoordinationError(f"The coordination server {self._server.where} {not_ours(self._keys[:1])}")
        return read_holder({"holder": holder, "since": since})

    def wait(self, what: str, *, timeout: float, notify: Callable[[str], object]) -> None:
        """Take the lock, and wait for other holders.

        Args:
            what: what is locked, as a message should name it.
            timeout: how many seconds to wait.
            notify: is given, after some seconds, what is waited for.

        Raises:
            CoordinationError: somebody held it for too long, or the server cannot be used.
        """
        began, pause, told = time.monotonic(), _SHORTEST_PAUSE, False
        while (holder := self.take()) is not None:
            waited = time.monotonic() - began
            if waited >= timeout:
                raise CoordinationError(
                    f"{what} is locked by {holder}, for longer than lock_timeout, {timeout:g} s. Let that end, or end "
                    "it, then run the play again."
                )
            if waited >= _NOTIFIES_AFTER and not told:
                notify(f"Waiting up to {timeout:g} s for {what[0].lower()}{what[1:]}, which is locked by {holder}.")
                told = True
            time.sleep(min(spread(pause, pause), timeout - waited))
            pause = min(2 * pause, _LONGEST_PAUSE)

    def hold(self, seconds: float = LEASE, *, shorten: bool = False) -> None:
        """Make sure that the lock is held, and stays so for some seconds, even if nobody renews it meanwhile.

        Raises:
            LostLockError: somebody else may hold it by now.
            CoordinationError: the server cannot be used.
        """
        if (
            self._lost
            or self._server.run("hold", self._keys[:1], self._token, _milliseconds(seconds), int(shorten)) == 0
        ):
            raise self.lost()

    def write(self, key: str, changes: Mapping[str, str], seconds: float = LEASE) -> None:
        """Change fields of a hash, an empty text removes one, in one step with ``hold``."""
        pairs = [part for pair in changes.items() for part in pair]
        if (
            self._lost
            or self._server.run("write", [self._keys[0], key], self._token, _milliseconds(seconds), *pairs) == 0
        ):
            raise self.lost()

    def lost(self) -> LostLockError:
        """Note that somebody else may hold the lock, and return the error that says so."""
        self._lost = True
        return LostLockError(
            f"The lock on the coordination server {self._server.where} was lost: this run was stopped for longer than "
            "the lock lasts, or the server lost it. Nothing more was changed. Run the play again."
        )

    @contextlib.contextmanager
    def renewed(self) -> t.Iterator[None]:
        """Renew the lock, which is held, while the block runs, and release it at the end."""
        is_over = threading.Event()
        keeper = threading.Thread(target=self._renew, args=(is_over,), daemon=True)
        keeper.start()
        try:
            yield
        finally:
            is_over.set()
            keeper.join()
            # It ends by itself.
            with contextlib.suppress(CoordinationError):
                self._server.run("release", self._keys[:1], self._token)

    def _renew(self, is_over: threading.Event) -> None:
        while not is_over.wait(LEASE / 3):
            try:
                self.hold()
            except CoordinationError:
                # Whoever needs the lock next finds out.
                return


def read_holder(found: Mapping[str, bytes | str | None]) -> Holder:
    """Return who holds a lock, as the server has it in a hash."""
    try:
        said = json.loads(found.get("holder") or "{}")
        since = iso(min(float(found.get("since") or 0), _FUTURE))
        return Holder(_shown(said["host"]), int(said["process"]), _shown(said["play"]), since)
    except (ValueError, KeyError, TypeError, ArithmeticError, RecursionError):
        return Holder("another machine", 0, "", iso(0))


def _taken(reply: t.Any) -> tuple[bool, int, t.Any, t.Any, bool]:
    return (True, int(reply[1]), None, None, True) if reply[0] == 1 else (False, 0, reply[1], reply[2], reply[3] >= 0)


def _shown(text: object) -> str:
    # Whoever can write to the server chooses it.
    return "".join(letter for letter in str(text)[:80] if letter.isprintable())


def _milliseconds(seconds: float) -> int:
    return int(seconds * 1000)
