# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Account access tokens: ``POST /auth``."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from local_bloq.identity.tokens import ACCOUNTS
from local_bloq.web.credentials import basic
from local_bloq.web.operation import Call, Operation
from local_bloq.web.refusals import Refusal
from local_bloq.web.schemas import ERROR, TOKEN, record

_CHALLENGE = {"WWW-Authenticate": 'Basic realm="Bloq accounts", charset="UTF-8"'}


async def login(call: Call) -> Response:
    """Exchange e-mail address or user id, and password, for an account access token. S, D:acc"""
    given = basic(call.request.scope)
    if given is None:
        raise Refusal(401, "MissingCredentials", headers=_CHALLENGE)
    name, password = given
    context = call.context
    user = context.users.find(name)
    # One count for an account, by whichever of its two names it is tried.
    counted = name if user is None else user.id
    right = await is_right(call, counted, None if user is None else user.password_hash, password)
    if user is None or not right:
        raise Refusal(401, "InvalidCredentials", headers=_CHALLENGE)
    if user.verified_at is None:
        raise Refusal(403, "UserNotVerified")
    token, _claims = context.tokens.issue("account", user.id, admin=user.admin)
    context.events.count(user.id, ACCOUNTS, "logins")
    return JSONResponse({"accessToken": token})


async def is_right(call: Call, name: str, password_hash: str | None, password: str) -> bool:
    """Say whether the password is the right one, and let a wrong one count against the name.

    Args:
        name: the account's id, or the unknown name that was given for one.
        password_hash: the account's hash, or ``None`` when there is no such account.

    Raises:
        Refusal: 429 with Retry-After in seconds, the name must wait.
    """
    throttle = call.context.throttle
    _refuse_while_throttled(call, name)
    right = await call.context.passwords.matches(password_hash, password)
    # Asked again: guesses sent at the same time must not learn more than guesses sent in turn.
    _refuse_while_throttled(call, name)
    if right:
        throttle.succeeded(name)
    else:
        throttle.failed(name)
    return right


def _refuse_while_throttled(call: Call, name: str) -> None:
    wait = call.context.throttle.wait(name)
    if wait:
        raise Refusal(429, "TooManyAttempts", headers={"Retry-After": str(wait)})


OPERATIONS = (
    Operation(
        method="POST",
        path="/auth",
        summary="Log in: make an account access token",
        handler=login,
        basic=True,
        replies={200: record({"accessToken": TOKEN}), 401: ERROR, 403: ERROR, 429: ERROR},
    ),
)
