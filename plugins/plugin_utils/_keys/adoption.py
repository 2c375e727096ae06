# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What other runs have made for a client key's name and kept in escrow: which is taken over, and which had its day."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence, Set

from .._creation.escrow import Escrowed
from .record import KeyRecord, Retiring


def with_adopted(name: str, found: Escrowed, mine: KeyRecord | None, live: Set[str]) -> KeyRecord | None:
    """Return the record that takes over a key, or None while the one here has a new key of its own.

    Args:
        name: the key's name.
        found: what another run has made for it.
        mine: the record that is here.
        live: the ids of the account's keys.

    Raises:
        InputError: what is in escrow is no record.
    """
    record = KeyRecord.from_mapping(name, found.record)
    if mine is None:
        return record
    if mine.pending is not None and mine.pending.client_id in live:
        return None
    return dataclasses.replace(mine, pending=record.newest)


def with_superseded(
    record: KeyRecord, kept: Sequence[Escrowed], live: Set[str], holds: Callable[[str], bool], due: str
) -> KeyRecord:
    """Return the record with the keys that a later one of the name took the place of, as retiring ones: they are ours.

    Args:
        record: the record that is here.
        kept: what runs have made for the name, the latest first.
        live: the ids of the account's keys.
        holds: whether the vault file knows an id.
        due: until when they may live.
    """
    alive = [entry.id for entry in kept if entry.id in live]
    if not alive or not holds(alive[0]):
        return record
    left = tuple(Retiring(client_id, due) for client_id in alive if not holds(client_id))
    return dataclasses.replace(record, retiring=record.retiring + left)


def warn_of_adoption(name: str, client_id: str, path: str, warn: Callable[[str], None]) -> None:
    """Warn that a key was taken over."""
    warn(
        f"The client key {client_id} was made for {name!r} by another run, whose vault file did not come here. It is "
        f"taken from the coordination server into {path}."
    )


def warn_of_superseded(name: str, left: Sequence[str], path: str, warn: Callable[[str], None]) -> None:
    """Warn that keys retire which other runs made."""
    warn(
        f"Other runs made {', '.join(left)} for the client key {name!r} too, as the coordination server knows, and a "
        f"later key took their place. They are retiring now, in {path}."
    )
