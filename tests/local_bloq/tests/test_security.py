# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nobody learns a secret from the files, guesses a password, or takes the server away from the others."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import json
import random
import re
import secrets
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
import uvicorn
from asking import client_tokens, exchange, log_in, make_key
from conftest import USER, Served, serve
from starlette.requests import Request
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from local_bloq.identity.passwords import Passwords
from local_bloq.identity.throttle import MAX_FAILURES, WINDOW_SECONDS, Throttle
from local_bloq.web import bodies, protocol
from local_bloq.web.refusals import Refusal

TIMEOUT = 10


def connect(bloq: Served) -> socket.socket:
    host, port = bloq.accounts.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=TIMEOUT)


def exchange_bytes(bloq: Served, sent: bytes) -> bytes:
    """Send bytes, end the sending, and return what comes back until the server closes."""
    with connect(bloq) as connection, contextlib.suppress(ConnectionError):
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        received = b""
        while piece := connection.recv(65536):
            received += piece
        return received
    return b""


def status(reply: bytes) -> int:
    found = re.match(rb"HTTP/1\.1 (\d{3}) ", reply)
    assert found, reply
    return int(found[1])


def log_in_status(bloq: Served, user: str, password: str) -> int:
    return requests.post(f"{bloq.accounts}/auth", auth=(user, password), timeout=TIMEOUT).status_code


def test_no_file_holds_a_secret_while_it_runs_or_later(tmp_path: Path) -> None:
    database, log = tmp_path / "bloq.db", tmp_path / "requests.jsonl"
    token = secrets.token_urlsafe(24)
    with serve("--db", str(database), "--request-log", str(log)) as bloq:
        account = log_in(bloq)
        key = make_key(bloq, account)
        granted = exchange(bloq, grantType="clientCredentials", **key).json()
        requests.get(f"{bloq.accounts}/users/me?access_token={token}", headers=account, timeout=TIMEOUT)
        for path in ("/users/me/token/", "//users/x/token/", "/users/x/token/a/", "/users/x/toke%6e/"):
            requests.put(f"{bloq.accounts}{path}{token}", timeout=TIMEOUT)
        canaries = [bloq.password, key["clientSecret"], *granted.values(), account["Authorization"].split()[1], token]
        while_running = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
        modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    later = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert {"bloq.db", "bloq.db-wal", "requests.jsonl"} <= set(while_running)
    assert key["clientId"].encode() in b"".join(while_running.values())
    for content in (*while_running.values(), *later.values()):
        assert not [canary for canary in canaries if canary.encode() in content]
    assert set(modes.values()) == {0o600}
    assert b"$argon2id$" in later["bloq.db"]


def test_a_refusal_for_nobody_takes_the_same_work() -> None:
    passwords = Passwords()
    checked: list[str] = []
    verify = passwords._verify
    passwords._verify = lambda expected, given: checked.append(expected) or verify(expected, given)  # type: ignore[method-assign, func-returns-value]
    try:
        assert not asyncio.run(passwords.matches(None, "nobody"))
    finally:
        passwords.close()
    assert checked
    assert checked[0].startswith("$argon2id$")


@pytest.fixture(scope="module")
def watched() -> Iterator[Served]:
    """A local Bloq whose failed logins are this module's own."""
    with serve() as served:
        yield served


def test_wrong_passwords_make_the_account_wait_by_either_of_its_names(watched: Served) -> None:
    user_id = requests.get(f"{watched.accounts}/users/me", headers=log_in(watched), timeout=TIMEOUT).json()["id"]
    names = [USER, user_id, USER.upper()] * MAX_FAILURES
    statuses = [log_in_status(watched, name, "wrong") for name in names[:MAX_FAILURES]]
    assert statuses == [401] * MAX_FAILURES
    for name in (USER, user_id):
        reply = requests.post(f"{watched.accounts}/auth", auth=(name, watched.password), timeout=TIMEOUT)
        assert (reply.status_code, reply.json()) == (429, {"code": "TooManyAttempts"})
        assert 1 <= int(reply.headers["retry-after"]) <= WINDOW_SECONDS
    assert log_in_status(watched, "other@example.com", "wrong") == 401


