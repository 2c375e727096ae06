# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The layer around a service that makes faults happen."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from local_bloq.web.fault_replies import Reply, dress, own_reply, send_reply
from local_bloq.web.faults import Faults
from local_bloq.web.protocol import RESET


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
        if fault.hold:
            await self._faults.hold()
        await self._faults.pause(fault.delay)
        if fault.reset == "before":
            await send({"type": RESET})
            return
        if fault.replaces_reply:
            reply = own_reply(fault)
            if fault.commit:
                await self._carried_out(scope, receive)
        else:
            reply = await self._carried_out(scope, receive)
            dress(reply, fault)
        await self._faults.pause(fault.delay_after)
        if fault.reset == "after":
            await send({"type": RESET})
            return
        await send_reply(reply, receive, send, fault, self._faults)

    async def _carried_out(self, scope: Scope, receive: Receive) -> Reply:
        reply = Reply(500, [], b"")

        async def keep(message: Message) -> None:
            if message["type"] == "http.response.start":
                reply.status = message["status"]
                reply.headers = list(message.get("headers", []))
            else:
                reply.body += message.get("body", b"")

        await self._app(scope, receive, keep)
        return reply
