# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controllers of a fleet that share a coordination server."""

from __future__ import annotations

import secrets
import shutil
import typing as t
from pathlib import Path

from harness.controller import Controller, Running
from harness.service import Account


class Fleet:
    """Controllers of one account, each with a home and a clone of its own, that share one server.

    Args:
        folder: where their homes are.
        account: whom their plays log in as.
        url: the server's URL.
    """

    def __init__(self, folder: Path, account: Account, url: str) -> None:
        self.folder = folder
        self.account = account
        self.environment = {"BLOQ_COORDINATION_URL": url, "BLOQ_COORDINATION_SCOPE": "team/production"}
        self._vault_password = secrets.token_urlsafe(18)
        self._committed: bytes | None = None

    def controller(self, name: str = "ci") -> Controller:
        """Return one more controller, with what has been committed in its clone."""
        home = self.folder / f"home-{secrets.token_hex(4)}"
        home.mkdir(parents=True)
        (home / "vault-password").write_text(self._vault_password, encoding="utf-8")
        controller = Controller(home, self.account, name)
        if self._committed is not None:
            controller.vault_file.write_bytes(self._committed)
        return controller

    def commit(self, controller: Controller) -> None:
        """Make a controller's vault file what the others find in their clones."""
        self._committed = controller.vault_file.read_bytes()

    def start(self, controller: Controller, **options: t.Any) -> Running:
        """Start a play of bloq_client_key with these options."""
        return controller.start(environment=self.environment, **options)

    def lose(self, controller: Controller) -> None:
        """Remove a container with everything in it."""
        shutil.rmtree(controller.home)
