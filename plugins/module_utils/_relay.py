# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The far host's half of a delegated task: one request, sent once."""

from __future__ import annotations

import base64
import json
import typing as t

from ._certificate import LOOK, shown_certificate
from ._connection import Connection
from ._errors import InputError
from ._http import Http
from ._request import Request

#: The headers that the controller reads.
_HEADERS = ("Date", "Retry-After", "Content-Type")


def relay(params: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Send the request that the module's options describe, and return the answer.

    Raises:
        BloqError: see ``Http.carry``.
    """
    request = _request(params["request"])
    if request.method == LOOK:
        content = shown_certificate(request.url, params["timeout"]).encode()
        return {
            "changed": False,
            "status": 200,
            "headers": {},
            "content": base64.b64encode(content).decode(),
            "unreadable": None,
        }
    settings = {name: value for name, value in params.items() if name != "request"}
    http = Http(Connection(url=request.origin, retries=0, max_retry_wait=0.0, **settings))
    answer = http.carry(request, repeatable=False)
    return {
        "changed": False,
        "status": answer.status,
        "headers": {name: answer.headers[name] for name in _HEADERS if name in answer.headers},
        "content": base64.b64encode(answer.content).decode(),
        "unreadable": answer.unreadable,
    }


def _request(text: str) -> Request:
    try:
        given = json.loads(text)
        user, password = given.pop("basic", None) or (None, None)
        basic = None if user is None else (str(user), str(password))
        return Request(str(given.pop("method")), str(given.pop("url")), basic=basic, **given)
    except (ValueError, TypeError, AttributeError, KeyError):
        raise InputError("request must be a request as JSON, as the collection's other modules write it.") from None
