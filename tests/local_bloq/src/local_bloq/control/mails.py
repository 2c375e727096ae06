# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The mails that the service would have sent, kept in memory: ``/_local/mails``."""

from __future__ import annotations

import dataclasses
import typing as t
import uuid

from starlette.requests import Request
from starlette.responses import JSONResponse, Response


@dataclasses.dataclass(frozen=True, kw_only=True)
class Mail:
    """A mail that asks its reader to verify an address."""

    to: str
    user_id: str
    verification_token: str = dataclasses.field(repr=False)


class Mails:
    """The newest mails."""

    def __init__(self, most: int = 100) -> None:
        self._mails: list[Mail] = []
        self._most = most

    @staticmethod
    def new_token() -> str:
        """Return a new verification token, a uuid version 4. CLI4"""
        return str(uuid.uuid4())

    def send(self, mail: Mail) -> None:
        """Keep a mail, and drop the oldest when there are too many."""
        self._mails = [*self._mails, mail][-self._most :]

    def shown(self) -> list[dict[str, t.Any]]:
        """Return the mails as JSON objects, the oldest first."""
        return [
            {"to": mail.to, "userId": mail.user_id, "verificationToken": mail.verification_token}
            for mail in self._mails
        ]


class MailView:
    """The endpoint."""

    def __init__(self, mails: Mails) -> None:
        self._mails = mails

    async def __call__(self, _request: Request) -> Response:
        """Serve GET."""
        return JSONResponse(self._mails.shown())
