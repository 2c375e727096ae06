# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Revokes what a leaked name holds by the ids alone, when its record cannot be removed: no key is to live for that."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from ...module_utils._errors import BloqError, FileError
from .states import MISSING, KeyState


class ById:
    """What became of the keys that a name holds on the service.

    Attributes:
        revoked: the ids that are revoked, or in check mode would be.
        kept: the ids that a name which has not leaked holds too.
        failures: what stood in the way of the others.
    """

    def __init__(self) -> None:
        self.revoked: list[str] = []
        self.kept: list[str] = []
        self.failures: list[BloqError] = []

    def told(self, problem: BloqError, name: str, *, check_mode: bool) -> FileError:
        """Return the failure: the record stays, and ``problem`` says why."""
        done, ids = "Would be revoked" if check_mode else "Revoked", ", ".join(self.revoked) or "none"
        shared = f" Another record names these too: {', '.join(self.kept)}." if self.kept else ""
        others = shared + "".join(f" {failure}" for failure in self.failures)
        return FileError(
            f"{problem} {done} by its id all the same: {ids}.{others} The record of {name!r} stays. Run this again "
            "when that is mended."
        )


def revoke_by_id(
    name: str, leaked: Collection[str], states: Iterable[KeyState], revoke: Callable[[str], object]
) -> ById:
    """Revoke each key that ``name`` holds, and no name holds that has not leaked.

    Args:
        name: the name.
        leaked: all names that have leaked.
        states: the account's keys with the names that hold them.
        revoke: revokes the key with an id.
    """
    outcome = ById()
    for state in states:
        if name not in state.names or state.state == MISSING:
            continue
        if not {name, *leaked}.issuperset(state.names):
            outcome.kept.append(state.client_id)
            continue
        try:
            revoke(state.client_id)
            outcome.revoked.append(state.client_id)
        except BloqError as error:
            outcome.failures.append(error)
    return outcome
