# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Under what a task changes or sees an account: beside a vault file alone, or with a server of many controllers."""

from __future__ import annotations

import contextlib
import typing as t

from .intent import IntentFile


class Changes(t.Protocol):
    """Lets a task change an account while others may want to."""

    def intents(self, vault_path: str, url: str, account: str, *, limit: float = 60.0) -> IntentFile:
        """Return the intents of the account for a vault file; see ``IntentFile``."""

    def removal(self, resource_id: str) -> t.ContextManager[None]:
        """Remove what has this id in the block."""

    def change(self, resource_id: str) -> t.ContextManager[None]:
        """Change what has this id in the block, by one request."""


class LocalChanges:
    """Nobody else changes what the vault file's lock is for."""

    def intents(self, vault_path: str, url: str, account: str, *, limit: float = 60.0) -> IntentFile:
        """Return the intents beside the vault file."""
        return IntentFile(vault_path, url, account, limit=limit)

    @contextlib.contextmanager
    def removal(self, resource_id: str) -> t.Iterator[None]:
        """Remove what has this id in the block."""
        yield

    @contextlib.contextmanager
    def change(self, resource_id: str) -> t.Iterator[None]:
        """Change what has this id in the block, by one request."""
        yield


class View(t.Protocol):
    """Shows a task that only looks what is known of an account besides the service's list."""

    def intents(self, vault_path: str, url: str, account: str, variable: str) -> IntentFile:
        """Return the intents of the account for a vault file and its variable; see ``IntentFile``."""

    def report(self, id_field: str) -> dict[str, t.Any] | None:
        """Return who holds the account's lock and what is in escrow, ids as ``id_field``; None without a server."""


class LocalView:
    """There is no more than what is beside the vault file."""

    def intents(self, vault_path: str, url: str, account: str, variable: str) -> IntentFile:
        """Return the intents beside the vault file."""
        return IntentFile(vault_path, url, account)

    def report(self, id_field: str) -> dict[str, t.Any] | None:
        """Return None."""
        return None
