# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An attempt ends on time, however the service, the proxy or the network stretches it."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
import typing as t

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._connection import Connection
from ansible_collections.bloq.cloud.plugins.module_utils._errors import StatusError, UnreachableError
from ansible_collections.bloq.cloud.plugins.module_utils._http import local_transport
from ansible_collections.bloq.cloud.plugins.module_utils._wire import Attempt
from ansible_collections.bloq.cloud.tests.unit.plugins.module_utils.http_service import Service
from ansible_collections.bloq.cloud.tests.unit.plugins.module_utils.raw_service import RawService, dripping

TIMEOUT = 0.4
#: How much later a loaded machine may notice. What drips does so for longer.
LATE = 5.0

_HEAD = b"HTTP/1.1 200 OK\r\n"
DRIPS = {
    "nothing": (b"", b""),
    "status line": (b"HTTP/1.1 ", b"2"),
    "reason": (_HEAD[:-2], b"O"),
    "one header": (_HEAD + b"X: ", b"x"),
    "many headers": (_HEAD, b"X: y\r\n"),
    "100 Continue": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "body with a length": (_HEAD + b"Content-Length: 1000000\r\n\r\n", b" "),
    "body until the end": (_HEAD + b"Connection: close\r\n\r\n", b" "),
    "chunks": (_HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "one chunk": (_HEAD + b"Transfer-Encoding: chunked\r\n\r\nffff\r\n", b" "),
    "size of a chunk": (_HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"0"),
    "trailer": (_HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n"),
    "body of a redirect": (b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 1000000\r\n\r\n", b" "),
    "body of a refusal": (b"HTTP/1.1 401 No\r\nContent-Length: 1000000\r\n\r\n", b" "),
}


@contextlib.contextmanager
def on_time(seconds: float = TIMEOUT) -> t.Iterator[None]:
    began = time.monotonic()
    threads = threading.active_count()
    yield
    assert time.monotonic() - began < seconds + LATE
    assert threading.active_count() <= threads + 1, "only the service may have begun one"


@contextlib.contextmanager
def running(service: RawService) -> t.Iterator[RawService]:
    try:
        yield service
    finally:
        service.stop()


@pytest.mark.parametrize("drip", DRIPS)
def test_a_dripping_reply_ends_on_time(drip: str) -> None:
    told = pytest.raises(UnreachableError, match=r"did not answer within 0\.4 s|reply took too long")
    with running(RawService(dripping(*DRIPS[drip]))) as service, on_time(), told as error:
        service.transport(timeout=TIMEOUT).send("POST", "/", body={})
    assert error.value.maybe_received and error.value.timed_out


def test_a_reply_may_take_most_of_the_time() -> None:
    def answer_late(connection: socket.socket) -> None:
        time.sleep(3.0)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    with running(RawService(answer_late)) as service:
        assert service.transport(timeout=5.0).send("POST", "/", body={}).status == 200


@pytest.mark.parametrize("status", [429, 503])
def test_the_body_of_a_status_that_is_tried_again_is_not_waited_for(status: int) -> None:
    head = f"HTTP/1.1 {status} Busy\r\nRetry-After: 1\r\nContent-Length: 1000000\r\n\r\n".encode()
    told = pytest.raises((UnreachableError, StatusError))
    with running(RawService(dripping(head, b" "))) as service, on_time(1.5 + 2 * TIMEOUT), told:
        service.transport(timeout=TIMEOUT, retries=1, max_retry_wait=1.5).send("GET", "/")
    assert service.visits == 2


def test_all_attempts_together_end_on_time() -> None:
    with running(RawService(dripping(_HEAD[:-2], b"O"))) as service:
        connection = Connection(service.url, timeout=TIMEOUT, retries=2, max_retry_wait=2.0)
        with on_time(connection.longest), pytest.raises(UnreachableError):
            local_transport(connection).send("GET", "/")
    assert connection.longest == pytest.approx(3 * TIMEOUT + 2.0)
    assert service.visits == 3


def test_429_after_429_ends_with_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those do not count as retries; slow ones would go on for the whole budget of waits and more."""

    def answer_late(connection: socket.socket) -> None:
        time.sleep(TIMEOUT * 0.8)
        connection.sendall(b"HTTP/1.1 429 Busy\r\nContent-Length: 0\r\n\r\n")

    monkeypatch.setattr(
        "ansible_collections.bloq.cloud.plugins.module_utils._retries.spread", lambda wait, *_over: wait
    )
    with running(RawService(answer_late)) as service:
        connection = Connection(service.url, timeout=TIMEOUT, retries=1, max_retry_wait=3.0)
        with pytest.raises((StatusError, UnreachableError)):
            local_transport(connection).send("GET", "/")
    # The budget of waits has one for a fourth one, and the call has no time left for it.
    assert service.visits <= 3


def test_a_dripping_handshake_was_no_request() -> None:
    # A TLS record that begins well and never ends.
    with running(RawService(dripping(b"\x16\x03\x03\x40\x00\x02", b"\0"), reads=False)) as service, on_time():
        url = service.url.replace("http:", "https:")
        with pytest.raises(UnreachableError, match="there was no TLS handshake within") as error:
            local_transport(Connection(url, retries=0, timeout=TIMEOUT)).send("POST", "/", body={})
    assert not error.value.maybe_received and not error.value.timed_out


@pytest.mark.parametrize(
    ("beginning", "drop"),
    [
        (b"", b"H"),
        (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
        (b"HTTP/1.1 200 OK\r\n\r\n\x16\x03\x03\x40\x00\x02", b"\0"),
    ],
    ids=["status line", "headers", "the handshake behind it"],
)
def test_a_dripping_proxy_was_no_request(beginning: bytes, drop: bytes) -> None:
    with running(RawService(dripping(beginning, drop))) as proxy, on_time():
        connection = Connection("https://accounts.bloq.cloud", proxy=proxy.url, retries=0, timeout=TIMEOUT)
        with pytest.raises(UnreachableError) as error:
            local_transport(connection).send("POST", "/", body={})
    assert not error.value.maybe_received


def test_a_proxy_that_hands_on_drops(monkeypatch: pytest.MonkeyPatch) -> None:
    with running(RawService(dripping(_HEAD, b"X: y\r\n"))) as proxy, on_time():
        connection = Connection("http://127.0.0.1:9", proxy=proxy.url, retries=0, timeout=TIMEOUT)
        with pytest.raises(UnreachableError, match="did not answer within") as error:
            local_transport(connection).send("POST", "/", body={})
    assert error.value.maybe_received and error.value.timed_out


def test_a_service_that_takes_nothing() -> None:
    def idle(_connection: socket.socket) -> None:
        time.sleep(2 * TIMEOUT + LATE)

    with running(RawService(idle, reads=False)) as service, on_time(), pytest.raises(UnreachableError) as error:
        service.transport(timeout=TIMEOUT).send("POST", "/", body={"text": "x" * 12_000_000})
    assert error.value.maybe_received and error.value.timed_out


def _resolve_to(monkeypatch: pytest.MonkeyPatch, *hosts: str) -> None:
    resolve = socket.getaddrinfo

    def resolved(host: str, *args: t.Any, **kwargs: t.Any) -> t.Any:
        if host != "accounts.test":
            return resolve(host, *args, **kwargs)
        return [found for name in hosts for found in resolve(name, *args, **kwargs)]

    monkeypatch.setattr(socket, "getaddrinfo", resolved)


def test_the_addresses_of_a_host_share_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two dead addresses before a live one: each has its share, and the live one answers."""
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
    with running(RawService(lambda connection: connection.sendall(answer))) as service:
        _resolve_to(monkeypatch, "192.0.2.1", "127.0.0.2", "127.0.0.1")
        connect = socket.socket.connect
        tried: list[tuple[str, float]] = []

        def seen(sock: socket.socket, address: t.Any) -> None:
            tried.append((address[0], sock.gettimeout() or 0.0))
            if address[0] == "192.0.2.1":
                time.sleep(sock.gettimeout() or 0.0)
                raise socket.timeout("timed out")
            connect(sock, address)

        monkeypatch.setattr(socket.socket, "connect", seen)
        url = service.url.replace("127.0.0.1", "accounts.test")
        transport = local_transport(Connection(url, allow_http=True, retries=0, timeout=TIMEOUT))
        assert transport.send("GET", "/").body == {}
        assert [host for host, _share in tried] == ["192.0.2.1", "127.0.0.2", "127.0.0.1"]
    assert tried[0][1] <= TIMEOUT / 3


def test_no_address_of_a_host_answers_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    _resolve_to(monkeypatch, *(f"192.0.2.{number}" for number in range(1, 9)))

    def nobody(sock: socket.socket, _address: t.Any) -> None:
        time.sleep(sock.gettimeout() or 0.0)
        raise socket.timeout("timed out")

    monkeypatch.setattr(socket.socket, "connect", nobody)
    with on_time(), pytest.raises(UnreachableError, match="did not accept a connection within") as error:
        local_transport(Connection("https://accounts.test", retries=0, timeout=TIMEOUT)).send("GET", "/")
    assert not error.value.maybe_received


def test_a_process_that_is_stopped_after_it_connected_sends_nothing_late(monkeypatch: pytest.MonkeyPatch) -> None:
    connect = Attempt.connect

    def connect_and_stop(attempt: Attempt) -> None:
        connect(attempt)
        time.sleep(TIMEOUT + 0.1)

    monkeypatch.setattr(Attempt, "connect", connect_and_stop)
    service = Service()
    try:
        with pytest.raises(UnreachableError):
            local_transport(Connection(service.url, timeout=TIMEOUT, retries=0)).send("POST", "/x", repeatable=False)
        assert service.requests == []
    finally:
        service.stop()
