# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The layer around a service that makes faults happen."""

from __future__ import annotations

import asyncio
import dataclasses

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from local_bloq.web.faults import Fault, Faults
from local_bloq.web.protocol import CUT, RESET

_BODILESS = (204, 304)


@dataclasses.dataclass
class _Reply:
    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class FaultLayer:
    """Passes requests on, except where a fault strikes."""

    def __init__(self, app: ASGIApp, service: str, faults: Faults) -> None:
        self._app = app
        self._service = service
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        fault = self._faults.take(self._service, scope["method"], scope["path"])
        if fault is None:
            await self._app(scope, receive, send)
            return
        await asyncio.sleep(fault.delay)
        if fault.reset == "before":
            await send({"type": RESET})
            return
        if fault.replaces_reply:
            reply = _own_reply(fault)
            if fault.commit:
                await self._carried_out(scope, receive)
        else:
            reply = await self._carried_out(scope, receive)
            _dress(reply, fault)
        await asyncio.sleep(fault.delay_after)
        if fault.reset == "after":
            await send({"type": RESET})
            return
        await _send(reply, send, truncate=fault.truncate)

    async def _carried_out(self, scope: Scope, receive: Receive) -> _Reply:
        reply = _Reply(500, [], b"")

        async def keep(message: Message) -> None:
            if message["type"] == "http.response.start":
                reply.status = message["status"]
                reply.headers = list(message.get("headers", []))
            else:
                reply.body += message.get("body", b"")

        await self._app(scope, receive, keep)
        return reply


def _own_reply(fault: Fault) -> _Reply:
    reply = _Reply(fault.status or 200, [(b"content-type", b"application/json")], fault.reply_body())
    if reply.status in _BODILESS:
        return _Reply(reply.status, [], b"")
    _dress(reply, fault)
    reply.headers.append((b"content-length", str(len(reply.body)).encode()))
    return reply


def _dress(reply: _Reply, fault: Fault) -> None:
    headers = MutableHeaders(raw=reply.headers)
    if fault.content_type is not None:
        headers["content-type"] = fault.content_type
    if fault.retry_after is not None:
        headers["retry-after"] = str(fault.retry_after)


async def _send(reply: _Reply, send: Send, *, truncate: bool) -> None:
    if truncate and not reply.body:
        # There is no body to cut, so cut the whole reply.
        await send({"type": RESET})
        return
    await send({"type": "http.response.start", "status": reply.status, "headers": reply.headers})
    if truncate:
        await send({"type": "http.response.body", "body": reply.body[: len(reply.body) // 2], "more_body": True})
        await send({"type": CUT})
        return
    await send({"type": "http.response.body", "body": reply.body})
