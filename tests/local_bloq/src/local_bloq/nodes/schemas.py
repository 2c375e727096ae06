# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON schemas of what a node and a cluster have in common."""

from __future__ import annotations

import typing as t

from local_bloq.web.schemas import Schema, or_null, record, text, word

UUID: t.Final = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
SERVICE_ID: t.Final = text(pattern=f"^service-{UUID}$")
USER_ID: t.Final = text(pattern=f"^user-{UUID}$")
STATE: t.Final = word("starting", "started", "stopped")
URL: t.Final = text(format="uri")
SERVICE_DATA: t.Final = record({"software": text(), "performance": text(), "amiPrefix": text()})
GIVEN_SERVICE_ID: t.Final = text(maxLength=200)

_USER_AND_PASSWORD: t.Final = text(pattern="^[a-z2-7]+$")


def auth(*types: str) -> Schema:
    """Return the schema of the member ``auth``: with ``basic`` it has a user and a password."""
    basic = record({"type": word("basic"), "user": _USER_AND_PASSWORD, "pass": _USER_AND_PASSWORD})
    return {"oneOf": [basic, record({"type": word(*(name for name in types if name != "basic"))})]}


STOPPED_AT: t.Final = or_null(text(format="date-time"))