def test_guesses_at_once_learn_no_more_than_guesses_in_turn() -> None:
    with serve() as bloq, concurrent.futures.ThreadPoolExecutor(20) as pool:
        statuses = list(pool.map(lambda _: log_in_status(bloq, USER, "wrong"), range(40)))
    assert statuses.count(401) == MAX_FAILURES
    assert statuses.count(429) == 40 - MAX_FAILURES


def test_the_throttle_can_be_switched_off() -> None:
    with serve("--no-login-throttle") as bloq:
        assert {log_in_status(bloq, USER, "wrong") for _turn in range(MAX_FAILURES + 3)} == {401}
        assert log_in_status(bloq, USER, bloq.password) == 200


def test_waiting_and_the_right_password_end_the_throttle() -> None:
    now = 1000.0
    throttle = Throttle(lambda: now)
    for _turn in range(MAX_FAILURES):
        assert throttle.wait("a@example.com") == 0
        throttle.failed("A@example.com")
    assert throttle.wait("a@example.com") == WINDOW_SECONDS
    now += WINDOW_SECONDS - 0.5
    assert throttle.wait("a@example.com") == 1
    now += 0.5
    assert throttle.wait("a@example.com") == 0
    throttle.failed("a@example.com")
    throttle.succeeded("a@example.com")
    assert throttle.wait("a@example.com") == 0


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("size", [65_537, 900_000, 3_000_000, 50_000_000])
def test_a_body_that_is_too_large_is_refused_with_a_reply(size: int, chunked: bool, bloq: Served) -> None:
    body = b'{"grantType": "' + b"a" * size + b'"}'
    headers = {"Content-Type": "application/json"}
    data = iter([body[:30_000], body[30_000:]]) if chunked else body
    reply = requests.post(f"{bloq.accounts}/auth/token", data=data, headers=headers, timeout=TIMEOUT)
    assert (reply.status_code, reply.json()) == (413, {"code": "BodyTooLarge"})


def test_a_body_without_end_is_cut_off(bloq: Served) -> None:
    with connect(bloq) as connection:
        connection.sendall(b"POST /auth/token HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        piece = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
        with pytest.raises(ConnectionError):
            for _turn in range(10_000):
                connection.sendall(piece)
    assert requests.get(f"{bloq.accounts}/", timeout=TIMEOUT).status_code == 200


@pytest.mark.parametrize("body", [b"[" * 60_000, b'{"a":' * 12_000, b"9" * 60_000, b'"\\ud800"', b"\xff\xfe{}", b"NaN"])
def test_json_that_hurts_parsers_is_refused(body: bytes, bloq: Served) -> None:
    reply = requests.post(f"{bloq.accounts}/auth/token", data=body, timeout=TIMEOUT)
    assert (reply.status_code, reply.json()) == (400, {"code": "MalformedBody"})


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n",
        b"GET /\x00 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"POST /auth/token HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"nonsense\r\n\r\n",
    ],
)
def test_what_is_not_http_is_400(request_bytes: bytes, bloq: Served) -> None:
    reply = exchange_bytes(bloq, request_bytes)
    assert status(reply) == 400
    assert reply.endswith(b'\r\n\r\n{"code":"MalformedRequest"}')


@pytest.mark.parametrize("length", [40_000, 400_000])
@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET /%s HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /?%s HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX-A: %s\r\n\r\n",
    ],
)
def test_addresses_and_headers_have_a_limit(length: int, request_bytes: bytes, bloq: Served) -> None:
    with connect(bloq) as connection, contextlib.suppress(ConnectionError):
        connection.sendall(request_bytes % (b"a" * length))
        # 400 when it came in several pieces, since then the limit shows before its end.
        assert status(connection.recv(65536)) in (400, 431)
    assert requests.get(f"{bloq.accounts}/", timeout=TIMEOUT).status_code == 200


