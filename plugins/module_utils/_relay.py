# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The far host's half of a delegated task: one request, sent once."""

from __future__ import annotations

import base64
import json
import time
import typing as t

from ._certificate import LOOK, PROVE, prove_tls_files, shown_certificate
from ._connection import Connection
from ._errors import InputError, UnreachableError
from ._http import Http
from ._request import Request
from ._sent import note_sent

#: The headers that the controller reads.
_HEADERS = frozenset({"date", "retry-after", "content-type"})


def relay(params: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Send the request that the module's options describe, and return the answer; without one, this host's time.

    Raises:
        BloqError: see ``Http.carry``. A request with an id that was sent before is not sent again.
    """
    if params["request"] is None:
        return {"changed": False, "now": _now()}
    request, request_id, not_after = _request(params["request"])
    if request.method == LOOK:
        return _seen(shown_certificate(request.url, params["timeout"], params.get("ca_path"))._asdict())
    if request.method == PROVE:
        prove_tls_files(params)
        return _seen({})
    settings = {name: value for name, value in params.items() if name != "request"}
    http = Http(Connection(url=request.origin, retries=0, max_retry_wait=0.0, **settings))
    if request_id is not None and not note_sent(request_id):
        raise UnreachableError(
            "The connection was lost and has run the module again. The request has been sent already, and its reply "
            "went to the first one. Run the task again, which finds out what was done.",
            maybe_received=True,
            timed_out=True,
        )
    if not_after is not None and _now() > not_after:
        raise UnreachableError(
            "The request came too late to this host to be sent. Run the task again, or raise timeout.",
            maybe_received=False,
        )
    answer = http.carry(request, repeatable=False)
    return {
        "changed": False,
        "status": answer.status,
        "headers": {name: value for name, value in answer.headers.items() if name.lower() in _HEADERS},
        "content": base64.b64encode(answer.content).decode(),
        "unreadable": answer.unreadable,
    }


def _seen(found: dict[str, t.Any]) -> dict[str, t.Any]:
    """Return what a look came to, as an answer."""
    content = base64.b64encode(json.dumps(found).encode()).decode()
    return {"changed": False, "status": 200, "headers": {}, "content": content, "unreadable": None}


def _now() -> float:
    """Return this host's time in seconds, by a clock that nobody sets and that goes on in its sleep."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def _request(text: str) -> tuple[Request, str | None, float | None]:
    """Return a request, its id if it must not be sent twice, and until when it may be sent, by this host's clock."""
    try:
        given = json.loads(text)
        user, password = given.pop("basic", None) or (None, None)
        basic = None if user is None else (str(user), str(password))
        headers = {str(name): str(value) for name, value in dict(given.pop("headers", None) or {}).items()}
        request_id, not_after = given.pop("id", None), given.pop("not_after", None)
        request = Request(str(given.pop("method")), str(given.pop("url")), basic=basic, headers=headers, **given)
        return request, request_id and str(request_id), None if not_after is None else float(not_after)
    except (ValueError, TypeError, AttributeError, KeyError):
        raise InputError("request must be a request as JSON, as the collection's other modules write it.") from None
