# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON schemas that several operations share."""

from __future__ import annotations

import typing as t

Schema = dict[str, t.Any]


def record(properties: dict[str, Schema], *, optional: t.Container[str] = ()) -> Schema:
    """Return the schema of an object with exactly these members, all required but the optional ones."""
    return {
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }


def items(schema: Schema) -> Schema:
    """Return the schema of a list."""
    return {"type": "array", "items": schema}


def text(**more: t.Any) -> Schema:
    """Return the schema of a string."""
    return {"type": "string", **more}


def word(*words: str) -> Schema:
    """Return the schema of a string that is one of these."""
    return {"type": "string", "enum": list(words)}


def or_null(schema: Schema) -> Schema:
    """Return the schema of a value that may be null."""
    return {"anyOf": [schema, {"type": "null"}]}


ERROR: t.Final = record({"code": text(minLength=1)})
NODES_ERROR: t.Final = record(
    {
        "code": text(minLength=1),
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "title": text(minLength=1),
    }
)
TOKEN: t.Final = text(pattern=r"^[A-Za-z0-9_-]+[.][A-Za-z0-9_-]+[.][A-Za-z0-9_-]+$")
TIME: t.Final = text(format="date-time")
ALIVE: t.Final = record({"status": word("ok")})

EMAIL_PATTERN: t.Final = r"^[^@\s\u0000]{1,64}@[^@\s\u0000]{1,190}$"
EMAIL: t.Final = text(pattern=EMAIL_PATTERN)
NO_NUL: t.Final = "^[^\\u0000]*$"
PASSWORD: t.Final = text(minLength=1, maxLength=1024, pattern=NO_NUL)
