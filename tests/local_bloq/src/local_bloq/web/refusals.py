# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How an operation says no."""

from __future__ import annotations

import re
import typing as t

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from local_bloq.identity.tokens import NODES

Thing = t.TypeVar("Thing")

_WORD: t.Final = re.compile("(?<!^)([A-Z])")


class Refusal(Exception):
    """The request is refused with a status and a body that has the member ``code``.

    Attributes:
        status: the HTTP status.
        code: the word that names the reason; see docs/choices.md for the vocabulary.
        headers: further headers of the reply.
        text: a plain text to send in place of the JSON body.
        message: what is wrong, for a human; only the stand-in's own endpoints tell it.
    """

    def __init__(
        self,
        status: int,
        code: str,
        *,
        headers: t.Mapping[str, str] | None = None,
        text: str | None = None,
        message: str | None = None,
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.headers = headers
        self.text = text
        self.message = message

    def response(self, service: str) -> Response:
        """Return the reply with which a service tells it."""
        if self.text is not None:
            return PlainTextResponse(self.text, self.status, self.headers)
        body = error_body(service, self.status, self.code)
        if self.message is not None:
            body["message"] = self.message
        return JSONResponse(body, self.status, self.headers)


def error_body(service: str, status: int, code: str) -> dict[str, t.Any]:
    """Return an error's body: that of Nodes has a status and a title too. CLI28"""
    if service != NODES:
        return {"code": code}
    return {"code": code, "status": status, "title": _WORD.sub(r" \1", code).lower().capitalize()}


def existing(found: Thing | None, code: str) -> Thing:
    """Return what was looked up.

    Raises:
        Refusal: 404 with this code, nothing was found.
    """
    if found is None:
        raise Refusal(404, code)
    return found


async def refused(request: Request, error: Exception) -> Response:
    """Answer a refusal, as Starlette's exception handler."""
    assert isinstance(error, Refusal)  # noqa: S101 - registered for this class only
    return error.response(request.app.state.service)


async def not_routed(request: Request, error: Exception) -> Response:
    """Answer a path or a method that no operation has."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class only
    code = {404: "NotFound", 405: "MethodNotAllowed"}.get(error.status_code, "BadRequest")
    return JSONResponse(
        error_body(request.app.state.service, error.status_code, code), error.status_code, error.headers
    )
