# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Request bodies: JSON, of limited size, in limited time."""

from __future__ import annotations

import asyncio
import json
import typing as t

from starlette.requests import ClientDisconnect, Request

from local_bloq.web.refusals import Refusal

MAX_BYTES = 64 * 1024
MAX_SECONDS = 30.0


async def read_json(request: Request) -> object:
    """Return the body's JSON value.

    A missing Content-Type is taken for JSON: bcl 2.8 sends none. H

    Raises:
        Refusal: 408 too slow, 413 too large, 415 another content type, 400 not JSON.
    """
    content_type = request.headers.get("content-type")
    if content_type is not None and content_type.partition(";")[0].strip().lower() != "application/json":
        raise Refusal(415, "UnsupportedMediaType")
    return parse_json(await read_bytes(request))


async def read_bytes(request: Request) -> bytes:
    """Return the body.

    Raises:
        Refusal: 408 too slow, 413 too large, 400 the client went away.
    """
    data = bytearray()
    try:
        async with asyncio.timeout(MAX_SECONDS):
            async for chunk in request.stream():
                data += chunk
                if len(data) > MAX_BYTES:
                    raise Refusal(413, "BodyTooLarge", headers={"Connection": "close"})
    except ClientDisconnect:
        raise Refusal(400, "MalformedBody") from None
    except TimeoutError:
        raise Refusal(408, "BodyTooSlow", headers={"Connection": "close"}) from None
    return bytes(data)


def parse_json(data: bytes) -> object:
    """Return the JSON value (RFC 8259) in the bytes.

    Raises:
        Refusal: 400, it is not JSON or holds text that is not Unicode.
    """
    try:
        value: object = json.loads(data.decode(), parse_constant=_refuse_constant)
        # JSON can spell half a surrogate pair, which neither SQLite nor a reply can hold, and a number like 1e999,
        # which Python takes for infinity.
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        raise Refusal(400, "MalformedBody") from None
    return value


def _refuse_constant(_name: str) -> t.NoReturn:
    # Python reads NaN and Infinity, which JSON does not have.
    raise ValueError
