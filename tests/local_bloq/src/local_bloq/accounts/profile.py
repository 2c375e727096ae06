# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The account's own profile: ``/users/me``."""

from __future__ import annotations

import typing as t

from starlette.responses import JSONResponse, Response

from local_bloq.identity.tokens import ACCOUNTS
from local_bloq.store.users import User
from local_bloq.web.operation import Call, Operation
from local_bloq.web.schemas import TIME, or_null, record, text, word

ADDRESS: t.Final = record({"address": text(), "zipCode": text(), "state": text(), "country": text()})
PROFILE: t.Final = record(
    {
        "id": text(pattern="^user-"),
        "displayName": text(),
        "email": text(),
        "entityType": word("individual"),
        "billingAddress": ADDRESS,
        "verifiedAt": or_null(TIME),
        "createdAt": TIME,
        "updatedAt": TIME,
    }
)


def profile(user: User) -> dict[str, t.Any]:
    """Return an account as the service shows it. D:acc"""
    return {
        "id": user.id,
        "displayName": user.display_name,
        "email": user.email,
        "entityType": "individual",
        "billingAddress": user.billing_address,
        "verifiedAt": user.verified_at,
        "createdAt": user.created_at,
        "updatedAt": user.updated_at,
    }


async def show(call: Call) -> Response:
    """Show the profile."""
    return JSONResponse(profile(call.user))


OPERATIONS = (
    Operation(
        method="GET",
        path="/users/me",
        summary="Show the profile",
        handler=show,
        audience=ACCOUNTS,
        replies={200: PROFILE},
    ),
)
