# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replies that a fault makes up or spoils, and how they are sent."""

from __future__ import annotations

import asyncio
import dataclasses
import typing as t

from starlette.datastructures import MutableHeaders
from starlette.types import Receive, Send

from local_bloq.web.faults import Fault, Faults
from local_bloq.web.protocol import CUT, RESET

_BODILESS = (204, 304)
_CHUNK_BYTES = 64 * 1024


@dataclasses.dataclass
class Reply:
    """A whole reply."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


def own_reply(fault: Fault) -> Reply:
    """Return the reply that a fault has in place of the real one."""
    reply = Reply(fault.status or 200, [], b"")
    if reply.status not in _BODILESS:
        reply.body = fault.reply_body()
        reply.headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(reply.body)).encode()),
        ]
    dress(reply, fault)
    return reply


def dress(reply: Reply, fault: Fault) -> None:
    """Change the reply's headers as the fault says."""
    headers = MutableHeaders(raw=reply.headers)
    headers.update(fault.headers)
    if fault.content_type is not None:
        headers["content-type"] = fault.content_type
    if fault.retry_after is not None:
        headers["retry-after"] = str(fault.retry_after)
    if "content-length" not in headers:
        return
    if fault.size is not None:
        headers["content-length"] = str(max(fault.size, len(reply.body)))
    elif fault.drip is not None:
        del headers["content-length"]


async def send_reply(reply: Reply, receive: Receive, send: Send, fault: Fault, faults: Faults) -> None:
    """Send the reply, cut short, padded or slowly as the fault says."""
    if fault.truncate and not reply.body:
        # There is no body to cut, so cut the whole reply.
        await send({"type": RESET})
        return
    await send({"type": "http.response.start", "status": reply.status, "headers": reply.headers})
    if fault.truncate:
        await send({"type": "http.response.body", "body": reply.body[: len(reply.body) // 2], "more_body": True})
        await send({"type": CUT})
    elif reply.body and (fault.size is not None or fault.drip is not None):
        await _send_long(reply.body, receive, send, fault, faults)
    else:
        await send({"type": "http.response.body", "body": reply.body})


async def _send_long(body: bytes, receive: Receive, send: Send, fault: Fault, faults: Faults) -> None:
    gone = asyncio.create_task(_until_disconnected(receive))
    try:
        for piece in _pieces(body, fault):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            await faults.pause(fault.drip or 0)
            # Sending to a client that has left does nothing, without end.
            if gone.done() or faults.stopping:
                await send({"type": CUT})
                return
        await send({"type": "http.response.body", "body": b""})
    finally:
        gone.cancel()


def _pieces(body: bytes, fault: Fault) -> t.Iterator[bytes]:
    length = 1 if fault.drip is not None else _CHUNK_BYTES
    for start in range(0, len(body), length):
        yield body[start : start + length]
    left = None if fault.size is None else fault.size - len(body)
    while left is None or left > 0:
        piece = b" " * (length if left is None else min(length, left))
        yield piece
        if left is not None:
            left -= len(piece)


async def _until_disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
