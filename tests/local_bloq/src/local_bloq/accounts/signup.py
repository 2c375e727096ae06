# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""New accounts, and the verification of their e-mail address: ``/users``."""

from __future__ import annotations

import typing as t

from starlette.responses import JSONResponse, Response

from local_bloq.accounts.profile import PROFILE, profile
from local_bloq.control.mails import Mail
from local_bloq.store.users import EmailTakenError
from local_bloq.web.operation import Call, Operation
from local_bloq.web.refusals import Refusal, existing
from local_bloq.web.schemas import EMAIL, ERROR, NO_NUL, PASSWORD, Schema, text

_MAX_LENGTH = 256
_LINE: t.Final = text(minLength=1, maxLength=_MAX_LENGTH, pattern=NO_NUL)
_ADDRESS: t.Final[dict[str, Schema]] = {
    "address": _LINE,
    "zipCode": _LINE,
    "state": _LINE,
    "country": text(pattern="^[A-Z]{2}$"),
}
_BODY: t.Final = {
    "type": "object",
    "required": ["email", "displayName", "password", "billingAddress"],
    "properties": {
        "email": EMAIL,
        "displayName": _LINE,
        "password": PASSWORD,
        "billingAddress": {"type": "object", "required": list(_ADDRESS), "properties": _ADDRESS},
    },
}


async def sign_up(call: Call) -> Response:
    """Make an account whose e-mail address a mail asks to verify. CLI28"""
    context = call.context
    address = call.body["billingAddress"]
    token = context.mails.new_token()
    password_hash = await context.passwords.hash(call.body["password"])
    try:
        user = context.users.add(
            email=call.body["email"],
            password_hash=password_hash,
            display_name=call.body["displayName"],
            billing_address={name: address[name] for name in _ADDRESS},
            verification_token=token,
        )
    except EmailTakenError:
        raise Refusal(409, "EmailTaken") from None
    context.mails.send(Mail(to=user.email, user_id=user.id, verification_token=token))
    return JSONResponse(profile(user), 201)


async def verify(call: Call) -> Response:
    """Verify the e-mail address; exactly 204, since bcl takes anything else for an error. CLI4, CLI28"""
    user = existing(call.context.users.find(call.path["user"]), "UserNotFound")
    if user.verified_at is not None:
        raise Refusal(409, "UserVerified")
    if not call.context.users.verify(user, call.path["token"]):
        raise Refusal(400, "InvalidVerificationToken")
    return Response(status_code=204)


OPERATIONS = (
    Operation(
        method="POST",
        path="/users",
        summary="Sign up: make an account that is not verified yet",
        handler=sign_up,
        body=_BODY,
        replies={201: PROFILE, 409: ERROR},
    ),
    Operation(
        method="PUT",
        path="/users/{user}/token/{token}",
        summary="Verify an account's e-mail address, by e-mail address or user id and the mailed token",
        handler=verify,
        replies={204: None, 400: ERROR, 404: ERROR, 409: ERROR},
    ),
)
