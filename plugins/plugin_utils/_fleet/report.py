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
from .escrow import ServerEscrow
from .ledger import ESCROW, Ledger
from .notes import FleetIntents
from .scope import scope_of


def ledger_of(options: Mapping[str, t.Any], service: str, login: str, account: Callable[[], str]) -> Ledger:
    """Return what the server has of an account, to be read without its lock.

    Args:
        options: the options that name the server.
        service: the URL of the service.
        login: how the account logs in.
        account: asks the service what tells the account from others, however it logs in.

    Raises:
        CoordinationError: the server cannot be used.
    """
    server = server_of(options)
    return Ledger(server, service, account_on(server, service, login, account))


def intents_of(
    ledger: Ledger, options: Mapping[str, t.Any], vault_path: str, account: str, vault: Vault
) -> IntentFile | None:
    """Return the intents of client keys for a vault file, to be read, or None for one that has no scope."""
    try:
        scope = scope_of(vault_path, options["coordination_scope"])
    except InputError:
        return None
    escrow = ServerEscrow(ledger, scope, f"{ledger.service} {options['variable']}", vault)
    return FleetIntents(vault_path, ledger.service, account, limit=0.0, ledger=ledger, scope=scope, escrow=escrow)


def coordination_report(ledger: Ledger, vault: Vault) -> dict[str, t.Any]:
    """Return the lock's holder, None when nobody holds it, and the client keys in escrow, the latest last.

    Args:
        ledger: what the server has of the account.
        vault: decrypts what is in escrow, for its name; another play's has none.

    Raises:
        CoordinationError: the server cannot be used.
    """
    holder = ledger.holder()
    entries = [entry for entry in ledger.entries(ESCROW).values() if isinstance(entry, Mapping)]
    entries.sort(key=lambda entry: entry.get("fence", 0))
    return {
        "lock": None if holder is None else holder._asdict(),
        "escrow": [
            {"client_id": entry.get("id"), "name": _name(entry, vault), "since": iso(float(entry.get("at", 0)))}
            for entry in entries
        ],
    }


def _name(entry: Mapping[str, t.Any], vault: Vault) -> str | None:
    with contextlib.suppress(BloqError, KeyError, ValueError, TypeError):
        return str(json.loads(vault.decrypt(str(entry["sealed"]), where="The escrow"))["name"])
    return None
