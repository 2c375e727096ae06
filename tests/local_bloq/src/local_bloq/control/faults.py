# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Set, show and clear faults: ``/_local/faults``."""

from __future__ import annotations

import jsonschema_rs
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from local_bloq.web.bodies import parse_json, read_bytes
from local_bloq.web.faults import FAULT_SCHEMA, Fault, Faults
from local_bloq.web.refusals import Refusal

_VALIDATOR = jsonschema_rs.validator_for({"type": "array", "items": FAULT_SCHEMA, "maxItems": 1000})


class FaultControl:
    """The endpoint."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults

    async def __call__(self, request: Request) -> Response:
        """Serve GET (show those left), PUT (replace all) and DELETE (clear)."""
        if request.method == "DELETE":
            self._faults.put([])
            return Response(status_code=204)
        if request.method == "PUT":
            # Whatever its type: curl -d calls everything a form.
            body = parse_json(await read_bytes(request))
            error = next(_VALIDATOR.iter_errors(body), None)
            if error is not None:
                where = "".join(f"[{part!r}]" for part in error.instance_path)
                raise Refusal(400, "InvalidBody", message=f"faults{where}: {error.message}")
            assert isinstance(body, list)  # noqa: S101 - the schema says so
            self._faults.put(Fault(**fault) for fault in body)
        return JSONResponse([fault.shown() for fault in self._faults.all()])
