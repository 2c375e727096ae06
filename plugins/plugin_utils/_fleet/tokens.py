# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sealed tokens on the coordination server, and the lease of whoever asks Bloq for the whole fleet."""

from __future__ import annotations

import contextlib
import time
import typing as t
from collections.abc import Callable

from ...module_utils._errors import CoordinationError
from ...module_utils._times import spread
from .lease import Lease
from .server import Server

_KINDS = ("token", "failure")
#: Seconds for which a failure is kept: longer than anybody waits for it.
_KEPT = 3600.0
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.02, 0.25


class SharedTokens:
    """The entries of all controllers (see ``TokenStore``).

    Args:
        server: the coordination server.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self._seen: dict[str, bytes | None] = {}
        self._ahead = 0.0

    @property
    def ahead(self) -> float:
        """By how many seconds this machine's clock is ahead of the server's, as the last ``read`` showed."""
        return self._ahead

    def complaint(self, error: Exception) -> str:
        """Return what a user should know when the server cannot be used."""
        return f"{error} Until that is mended, tokens are not shared with other controllers."

    def read(self, name: str) -> bytes | None:
        """Return what is kept under a name, or None."""

        def ask(client: t.Any) -> tuple[bytes | None, float]:
            with client.pipeline(transaction=False) as pipeline:
                data, (seconds, microseconds) = pipeline.get(_key(name)).time().execute()
            if not isinstance(data, (bytes, type(None))):
                raise TypeError("the answer is none to GET")
            return data, seconds + microseconds / 1e6

        data, now = self._server.ask(ask, _key(name))
        self._ahead = time.time() - now
        self._seen[name] = data
        return data

    def write(self, name: str, data: bytes, needed_until: float | None = None) -> None:
        """Keep ``data`` under a name, until it loses its use at ``needed_until`` by this machine's clock."""
        kept = _KEPT if needed_until is None else max(1.0, needed_until - time.time())
        self._server.ask(lambda client: client.set(_key(name), data, px=int(kept * 1000)))

    def remove(self, name: str) -> bool:
        """Remove what is kept under a name; return whether there was anything."""
        return bool(self._server.ask(lambda client: client.delete(_key(name))))

    @contextlib.contextmanager
    def locked(
        self, entry: str, *, timeout: float, notify: Callable[[str], object] = lambda text: None
    ) -> t.Iterator[None]:
        """Hold the lease to ask Bloq while the block runs, or begin it once somebody else's request has ended.

        Args:
            entry: the entry's name.
            timeout: how many seconds a holder may take.
            notify: is given, after some seconds, what is waited for.

        Raises:
            CoordinationError: the server cannot be used, or somebody took too long.
        """
        lease = Lease(self._server, [f"bloq:{{{entry}}}:lease"])
        if self._is_taken(lease, entry, timeout, notify):
            with lease.renewed():
                yield
        else:
            yield

    def sweep(self, now: float) -> None:
        """Do nothing: entries end by themselves."""

    def _is_taken(self, lease: Lease, entry: str, timeout: float, notify: Callable[[str], object]) -> bool:
        """Take the lease, or return False when what another holder came to is there."""
        began, pause, told = time.monotonic(), _SHORTEST_PAUSE, False
        while (holder := lease.take()) is not None:
            waited = time.monotonic() - began
            if waited >= timeout:
                raise CoordinationError(f"A token was waited for too long: {holder} asks for it.")
            if waited >= 5.0 and not told:
                notify(f"Waiting up to {timeout:g} s for a token that {holder} asks for.")
                told = True
            time.sleep(spread(pause, pause))
            pause = min(2 * pause, _LONGEST_PAUSE)
            if self._has_news(entry):
                return False
        return True

    def _has_news(self, entry: str) -> bool:
        names = [f"{entry}.{kind}" for kind in _KINDS]
        found = self._server.ask(lambda client: client.mget([_key(name) for name in names]))
        return any(data is not None and data != self._seen.get(name) for name, data in zip(names, found))


def _key(name: str) -> str:
    entry, _dot, kind = name.partition(".")
    return f"bloq:{{{entry}}}:{kind}"
