# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Client access tokens: ``POST /auth/token`` with either of its two grants."""

from __future__ import annotations

import typing as t

from starlette.responses import JSONResponse, Response

from local_bloq.identity.tokens import ACCOUNTS, InvalidTokenError
from local_bloq.web.operation import Call, Operation
from local_bloq.web.refusals import Refusal
from local_bloq.web.schemas import ERROR, TOKEN, record, text

_BODY: t.Final = {
    "oneOf": [
        {
            "type": "object",
            "required": ["grantType", "clientId", "clientSecret"],
            "properties": {
                "grantType": {"const": "clientCredentials"},
                "clientId": text(maxLength=200),
                "clientSecret": text(maxLength=200),
            },
        },
        {
            "type": "object",
            "required": ["grantType", "refreshToken"],
            "properties": {"grantType": {"const": "refreshToken"}, "refreshToken": text(maxLength=4096)},
        },
    ]
}


async def exchange(call: Call) -> Response:
    """Exchange client keys or a refresh token for a client access token. D:acc, D:tok

    An Authorization header is ignored, even a stale one: bcl 4 sends its account token here. H
    """
    if call.body["grantType"] == "clientCredentials":
        return _by_client_keys(call)
    return _by_refresh_token(call)


def _by_client_keys(call: Call) -> Response:
    context = call.context
    key = context.client_keys.authenticate(call.body["clientId"], call.body["clientSecret"])
    if key is None:
        raise Refusal(401, "InvalidClientKeys")
    access, _claims = context.tokens.issue("client", key.id)
    refresh, expires_at = context.tokens.issue("refresh", key.id)
    context.refresh_tokens.add(refresh, client_id=key.id, expires_at=expires_at)
    context.events.count(key.user_id, ACCOUNTS, "clientTokens")
    return JSONResponse({"accessToken": access, "refreshToken": refresh})


def _by_refresh_token(call: Call) -> Response:
    context = call.context
    given = call.body["refreshToken"]
    try:
        token = context.tokens.read(given)
    except InvalidTokenError:
        raise Refusal(401, "InvalidToken") from None
    if token.kind != "refresh":
        raise Refusal(403, "WrongTokenKind")
    if token.expired:
        raise Refusal(401, "ExpiredToken")
    client_id = context.refresh_tokens.client_id(given)
    key = None if client_id is None else context.client_keys.find(client_id)
    if key is None:
        raise Refusal(401, "InvalidToken")
    access, _claims = context.tokens.issue("client", key.id)
    context.events.count(key.user_id, ACCOUNTS, "clientTokens")
    return JSONResponse({"accessToken": access})


OPERATIONS = (
    Operation(
        method="POST",
        path="/auth/token",
        summary="Make a client access token, from client keys or from a refresh token",
        handler=exchange,
        body=_BODY,
        replies={
            200: record({"accessToken": TOKEN, "refreshToken": TOKEN}, optional={"refreshToken"}),
            401: ERROR,
            403: ERROR,
        },
    ),
)
