# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person wants to know of an account on the coordination server: who holds its lock, and what is in escrow."""

from __future__ import annotations

import contextlib
import json
import typing as t
from collections.abc import Callable, Mapping

from ...module_utils._errors import BloqError, InputError
from ...module_utils._times import iso
from .._creation.intent import IntentFile
from .._vault.secrets import Vault
from .changes import account_on, server_of
from .escrow import ServerEscrow, number, order
from .ledger import ESCROW, Ledger
from .notes import FleetIntents
from .scope import scope_of


class FleetView:
    """What the server has of an account, read without its lock (see ``View``).

    Args:
        options: the options that name the server and the scope.
        service: the URL of the service.
        login: how the account logs in, empty when all accounts of the service are one here.
        account: asks the service what tells the account from others, however it logs in.
        vault: decrypts what is in escrow, for its name; what another play's vault encrypted has none.

    Raises:
        InputError: the server's URL cannot be used.
        CoordinationError: the server cannot be used; this, and what the methods raise.
    """

    def __init__(
        self, options: Mapping[str, t.Any], service: str, login: str, account: Callable[[], str], vault: Vault
    ) -> None:
        self._options = options
        self._vault = vault
        server = server_of(options)
        self._ledger = Ledger(server, service, account_on(server, service, login, account))

    def intents(self, vault_path: str, url: str, account: str, variable: str) -> IntentFile:
        """Return the intents for a vault file, those beside it alone when it has no scope."""
        try:
            scope = scope_of(vault_path, self._options["coordination_scope"])
        except InputError:
            return IntentFile(vault_path, url, account)
        escrow = ServerEscrow(self._ledger, scope, f"{url} {variable}", self._vault)
        return FleetIntents(vault_path, url, account, limit=0.0, ledger=self._ledger, scope=scope, escrow=escrow)

    def report(self, id_field: str) -> dict[str, t.Any]:
        """Return the lock's holder, None when nobody holds it, and what is in escrow, the latest last."""
        holder = self._ledger.holder()
        entries = sorted(self._ledger.entries(ESCROW).values(), key=order)
        return {
            "lock": None if holder is None else holder._asdict(),
            "escrow": [
                {id_field: str(entry.get("id")), **self._opened(entry), "since": iso(number(entry, "at"))}
                for entry in entries
            ],
        }

    @property
    def concern(self) -> str | None:
        """What the user should know of what the server has and nobody can read, None when there is no such thing."""
        return self._ledger.concern

    def _opened(self, entry: Mapping[str, t.Any]) -> dict[str, str | None]:
        """Return the name and the scope that an entry is kept for, as far as the play's vault opens it."""
        with contextlib.suppress(BloqError, ValueError, TypeError, KeyError):
            kept = json.loads(self._vault.decrypt(str(entry["sealed"]), where="The escrow"))
            # Earlier ones have no scope.
            return {field: str(kept[field]) if kept.get(field) else None for field in ("name", "scope")}
        return {"name": None, "scope": None}
