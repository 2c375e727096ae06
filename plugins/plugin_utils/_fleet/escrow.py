# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records in escrow on the coordination server, encrypted with the play's vault secret."""

from __future__ import annotations

import contextlib
import json
import time
import typing as t
from collections.abc import Mapping

from ...module_utils._errors import InputError
from .._creation.escrow import Escrowed
from .._vault.secrets import Vault
from .ledger import ESCROW, Ledger, digest

#: No time and no fence comes near to it (the year 5138).
_FUTURE = 1e11


class ServerEscrow:
    """The escrow of one vault file (see ``Escrow``).

    Each entry has the id in its name, so that nobody who has lost the lock overwrites what another one put there.

    Args:
        ledger: the account's entries.
        scope: the vault file's scope.
        variable: the variable that holds the records, with the kind of what they are about.
        vault: encrypts and decrypts the records.
    """

    def __init__(self, ledger: Ledger, scope: str, variable: str, vault: Vault) -> None:
        self._ledger = ledger
        self._scope = digest(scope)
        self._scope_text = scope
        self._variable = variable
        self._vault = vault
        self._found: dict[str, t.Any] | None = None

    def deposit(self, name: str, resource_id: str, record: Mapping[str, t.Any]) -> None:
        """Keep the record that is to be stored for what was created, while the server takes it."""
        kept = {"name": name, "scope": self._scope_text, "record": record}
        sealed = self._vault.encrypt(json.dumps(kept, default=str))
        entry = {"id": resource_id, "at": time.time(), "fence": self._ledger.fence, "sealed": sealed}
        field = f"{self._start(name)}{resource_id}"
        with self._ledger.deeds.told():
            self._ledger.add(ESCROW, field, entry)
            self._ledger.deeds.escrowed(resource_id)
            self._entries()[field] = entry

    def escrowed(self, name: str) -> list[Escrowed]:
        """Return the records that are kept for a name, the latest first.

        Raises:
            InputError: one was encrypted with another vault password.
            CoordinationError: the server cannot be used.
        """
        start = self._start(name)
        entries = [(field, entry) for field, entry in self._entries().items() if field.startswith(start)]
        entries.sort(key=lambda found: order(found[1]), reverse=True)
        return [self._opened(name, *found) for found in entries]

    def is_escrowed(self, resource_id: str) -> bool:
        """Return whether the record of an id is kept for any name of this vault file."""
        return any(field.startswith(self._scope) for field in self._fields_of(resource_id))

    @contextlib.contextmanager
    def removal(self, resource_id: str, seconds: float) -> t.Iterator[None]:
        """Remove what has this id in the block, by a request of so many seconds, and forget its record.

        Raises:
            LostLockError: somebody else may have changed the account; this, too, once it is removed.
            CoordinationError: the server cannot be used. It is not removed.
        """
        with self._ledger.under_way(seconds):
            yield
            self._ledger.deeds.removed(resource_id)
        # An entry of what is gone is passed over by whoever finds it.
        with self._ledger.deeds.told():
            fields = self._fields_of(resource_id)
            if fields:
                self._ledger.write(ESCROW, dict.fromkeys(fields))
            for field in fields:
                del self._entries()[field]

    def _fields_of(self, resource_id: str) -> list[str]:
        return [field for field in self._entries() if field.endswith(f":{resource_id}")]

    def _start(self, name: str) -> str:
        return f"{self._scope}:{digest(self._variable, name)}:"

    def _entries(self) -> dict[str, t.Any]:
        # The lock is held, so nobody else changes them.
        if self._found is None:
            self._found = dict(self._ledger.entries(ESCROW))
        return self._found

    def _opened(self, name: str, field: str, entry: Mapping[str, t.Any]) -> Escrowed:
        where = f"The escrow of {name!r} ({entry.get('id')}) on the coordination server"
        try:
            text = self._vault.decrypt(str(entry["sealed"]), where=where)
            return Escrowed(str(entry["id"]), number(entry, "at"), dict(json.loads(text)["record"]))
        except (KeyError, ValueError, TypeError):
            raise InputError(
                f"{where} cannot be read: it is damaged, or another version of the collection made it. Use that "
                f"version, or remove the field {field} of {self._ledger.key(ESCROW)} there."
            ) from None


def order(entry: Mapping[str, t.Any]) -> tuple[float, float]:
    """Return what sorts entries, the earliest first."""
    return number(entry, "fence"), number(entry, "at")


def number(entry: Mapping[str, t.Any], field: str) -> float:
    """Return a number of an entry, 0 where it is none: whoever can write to the server chooses it."""
    value = entry.get(field)
    return float(value) if isinstance(value, (int, float)) and 0 <= value < _FUTURE else 0.0
