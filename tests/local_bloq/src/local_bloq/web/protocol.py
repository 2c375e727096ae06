# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP/1.1 by uvicorn, with a way to break the connection on purpose."""

from __future__ import annotations

import asyncio
import socket
import struct
import typing as t

from starlette.types import Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

RESET = "local_bloq.reset"
CUT = "local_bloq.cut"

_GOODBYE_SECONDS = 0.2

# Linger for 0 seconds: the kernel then closes with RST instead of FIN.
_LINGER_RESET = struct.pack("ii", 1, 0)


class BreakableProtocol(H11Protocol):
    """Takes two more ASGI messages: ``RESET`` resets the connection at once, ``CUT`` closes it after what was sent."""

    def __init__(self, *args: t.Any, **kwargs: t.Any) -> None:
        super().__init__(*args, **kwargs)
        self._served = self.app
        self.app = t.cast(t.Any, self._serve)
        self._lost = asyncio.Event()

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
        self._lost.set()
