# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP/1.1 by uvicorn, with a way to break the connection on purpose."""

from __future__ import annotations

import asyncio
import socket
import struct
import typing as t

import h11
from starlette.responses import JSONResponse
from starlette.types import Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

RESET = "local_bloq.reset"
CUT = "local_bloq.cut"

MAX_HEAD_BYTES = 32 * 1024
_GOODBYE_SECONDS = 0.2
_MAX_REQUEST_SECONDS = 30

# Linger for 0 seconds: the kernel then closes with RST instead of FIN.
_LINGER_RESET = struct.pack("ii", 1, 0)


class BreakableProtocol(H11Protocol):
    """Takes two more ASGI messages: ``RESET`` resets the connection at once, ``CUT`` closes it after what was sent."""

    def __init__(self, *args: t.Any, **kwargs: t.Any) -> None:
        super().__init__(*args, **kwargs)
        self._served = self.app
        self.app = t.cast(t.Any, self._serve)
        self._lost = asyncio.Event()
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Give the client a limited time for its first request."""
        super().connection_made(transport)
        self._watch_request()

    def data_received(self, data: bytes) -> None:
        """Take what the client sent, and limit the time for the rest of a request's head."""
        super().data_received(data)
        self._watch_request()

    def _watch_request(self) -> None:
        if self.conn.their_state is not h11.IDLE:
            self._forget_deadline()
        elif self._deadline is None:
            self._deadline = self.loop.call_later(_MAX_REQUEST_SECONDS, self.transport.abort)

    def _forget_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def send_400_response(self, msg: str) -> None:
        """Answer what is not HTTP as any other error, when nothing was answered yet, and close."""
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            body = b'{"code":"MalformedRequest"}'
            headers = [
                ("Content-Type", "application/json"),
                ("Content-Length", str(len(body))),
                ("Connection", "close"),
            ]
            reply = h11.Response(status_code=400, headers=headers, reason=b"Bad Request")
            for event in (reply, h11.Data(data=body), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_or_break(message: Message) -> None:
            if message["type"] == RESET:
                self._reset()
            elif message["type"] == CUT:
                self.transport.close()
            else:
                await send(message)
                return
            # uvicorn answers 500 for a request without a reply unless it knows that the connection is gone.
            await self._lost.wait()

        if _head_bytes(scope) > MAX_HEAD_BYTES:
            await JSONResponse({"code": "HeadTooLarge"}, 431)(scope, receive, send)
            return
        await t.cast(t.Any, self._served)(scope, receive, send_or_break)

    def _reset(self) -> None:
        connection = self.transport.get_extra_info("socket")
        if connection is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_RESET)
        self.transport.abort()

    def shutdown(self) -> None:
        """Close the connection, when no request is under way, because the server stops."""
        super().shutdown()
        if self.transport.is_closing():
            # TLS waits for the client's goodbye, and a client that keeps its connection for later never says it.
            self.loop.call_later(_GOODBYE_SECONDS, self.transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        """Take note that the connection is gone."""
        super().connection_lost(exc)
        self._forget_deadline()
        self._lost.set()


def _head_bytes(scope: Scope) -> int:
    headers = sum(len(name) + len(value) for name, value in scope["headers"])
    return len(scope["raw_path"]) + len(scope["query_string"]) + headers
