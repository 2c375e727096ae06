# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fields of a client key's record, one by one: what a token needs of it is read without the whole."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ...module_utils._errors import InputError


def fields_of(name: str, record: object) -> Mapping[str, t.Any]:
    """Return a record as a mapping.

    Raises:
        InputError: it is not one.
    """
    if not isinstance(record, Mapping):
        raise InputError(f"The record of the client key {name!r} is not a mapping. Correct or remove it.")
    return record


def text_field(name: str, record: Mapping[str, t.Any], field: str, *, required: bool = True) -> str | None:
    """Return a field's text, or None when it is missing and need not be there.

    Raises:
        InputError: it is missing, or no text; the message names it.
    """
    value = record.get(field)
    if value is None and not required:
        return None
    # Ansible's own string types, a vaulted value among them, become plain text here.
    text = "" if value is None or isinstance(value, (Mapping, list, tuple)) else str(value)
    if not text:
        raise InputError(f"In the record of the client key {name!r}, {field} must be text.")
    return text
