# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The request log: one JSON line a request, written before the reply leaves."""

from __future__ import annotations

import collections
import json
import os
import re
import time
import typing as t

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from local_bloq.identity.tokens import Tokens
from local_bloq.settings import SettingsError
from local_bloq.times import iso
from local_bloq.web.credentials import credential

_LATEST = 50

Line = dict[str, str | int | None]

# What follows is the secret that verifies an e-mail address, also where the path is wrong in another place.
_VERIFICATION = re.compile(r"(/token/).+$", re.DOTALL)


class RequestLog:
    """The lines.

    Attributes:
        latest: the last of them.
    """

    def __init__(self, path: str | None) -> None:
        """Open the file that gets all lines, made 0600 when it is not there, to append to it.

        Raises:
            SettingsError: it cannot be opened.
        """
        self.latest: collections.deque[Line] = collections.deque(maxlen=_LATEST)
        self._descriptor: int | None = None
        if path is None:
            return
        try:
            self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError as error:
            raise SettingsError(f"Cannot write the request log {path}: {error.strerror}") from error

    def write(self, *, service: str, method: str, path: str, status: int | None, token_kind: str | None) -> None:
        """Add one line; a single write to the file, so that no reader sees half of it."""
        line: Line = {
            "time": iso(time.time()),
            "service": service,
            "method": method,
            "path": _VERIFICATION.sub(r"\1***", path),
            "status": status,
            "token_kind": token_kind,
        }
        self.latest.append(line)
        if self._descriptor is not None:
            os.write(self._descriptor, json.dumps(line).encode() + b"\n")

    def close(self) -> None:
        """Close the file."""
        if self._descriptor is not None:
            os.close(self._descriptor)


class RequestLogLayer:
    """The layer around a service that writes its lines. The status of a reply that never left is ``null``."""

    def __init__(self, app: ASGIApp, service: str, log: RequestLog, tokens: Tokens) -> None:
        self._app = app
        self._service = service
        self._log = log
        self._tokens = tokens

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        logged = False

        def log(status: int | None) -> None:
            nonlocal logged
            if not logged:
                logged = True
                self._log.write(
                    service=self._service,
                    method=scope["method"],
                    path=scope["path"],
                    status=status,
                    token_kind=credential(scope, self._tokens).kind,
                )

        async def send_logged(message: Message) -> None:
            log(t.cast("int | None", message.get("status")))
            await send(message)

        try:
            await self._app(scope, receive, send_logged)
        finally:
            log(None)
