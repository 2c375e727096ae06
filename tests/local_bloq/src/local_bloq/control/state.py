# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the services hold, as counts and ids and never a secret: ``/_local/state``."""

from __future__ import annotations

import typing as t

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from local_bloq.context import Context

_QUERIES: t.Final = {
    "users": "SELECT id FROM users ORDER BY rowid",
    "clientKeys": "SELECT id FROM client_keys WHERE revoked_at IS NULL ORDER BY rowid",
    "nodes": "SELECT id FROM nodes WHERE stopped_at IS NULL ORDER BY rowid",
    "clusters": "SELECT id FROM clusters WHERE stopped_at IS NULL ORDER BY rowid",
    "events": "SELECT id FROM events ORDER BY rowid",
}


class StateView:
    """The endpoint."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def __call__(self, _request: Request) -> Response:
        """Serve GET."""
        state: dict[str, t.Any] = {"tokensIssued": self._context.tokens.issued}
        for name, query in _QUERIES.items():
            ids = [row["id"] for row in self._context.database.rows(query)]
            state[name] = {"count": len(ids), "ids": ids}
        return JSONResponse(state)
