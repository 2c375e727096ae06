# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Show and change how soon nodes are there: ``/_local/pace``."""

from __future__ import annotations

import dataclasses

import jsonschema_rs
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from local_bloq.nodes.pace import Pace
from local_bloq.settings import Settings
from local_bloq.web.bodies import parse_json, read_bytes
from local_bloq.web.refusals import Refusal

_VALIDATOR = jsonschema_rs.validator_for(
    {
        "type": "object",
        "properties": {
            field.name: {"type": "number", "minimum": 0, "maximum": 1_000_000} for field in dataclasses.fields(Pace)
        },
        "additionalProperties": False,
    }
)


class PaceControl:
    """The endpoint."""

    def __init__(self, pace: Pace, settings: Settings) -> None:
        self._pace = pace
        self._settings = settings

    async def __call__(self, request: Request) -> Response:
        """Serve GET (show it), PUT (change it; what is left out is as at the start) and DELETE (as at the start)."""
        given: object = {}
        if request.method == "PUT":
            given = parse_json(await read_bytes(request))
            error = next(_VALIDATOR.iter_errors(given), None)
            if error is not None:
                raise Refusal(400, "InvalidBody", message=f"pace: {error.message}")
        if request.method in ("PUT", "DELETE"):
            assert isinstance(given, dict)  # noqa: S101 - the schema says so
            for name, seconds in {**dataclasses.asdict(Pace.of(self._settings)), **given}.items():
                setattr(self._pace, name, seconds)
        return JSONResponse(dataclasses.asdict(self._pace))
