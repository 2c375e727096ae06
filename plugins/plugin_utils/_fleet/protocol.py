# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a place must be able to do where tokens are shared: a folder of this controller, or a server of many."""

from __future__ import annotations

import typing as t
from collections.abc import Callable


class TokenStore(t.Protocol):
    """Where sealed tokens and failures are kept, each under a name, and where one at a time asks the service.

    Names are those of a folder's files: an entry's name and ``.token`` or ``.failure``. Whatever cannot be used raises
    ``FileError`` or ``CoordinationError``, and the token cache goes on without this store.
    """

    @property
    def ahead(self) -> float:
        """By how many seconds this machine's clock is ahead of the store's own, 0 where they are one clock."""

    def complaint(self, error: Exception) -> str:
        """Return what a user should know when the store cannot be used, for the reason that ``error`` says."""

    def read(self, name: str) -> bytes | None:
        """Return what is kept under a name, or None."""

    def write(self, name: str, data: bytes, needed_until: float | None = None) -> None:
        """Keep ``data`` under a name, until it loses its use at ``needed_until`` by this machine's clock."""

    def remove(self, name: str) -> bool:
        """Remove what is kept under a name; return whether there was anything."""

    def locked(
        self, entry: str, *, timeout: float, notify: Callable[[str], object] = lambda text: None
    ) -> t.ContextManager[None]:
        """Hold the entry's turn to ask the service while the block runs, or begin it when somebody else's has ended."""

    def sweep(self, now: float) -> None:
        """Remove what nobody needs any more."""
