# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clones of a repository on machines that share a coordination server."""

from __future__ import annotations

import contextlib
import typing as t
from collections.abc import Callable, Iterator
from pathlib import Path

from ansible_collections.bloq.cloud.plugins.plugin_utils._creation.changes import Changes
from ansible_collections.bloq.cloud.plugins.plugin_utils._fleet.changes import FleetChanges, Task, changes
from ansible_collections.bloq.cloud.plugins.plugin_utils._fleet.notes import FleetIntents
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault.secrets import Vault
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._vault.vars_files import VAULT

URL = "https://accounts.example.com"
#: Seconds that a request of these tasks takes at most.
LIMIT = 5.0


class Clone:
    """A clone, with its machine's receipts, and what its tasks say.

    Args:
        folder: where it is; made here.
        url: the server.
    """

    def __init__(self, folder: Path, url: str) -> None:
        folder.mkdir()
        self.folder = folder
        self.path = str(folder / "keys.yml")
        self.warnings: list[str] = []
        self.told: list[str] = []
        self.options = {
            "coordination_url": url,
            "coordination_scope": "team",
            "coordination_required": True,
            "lock_timeout": 0,
            "ca_path": None,
            "validate_certs": True,
        }

    def changes(
        self,
        login: str = "me",
        account: Callable[[], str] | None = None,
        *,
        check_mode: bool = False,
        has_file: bool = True,
        play: str = "",
        vault: Vault = VAULT,
        **options: t.Any,
    ) -> contextlib.AbstractContextManager[Changes]:
        """Return the block in which a task runs."""
        task = Task(
            {**self.options, **options},
            URL,
            self.path if has_file else None,
            "keys",
            vault,
            LIMIT,
            check_mode,
            play,
            self.warnings.append,
            self.told.append,
        )
        return changes(task, login, account or (lambda: f"account of {login}"))

    @contextlib.contextmanager
    def intents(self, login: str = "me", *, account: str | None = None, **settings: t.Any) -> Iterator[FleetIntents]:
        """Run a task in this block, and take what it notes of an account: ``login``, unless another name is given."""
        with contextlib.ExitStack() as task:
            found = task.enter_context(self.changes(login, **settings))
            assert isinstance(found, FleetChanges)
            intents = found.intents(self.path, URL, login if account is None else account, limit=LIMIT)
            intents.receipts.folder = str(self.folder / "receipts")
            yield intents

    def make(self, client_id: str, name: str = "ci", **settings: t.Any) -> None:
        """Make a key, and store its record in this clone alone."""
        with self.intents(**settings) as intents:
            intents.declare(set(), 0.0)
            intents.escrow.deposit(name, client_id, {"client_id": client_id, "client_secret": "the-secret"})
            intents.note(client_id)
            intents.receipts.add(client_id, self.path)
            intents.withdraw()