def test_half_requests_do_not_hold_up_whole_ones(bloq: Served) -> None:
    halves = [
        b"GET / HT",
        b"POST /auth HTTP/1.1\r\nHost: a\r\nAuthorization: Ba",
        b'POST /auth/token HTTP/1.1\r\nHost: a\r\nContent-Length: 99\r\n\r\n{"grant',
        b"",
    ]
    with contextlib.ExitStack() as stack:
        for place in range(200):
            connection = stack.enter_context(connect(bloq))
            connection.sendall(halves[place % len(halves)])
        started = time.monotonic()
        for _turn in range(10):
            assert requests.get(f"{bloq.accounts}/", timeout=TIMEOUT).status_code == 200
        assert log_in(bloq)
        assert time.monotonic() - started < TIMEOUT


def test_a_request_that_never_comes_to_its_end_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "_MAX_REQUEST_SECONDS", 0.3)
    monkeypatch.setattr(bodies, "MAX_SECONDS", 0.3)

    async def read_it(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await bodies.read_bytes(Request(scope, receive))
        except Refusal as refusal:
            await refusal.response("accounts")(scope, receive, send)

    async def sent(data: bytes) -> bytes:
        config = uvicorn.Config(read_it, http=protocol.BreakableProtocol, lifespan="off", log_level="critical")
        state = ServerState()
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: protocol.BreakableProtocol(config, state, {}), "127.0.0.1", 0)
        async with server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            writer.write(data)
            try:
                return await asyncio.wait_for(reader.read(), TIMEOUT)
            except ConnectionResetError:
                return b""
            finally:
                writer.close()

    for half in (b"", b"GET / HTTP/1.1\r\nHost: a\r\nX-A: "):
        assert asyncio.run(sent(half)) == b""
    reply = asyncio.run(sent(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{"))
    assert status(reply) == 408
    assert reply.endswith(b'{"code":"BodyTooSlow"}')


def test_random_bytes_leave_nothing_behind(bloq: Served) -> None:
    chance = random.Random(20261124)  # noqa: S311 - the same bytes each time
    seeds = [
        b"POST /auth/token HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 30\r\n\r\n"
        b'{"grantType":"refreshToken"  }GET / HTTP/1.1\r\nHost: a\r\n\r\n',
        b"POST /auth HTTP/1.1\r\nHost: a\r\nAuthorization: Basic YTpi\r\nExpect: 100-continue\r\n\r\n",
        b"POST /auth/token HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{    \r\n1\r\n}\r\n0\r\n\r\n",
        b"GET /users/me HTTP/1.0\r\nAuthorization: Bearer a.b.c\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n",
    ]
    for _turn in range(300):
        sent = bytearray(chance.choice(seeds) * chance.choice([1, 1, 2]))
        for _turn in range(chance.randrange(4)):
            place = chance.randrange(len(sent))
            sent[place : place + chance.randrange(3)] = chance.randbytes(chance.randrange(3))
        reply = exchange_bytes(bloq, bytes(sent))
        assert not re.search(rb"HTTP/1\.1 5", reply), (bytes(sent), reply)
    assert requests.get(f"{bloq.accounts}/", timeout=TIMEOUT).status_code == 200


def test_no_reply_but_that_of_its_creation_has_a_client_secret(bloq: Served) -> None:
    account = log_in(bloq)
    key = make_key(bloq, account)
    granted = client_tokens(bloq, account)
    replies = [
        requests.get(f"{bloq.accounts}{path}", headers=account, timeout=TIMEOUT)
        for path in ("/users/me", "/users/me/client-keys", "/users/me/events", "/_local/state", "/_local/faults")
    ]
    shown = json.dumps([reply.text for reply in replies])
    assert key["clientId"] in shown
    assert not [secret for secret in (key["clientSecret"], bloq.password, *granted.values()) if secret in shown]
