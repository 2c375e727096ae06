# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Escrow: records that outlive the workspace they were made in. Beside a vault file alone there is none."""

from __future__ import annotations

import dataclasses
import typing as t
from collections.abc import Callable, Collection, Mapping


@dataclasses.dataclass(frozen=True)
class Escrowed:
    """A record in escrow.

    Attributes:
        id: what was created when it was put there.
        at: when that was, in seconds since 1970.
        record: the whole record as it was to be stored, decrypted.
    """

    id: str
    at: float
    record: Mapping[str, t.Any] = dataclasses.field(repr=False)


class Escrow(t.Protocol):
    """Keeps what has been created for a vault file until it is removed again."""

    def deposit(self, name: str, resource_id: str, record: Mapping[str, t.Any]) -> None:
        """Keep the record that is to be stored for what was created, where that works."""

    def escrowed(self, name: str) -> list[Escrowed]:
        """Return the records that are kept for a name, the latest first."""

    def is_escrowed(self, resource_id: str) -> bool:
        """Return whether the record of an id is kept for any name of this vault file."""


class NoEscrow:
    """What the vault file does not have is not kept anywhere."""

    def deposit(self, name: str, resource_id: str, record: Mapping[str, t.Any]) -> None:
        """Keep nothing."""

    def escrowed(self, name: str) -> list[Escrowed]:
        """Return nothing."""
        return []

    def is_escrowed(self, resource_id: str) -> bool:
        """Return False."""
        return False


def adoptable(kept: Collection[Escrowed], live: Collection[str], holds: Callable[[str], bool]) -> Escrowed | None:
    """Return the record that a vault file is to take over: the latest one, if it is alive and the file has it not.

    Args:
        kept: what is in escrow for the name, the latest first.
        live: the ids of what the account has.
        holds: whether the vault file knows an id.
    """
    alive = [entry for entry in kept if entry.id in live]
    return alive[0] if alive and not holds(alive[0].id) else None
