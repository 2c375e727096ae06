# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""No reply of any kind ends in a fault: an operation returns what can be used, or says what is wrong."""

from __future__ import annotations

import json
import time
import typing as t

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils import _tokens as tokens
from ansible_collections.bloq.cloud.plugins.module_utils._accounts import Accounts
from ansible_collections.bloq.cloud.plugins.module_utils._connection import Connection
from ansible_collections.bloq.cloud.plugins.module_utils._errors import BloqError
from ansible_collections.bloq.cloud.plugins.module_utils._granted import Token
from ansible_collections.bloq.cloud.plugins.module_utils._http import local_transport
from ansible_collections.bloq.cloud.plugins.module_utils._nodes import NodeOrder, Nodes
from ansible_collections.bloq.cloud.plugins.module_utils._times import iso
from ansible_collections.bloq.cloud.tests.unit.plugins.module_utils.hostile_replies import replies
from ansible_collections.bloq.cloud.tests.unit.plugins.module_utils.raw_service import RawService, replying
from hypothesis import HealthCheck, example, given, settings

#: Of an account: the header and claims {"alg": "none"} and {}.
TOKEN = "eyJhbGciOiJub25lIn0.e30.c2ln"


@pytest.fixture(scope="module")
def hostile() -> t.Iterator[RawService]:
    service = RawService(replying(b""))
    yield service
    service.stop()


def _granted(grant: Token) -> dict[str, t.Any]:
    return tokens.token_result(grant, source="minted", now=time.time())


def _operations(connection: Connection) -> list[t.Callable[[], t.Any]]:
    accounts, nodes = Accounts(local_transport(connection)), Nodes(local_transport(connection))
    return [
        lambda: _granted(accounts.log_in("user", "word")),
        lambda: _granted(accounts.exchange("id", "word")),
        lambda: [key.created is None or iso(key.created) for key in accounts.list_keys(TOKEN).keys],
        lambda: iso(accounts.create_key(TOKEN).created),
        lambda: accounts.delete_key(TOKEN, "id"),
        lambda: accounts.profile(TOKEN),
        lambda: accounts.events(TOKEN),
        lambda: nodes.chains("node"),
        lambda: [vars(service) for service in nodes.services(TOKEN, "node")],
        lambda: [vars(node) for node in nodes.list_nodes(TOKEN, "node").nodes],
        lambda: vars(nodes.create_node(TOKEN, NodeOrder("node", "id", "basic"))),
    ]


def _reply(body: bytes, *headers: bytes, status: bytes = b"200 OK") -> bytes:
    head = [b"HTTP/1.1 " + status, b"Content-Length: %d" % len(body), *headers]
    return b"\r\n".join(head) + b"\r\n\r\n" + body


def _through(proxy: str) -> list[t.Callable[[], t.Any]]:
    hurry: dict[str, t.Any] = {"proxy": proxy, "timeout": 5.0, "retries": 1, "max_retry_wait": 2.0}
    ways = (local_transport(Connection(f"{scheme}://127.0.0.1:9", **hurry)) for scheme in ("https", "http"))
    tunnel, forward = (Accounts(way) for way in ways)
    return [lambda: tunnel.profile(TOKEN), lambda: forward.profile(TOKEN)]


@example(_reply(b"", b"Retry-After: " + b"9" * 5000, status=b"429 Busy"))
@example(_reply(b"", b"Retry-After: Fri, 31 Dec 99999 23:59:59 GMT", status=b"503 Busy"))
@example(_reply(b"", b"Location: http://[::1", status=b"302 Found"))
@example(_reply(b"", b"Location: \xff\xfe", status=b"302 Found"))
@example(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n[]\r\n0\r\n\r\n")
@example(_reply(b'[{"id": "a", "createdAt": "0001-01-01T00:00:00+14:00"}]'))
@example(_reply(b'[{"id": "a", "createdAt": "9999-12-31T23:59:59-14:00"}]'))
@example(_reply(f'{{"accessToken": "{TOKEN}"}}'.encode(), b"Date: Fri, 31 Dec 9999 23:59:59 GMT"))
@example(_reply(b'{"id": "a", "x": ' + b"[" * 900 + b"]" * 900 + b"}"))
@example(_reply(b'{"id": "a", "x": "\\ud800"}'))
@example(_reply(b'{"id": "a", "x": "\xed\xa0\x80"}'))
@example(_reply(b'{"id": "a", "x": [NaN, -Infinity, 1e999]}'))
@example(_reply(b"", b"Content-Encoding: gzip"))
@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(reply=replies)
def test_no_reply_ends_in_a_fault(hostile: RawService, monkeypatch: pytest.MonkeyPatch, reply: bytes) -> None:
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    hostile.script = replying(reply)
    # Two attempts: what is tried again goes another way.
    connection = Connection(hostile.url, timeout=5.0, retries=1, max_retry_wait=2.0)
    for operation in _operations(connection) + _through(hostile.url):
        try:
            result = operation()
        except BloqError as error:
            assert str(error).encode() and "\n" not in str(error)
        else:
            # What is handed on can be shown and stored.
            json.dumps(result, allow_nan=False, ensure_ascii=False).encode()
