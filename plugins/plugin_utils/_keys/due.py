# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which client keys are due soon, by what stands of them in the clear."""

from __future__ import annotations

import datetime
import typing as t
from collections.abc import Mapping

from ...module_utils._times import iso
from .report import report


def due_keys(records: Mapping[str, t.Any], max_age: str, within: float, now: float) -> list[str]:
    """Return a line for each key that is due soon, the next one first.

    Nothing is decrypted: what is encrypted is neither text nor a time here.

    Args:
        records: the records by name, as Ansible loaded them.
        max_age: the age at which a key is due, such as ``90d``.
        within: how many seconds ahead to look.
        now: our clock, seconds since 1970.

    Raises:
        InputError: ``max_age`` is written in a way that nobody knows.
    """
    keys = [
        {"name": str(name), "created_at": record["created_at"]}
        for name, record in records.items()
        if isinstance(record, Mapping) and isinstance(record.get("created_at"), (str, datetime.datetime))
    ]
    lines = []
    for row in report(keys, max_age, now + within):
        if row.due and row.due_at is not None:
            name = "".join(char if char.isprintable() else "?" for char in row.name)
            when = "is due" if row.due_at <= iso(now) else f"is due on {row.due_at[:10]}"
            lines.append(f"the client key {name} {when}")
    return lines
