# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP/1.1 by uvicorn, with a way to break the connection on purpose."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import typing as t

import h11
from starlette.responses import JSONResponse
from starlette.types import Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from local_bloq.web.connections import Connections

RESET = "local_bloq.reset"
CUT = "local_bloq.cut"

MAX_HEAD_BYTES = 32 * 1024
_GOODBYE_SECONDS = 0.2
_MAX_REQUEST_SECONDS = 30
_MAX_DRAIN_SECONDS = 5
_MAX_DRAIN_BYTES = 64 * 1024 * 1024

# Linger for 0 seconds: the kernel then closes with RST instead of FIN.
_LINGER_RESET = struct.pack("ii", 1, 0)


class BreakableProtocol(H11Protocol):
    """Takes two more ASGI messages: ``RESET`` resets the connection at once, ``CUT`` closes it after what was sent."""

    def __init__(self, *args: t.Any, connections: Connections | None = None, **kwargs: t.Any) -> None:
        """Take uvicorn's arguments, and where to note whether there is something to do."""
        super().__init__(*args, **kwargs)
        self._connections = connections or Connections()
        self._descriptor = -1
        self._served = self.app
        self.app = t.cast(t.Any, self._serve)
        self._lost = asyncio.Event()
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Give the client a limited time for its first request."""
        super().connection_made(transport)
        self._descriptor = transport.get_extra_info("socket").fileno()
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
            elif self._is_early_end(message):
                await send({**message, "more_body": True})
                await self._drain(receive)
                await send({"type": "http.response.body"})
                return
            else:
                await send(message)
                return
            # uvicorn answers 500 for a request without a reply unless it knows that the connection is gone.
            await self._lost.wait()

        self._connections.set_busy(self._descriptor, True)
        try:
            if _head_bytes(scope) > MAX_HEAD_BYTES:
                await JSONResponse({"code": "HeadTooLarge"}, 431)(scope, receive, send_or_break)
                return
            await t.cast(t.Any, self._served)(scope, receive, send_or_break)
        finally:
            # Another connection may have the descriptor already.
            if not self._lost.is_set():
                self._connections.set_busy(self._descriptor, False)

    def _is_early_end(self, message: Message) -> bool:
        """Tell whether a reply ends that closes the connection while the client is still sending its request."""
        ends = message["type"] == "http.response.body" and not message.get("more_body")
        return ends and self.conn.their_state is h11.SEND_BODY and self.conn.our_state is not h11.ERROR

    async def _drain(self, receive: Receive) -> None:
        # When the connection closes the kernel answers what is not read with a reset: the client may lose the reply.
        length = 0
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_MAX_DRAIN_SECONDS):
                while (message := await receive())["type"] == "http.request" and message["more_body"]:
                    length += len(message["body"])
                    if length > _MAX_DRAIN_BYTES:
                        return

    def _reset(self) -> None:
        if self._lost.is_set():  # the client has gone already
            return
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
