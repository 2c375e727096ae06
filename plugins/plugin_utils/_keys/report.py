# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person wants to know of client keys: how old each is, when it is due, what is still retiring."""

from __future__ import annotations

import dataclasses
import typing as t
from collections.abc import Iterable, Mapping

from ...module_utils._errors import InputError
from ...module_utils._times import duration, iso, parse_iso
from .._creation.whole_ids import refuse_unless_whole
from .states import CURRENT, ESCROW, KNOWN, MISSING, SUSPECT, UNMANAGED

_DAY = 86400
_HEADER = ("key", "age", "due", "retiring until", "state")
#: The state of a retiring key that the account lacks: it is revoked, as was wanted, and nothing is missing.
RETIRED = "retired"
# With these, a list that Ansible prints as the value of msg fits 80 columns.
_WIDTHS = (20, 5, 10, 17, 9)
#: A key without a name has a line more, for its id is wider than the column, and whoever acts on it needs all of it.
_NO_NAME = "(no name)"


@dataclasses.dataclass(frozen=True)
class ReportedKey:
    """A row of the report.

    Attributes:
        name: the key's name, or its whole id when it has none.
        client_id: its id; None when nothing of that name exists.
        created_at: when it was made (ISO 8601); None when that is not known.
        age_days: whole days since it was made; None when that is not known.
        due_at: when it is to be rotated (ISO 8601); None when nothing says so.
        due: whether that time has come.
        retiring_until: when it, or the last of its earlier keys, is to be revoked (ISO 8601); None when none is.
        state: the state that the service and the vault file give it, ``retired`` for what was revoked as it was to be.
        drifted: whether the service and the vault file differ in it.
    """

    name: str
    client_id: str | None
    created_at: str | None
    age_days: int | None
    due_at: str | None
    due: bool
    retiring_until: str | None
    state: str
    drifted: bool


def report(
    keys: Iterable[Mapping[str, t.Any]],
    max_age: str,
    now: float,
    named: Iterable[str | Mapping[str, t.Any]] = (),
    known: Iterable[str] = (),
) -> list[ReportedKey]:
    """Return a row for each key, what is due first.

    Args:
        keys: what the modules return of client keys, each with ``name``, ``client_id``, ``created_at``, and where they
            are known ``retiring`` or ``retire_after``, and ``state``.
        max_age: the age at which a key is due, such as ``90d``.
        now: the time to report for, seconds since 1970.
        named: the keys that are to exist, each a name, or a mapping with ``name`` and perhaps a ``max_age`` of its own.
        known: the ids of keys that no record has to have, for they are somebody else's.

    Raises:
        InputError: an id in ``known`` is not whole, an age is written in a way that nobody knows, or a key is not what
            it must be.
    """
    ages = dict(_name_and_age(entry, max_age) for entry in named)
    rows = _foreign([_row(key, ages, max_age, now) for key in keys], list(known))
    for name in ages.keys() - {row.name for row in rows}:
        rows.append(ReportedKey(name, None, None, None, None, False, None, MISSING, True))
    return sorted(rows, key=lambda row: (row.due_at is None, row.due_at or "", row.name))


def table(rows: Iterable[ReportedKey]) -> list[str]:
    """Return the rows as lines of at most 69 columns, a heading first; an id longer than the service's is not cut.

    A key without a name has two lines: the second has its whole id, and when it was made.
    """
    lines = [_line(_HEADER)]
    for row in rows:
        lines.append(
            _line(
                (
                    _NO_NAME if row.name == row.client_id else row.name,
                    "-" if row.age_days is None else f"{row.age_days}d",
                    "now" if row.due else (row.due_at or "-")[:10],
                    "-" if row.retiring_until is None else _to_the_minute(row.retiring_until),
                    row.state.split(" ")[0],
                )
            )
        )
        if row.name == row.client_id:
            made = f" made {_to_the_minute(row.created_at)}" if row.created_at else ""
            lines.append(_printable(f"  {row.client_id}{made}"))
    return lines


def _foreign(rows: list[ReportedKey], known: list[str]) -> list[ReportedKey]:
    """Return the rows with what is somebody else's marked as known."""
    if not all(isinstance(client_id, str) for client_id in known):
        raise InputError("What is known must be ids of client keys, each of them text.")
    for client_id in known:
        refuse_unless_whole(client_id, (row.client_id for row in rows if row.client_id), "client key")
    return [
        dataclasses.replace(row, state=KNOWN, drifted=False)
        if row.client_id in known and row.state in (UNMANAGED, SUSPECT)
        else row
        for row in rows
    ]


def _name_and_age(entry: str | Mapping[str, t.Any], max_age: str) -> tuple[str, str]:
    if isinstance(entry, str):
        return entry, max_age
    if isinstance(entry, Mapping) and isinstance(entry.get("name"), str):
        return entry["name"], str(entry.get("max_age") or max_age)
    raise InputError("Each key must be a name, or a mapping with name.")


def _row(key: Mapping[str, t.Any], ages: Mapping[str, str], max_age: str, now: float) -> ReportedKey:
    if not isinstance(key, Mapping):
        raise InputError("A key to report on must be a mapping, as the modules return them.")
    if any(isinstance(key.get(field), (Mapping, list, tuple)) for field in ("name", "client_id", "state")):
        raise InputError("A key to report on has a name, client_id or state that is not text.")
    name, state = key.get("name"), str(key.get("state") or CURRENT)
    client_id = str(key["client_id"]) if key.get("client_id") else None
    created, leaves = parse_iso(key.get("created_at")), parse_iso(key.get("retire_after"))
    if state == MISSING and leaves is not None:
        state = RETIRED
    drifted = state in (ESCROW, SUSPECT, UNMANAGED, MISSING)
    due_at = None
    if created is not None and leaves is None and state in (CURRENT, MISSING):
        due_at = created + duration(ages.get(str(name), max_age), "max_age")
    retiring = (parse_iso(entry.get("retire_after")) for entry in key.get("retiring") or ())
    ends = [end for end in (leaves, *retiring) if end is not None]
    return ReportedKey(
        name=str(name or client_id),
        client_id=client_id,
        created_at=None if created is None else iso(created),
        age_days=None if created is None else max(0, int((now - created) // _DAY)),
        due_at=None if due_at is None else iso(due_at),
        due=due_at is not None and due_at <= now,
        retiring_until=iso(max(ends)) if ends else None,
        state=state,
        drifted=drifted,
    )


def _line(cells: tuple[str, ...]) -> str:
    cells = tuple(map(_printable, cells))
    shown = [
        cell if len(cell) <= width else cell[: width - 1] + "~" for cell, width in zip(cells, _WIDTHS, strict=True)
    ]
    return "  ".join(cell.ljust(width) for cell, width in zip(shown, _WIDTHS, strict=True)).rstrip()


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in text)


def _to_the_minute(time: str) -> str:
    return f"{time[:10]} {time[11:16]}Z"
