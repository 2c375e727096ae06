# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The account's password: ``/users/me/password``."""

from __future__ import annotations

import typing as t

from starlette.responses import Response

from local_bloq.accounts.login import is_right
from local_bloq.identity.tokens import ACCOUNTS
from local_bloq.web.operation import Call, Operation
from local_bloq.web.refusals import Refusal
from local_bloq.web.schemas import ERROR, PASSWORD

_BODY: t.Final = {
    "type": "object",
    "required": ["oldPassword", "newPassword"],
    "properties": {"oldPassword": PASSWORD, "newPassword": PASSWORD},
}


async def change(call: Call) -> Response:
    """Change the password; exactly 204, since bcl 2.8 takes anything else for an error. CLI28

    Tokens that were issued before live on. A wrong old password counts as a failed login: with a stolen token, too,
    nobody may guess without end.
    """
    context, user = call.context, call.user
    old, new = call.body["oldPassword"], call.body["newPassword"]
    if not await is_right(call, user.id, user.password_hash, old):
        raise Refusal(400, "InvalidPassword")
    if new == old:
        raise Refusal(400, "PasswordUnchanged")
    if not context.users.change_password_hash(user, await context.passwords.hash(new)):
        # Another request changed it meanwhile, so the old password was not the right one any more.
        raise Refusal(400, "InvalidPassword")
    context.events.count(user.id, ACCOUNTS, "passwordChanges")
    return Response(status_code=204)


OPERATIONS = (
    Operation(
        method="PUT",
        path="/users/me/password",
        summary="Change the password",
        handler=change,
        audience=ACCOUNTS,
        body=_BODY,
        replies={204: None, 400: ERROR, 429: ERROR},
    ),
)
