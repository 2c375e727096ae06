# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task has done to an account, for the message when the coordination server is lost on the way."""

from __future__ import annotations

import contextlib
import typing as t

from ...module_utils._errors import CoordinationError
from .lease import LostLockError


class Deeds:
    """What one task has made, changed and removed.

    Attributes:
        missed: why the server could not be told of something, None when it was told of everything.
    """

    def __init__(self) -> None:
        self.missed: CoordinationError | None = None
        self._stored: dict[str, str | None] = {}
        self._escrowed: set[str] = set()
        self._changed: set[str] = set()
        self._removed: list[str] = []

    def made(self, resource_id: str) -> None:
        """Note that the reply has come which says that this was made."""
        self._stored.setdefault(resource_id, None)

    def escrowed(self, resource_id: str) -> None:
        """Note that the record of what was made is on the server."""
        self._escrowed.add(resource_id)

    def stored(self, resource_id: str, vault_path: str) -> None:
        """Note that the record is in a vault file, if it is of something that was made."""
        if resource_id in self._stored:
            self._stored[resource_id] = vault_path

    def changed(self, resource_id: str) -> None:
        """Note that this was changed."""
        self._changed.add(resource_id)

    def removed(self, resource_id: str) -> None:
        """Note that this was removed."""
        self._stored.pop(resource_id, None)
        self._removed.append(resource_id)

    @contextlib.contextmanager
    def told(self) -> t.Iterator[None]:
        """Tell the server in this block what it need not know: without it later runs have more to find out.

        Raises:
            LostLockError: somebody else may have changed the account meanwhile.
        """
        try:
            yield
        except LostLockError:
            raise
        except CoordinationError as error:
            self.missed = error

    def __str__(self) -> str:
        """Return all of it, and what the next run does, as a message says it."""
        sentences = [self._of_made(resource_id, vault_path) for resource_id, vault_path in sorted(self._stored.items())]
        if self._changed:
            sentences.append(f"{', '.join(sorted(self._changed))} was changed.")
        if self._removed:
            sentences.append(f"{', '.join(self._removed)} was removed.")
        return " ".join(sentences or ["Nothing was made or removed."])

    def _of_made(self, resource_id: str, vault_path: str | None) -> str:
        if resource_id in self._escrowed:
            kept = "and its record was put in escrow"
            then = "the next run takes it over from there" if vault_path is None else "the next run goes on from there"
        else:
            kept = "and its record is not in escrow"
            then = "the next run removes it" if vault_path is None else "do not lose that file, the next run goes on"
        where = "is not stored in the vault file" if vault_path is None else f"is stored in {vault_path}"
        return f"{resource_id} was made, {where}, {kept}: {then}."
