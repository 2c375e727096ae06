# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each client key of an account is to the vault file, and which of the vault file's keys the account lacks."""

from __future__ import annotations

import dataclasses
import typing as t
from collections.abc import Collection, Iterable, Iterator, Mapping

from ...module_utils._accounts import ListedKey
from ...module_utils._times import parse_iso
from .record import KeyRecord

CURRENT = "current"
PENDING = "pending"
RETIRING = "retiring"
UNMANAGED = "unmanaged"
MISSING = "missing on the server"
SUSPECT = "suspect"
ESCROW = "escrow"
#: In a report alone: no record has it, and the user has said that it is somebody else's.
KNOWN = "known"


@dataclasses.dataclass(frozen=True)
class KeyState:
    """A row of what ``bloq_client_key_info`` returns.

    Attributes:
        client_id: the key's id.
        created_at: when it was made (ISO 8601), by the service if it says so, else by the vault file.
        name: the name that the vault file gives it, or that it has in escrow.
        scope: the scope that it has in escrow.
        managed: whether the vault file has it.
        state: one of the constants above.
        retire_after: when a retiring key is to be revoked (ISO 8601).
        names: every name whose record holds it, more than one when a record was copied.
    """

    client_id: str
    created_at: str | None
    name: str | None = None
    managed: bool = False
    state: str = UNMANAGED
    retire_after: str | None = None
    names: list[str] = dataclasses.field(default_factory=list)
    scope: str | None = None


@dataclasses.dataclass(frozen=True)
class HeldRecord:
    """A record of the vault file.

    Attributes:
        name: its name.
        accounts_url: the service that it belongs to; empty when it does not say.
        elsewhere: whether that is not the service that was asked.
    """

    name: str
    accounts_url: str
    elsewhere: bool


def held_records(records: Mapping[str, Mapping[str, t.Any]], accounts_url: str) -> list[HeldRecord]:
    """Return every record of a vault file, those of another service than ``accounts_url`` too.

    Raises:
        InputError: a record cannot be read.
    """
    read = ((name, KeyRecord.from_mapping(name, mapping)) for name, mapping in records.items())
    return [HeldRecord(name, record.accounts_url, not record.is_of(accounts_url)) for name, record in read]


def has_times(record: KeyRecord) -> bool:
    """Return whether it can be read until when each retiring key of a record lives."""
    return all(parse_iso(key.retire_after) is not None for key in record.retiring)


def timeless_names(records: Mapping[str, Mapping[str, t.Any]]) -> list[str]:
    """Return the names of a vault file's records that do not say until when a retiring key lives.

    Raises:
        InputError: a record cannot be read.
    """
    return [name for name, mapping in records.items() if not has_times(KeyRecord.from_mapping(name, mapping))]


def key_states(
    listed: Iterable[ListedKey],
    records: Mapping[str, Mapping[str, t.Any]],
    accounts_url: str,
    suspects: Collection[str] = (),
    escrow: Mapping[str, Mapping[str, str | None]] | None = None,
) -> list[KeyState]:
    """Return the account's keys in the service's order, then those that only the vault file has.

    Args:
        listed: the account's keys on the service.
        records: the vault file's records by name; those of another service are passed over.
        accounts_url: the service.
        suspects: the ids that an interrupted run may have left.
        escrow: the ``name`` and ``scope`` of what is in escrow, for this vault file or another one, by their ids.

    Raises:
        InputError: a record cannot be read.
    """
    read = ((name, KeyRecord.from_mapping(name, mapping)) for name, mapping in records.items())
    held = by_id(state for name, record in read if record.is_of(accounts_url) for state in _held_by(name, record))
    states = []
    for key in listed:
        known = held.pop(key.client_id, None) or _not_held(key.client_id, suspects, escrow or {})
        states.append(dataclasses.replace(known, created_at=key.created_at or known.created_at))
    return states + [dataclasses.replace(state, state=MISSING) for state in held.values()]


def by_id(held: Iterable[KeyState]) -> dict[str, KeyState]:
    """Return one row for each key of those that records hold."""
    found: dict[str, KeyState] = {}
    for state in held:
        known = found.get(state.client_id)
        names = [*(known.names if known else ()), t.cast(str, state.name)]
        # What is on its way out by one record may be in use by another.
        chosen = state if known is None or known.state == RETIRING else known
        found[state.client_id] = dataclasses.replace(chosen, names=list(dict.fromkeys(names)))
    return found


def _not_held(client_id: str, suspects: Collection[str], escrow: Mapping[str, Mapping[str, str | None]]) -> KeyState:
    if client_id in escrow:
        kept = escrow[client_id]
        return KeyState(client_id, None, kept.get("name"), state=ESCROW, scope=kept.get("scope"))
    return KeyState(client_id, None, state=SUSPECT if client_id in suspects else UNMANAGED)


def _held_by(name: str, record: KeyRecord) -> Iterator[KeyState]:
    yield KeyState(record.client_id, record.created_at or None, name, True, CURRENT)
    if record.pending:
        yield KeyState(record.pending.client_id, record.pending.created_at, name, True, PENDING)
    for key in record.retiring:
        yield KeyState(key.client_id, None, name, True, RETIRING, key.retire_after)
