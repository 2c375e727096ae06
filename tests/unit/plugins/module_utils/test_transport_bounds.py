# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Of no reply is more read, kept or unpacked than Bloq's could need, whatever its status."""

from __future__ import annotations

import contextlib
import gzip
import json
import socket
import tracemalloc
import typing as t
import zlib

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._errors import (
    BloqError,
    RefusedError,
    ReplyError,
    StatusError,
    UnreachableError,
)
from ansible_collections.bloq.cloud.tests.unit.plugins.module_utils.http_service import Answer, Service, sent
from ansible_collections.bloq.cloud.tests.unit.plugins.module_utils.raw_service import RawService

_MIB = 1024 * 1024
#: What a reply may cost: it is held in pieces, whole, and unpacked.
_MEMORY = 20 * _MIB
_FLOOD = 256
_PIECE = b" " * _MIB


@contextlib.contextmanager
def little_memory() -> t.Iterator[None]:
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < _MEMORY
    finally:
        tracemalloc.stop()


def _bomb(form: int) -> bytes:
    packer = zlib.compressobj(9, wbits=form)
    return b"".join(packer.compress(_PIECE) for _turn in range(_FLOOD)) + packer.flush()


BOMBS = {
    "gzip": (_bomb(31), "gzip"),
    "deflate": (_bomb(15), "deflate"),
    "gzip in gzip": (gzip.compress(_bomb(31)), "gzip, gzip"),
}
STATUSES = [200, 201, 302, 307, 400, 401, 404, 429, 500, 503]


@pytest.mark.parametrize("bomb", BOMBS)
@pytest.mark.parametrize("status", STATUSES)
def test_a_packed_reply_is_bounded_by_what_comes_out(
    service: Service, waits: list[float], status: int, bomb: str
) -> None:
    body, packing = BOMBS[bomb]
    service.answer(Answer(status, body, {"Content-Encoding": packing, "Location": "/elsewhere"}))
    with little_memory(), pytest.raises(BloqError) as error:
        service.transport(retries=1, max_retry_wait=2.0).send("GET", "/")
    assert "too large" in str(error.value) or "cannot be unpacked" in str(error.value) or status != 200
    assert isinstance(error.value, ReplyError if status == 200 else StatusError)
    assert isinstance(error.value, RefusedError) == (status == 401)


class Flood:
    """Sends a quarter of a GiB behind a head, and counts what was taken."""

    def __init__(self, head: bytes, piece: bytes = _PIECE) -> None:
        self.head = head
        self.piece = piece
        self.taken = 0

    def __call__(self, connection: socket.socket) -> None:
        connection.sendall(self.head)
        for _turn in range(_FLOOD):
            self.taken += connection.send(self.piece)


_CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
FLOODS = {
    "a body until the end": (b"HTTP/1.1 200 OK\r\n\r\n", _PIECE),
    "a body with a length": (b"HTTP/1.1 200 OK\r\nContent-Length: 268435456\r\n\r\n", _PIECE),
    "one chunk": (_CHUNKED + b"10000000\r\n", _PIECE),
    "chunks": (_CHUNKED, b"100000\r\n" + _PIECE + b"\r\n"),
    "a chunk of all there is": (_CHUNKED + b"-1\r\n", _PIECE),
    "extensions of a chunk": (_CHUNKED + b"1;", _PIECE),
    "trailers": (_CHUNKED + b"0\r\n", b"X: y\r\n" * 100_000),
    "a header": (b"HTTP/1.1 200 OK\r\nX: ", _PIECE),
    "headers": (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n" * 100_000),
    "100 Continue": (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 40_000),
    "a redirect": (b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 268435456\r\n\r\n", _PIECE),
    "a refusal": (b"HTTP/1.1 401 No\r\nContent-Length: 268435456\r\n\r\n", _PIECE),
    "a 503 that is tried again": (b"HTTP/1.1 503 Busy\r\nContent-Length: 268435456\r\n\r\n", _PIECE),
    "a 429 that is tried again": (b"HTTP/1.1 429 Busy\r\nContent-Length: 268435456\r\n\r\n", _PIECE),
}


@pytest.mark.parametrize("flood", FLOODS)
def test_a_flood_is_cut_off(waits: list[float], flood: str) -> None:
    script = Flood(*FLOODS[flood])
    service = RawService(script)
    try:
        with little_memory(), pytest.raises((ReplyError, StatusError, UnreachableError)):
            service.transport(retries=1, max_retry_wait=2.0, timeout=20.0).send("POST", "/", body={})
    finally:
        service.stop()
    # Two attempts, and what waits in the buffers between us.
    assert script.taken < 48 * _MIB


@pytest.mark.parametrize(
    ("packing", "pack"),
    [("gzip", gzip.compress), ("x-gzip", gzip.compress), (" GZIP ", gzip.compress), ("deflate", zlib.compress)],
)
def test_a_reply_that_was_packed_on_the_way_can_be_read(
    service: Service, packing: str, pack: t.Callable[[bytes], bytes]
) -> None:
    body = [{"id": "a" * 1000}] * 1000
    service.answer(Answer(200, pack(json.dumps(body).encode()), {"Content-Encoding": packing}))
    assert service.transport().send("GET", "/").body == body
    assert sent(service)["Accept-Encoding"] == "identity"


@pytest.mark.parametrize(
    ("packing", "body"),
    [("br", b"x"), ("gzip", b"[]"), ("gzip", gzip.compress(b"[1]", mtime=0)[:-9]), ("gzip, gzip", b"x")],
)
def test_a_reply_that_cannot_be_unpacked_is_told(service: Service, packing: str, body: bytes) -> None:
    service.answer(Answer(200, body, {"Content-Encoding": packing}), Answer(404, body, {"Content-Encoding": packing}))
    with pytest.raises(ReplyError, match="cannot be unpacked"):
        service.transport().send("GET", "/")
    with pytest.raises(StatusError, match="answered 404"):
        service.transport().send("GET", "/")


def test_no_body_may_be_called_packed(service: Service) -> None:
    service.answer(Answer(204, b"", {"Content-Encoding": "gzip"}))
    assert service.transport().send("DELETE", "/", expect=(204,)).body is None
