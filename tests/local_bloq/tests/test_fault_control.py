# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How faults are set, shown and cleared, and by whom: what they do is in ``test_fault_replies.py``."""

from __future__ import annotations

import asyncio
import re
import socket
import typing as t

import pytest
import requests
from asking import cause, control
from conftest import Served, serve
from starlette.requests import Request
from starlette.responses import Response

from local_bloq.control.loopback import loopback_only
from local_bloq.web.refusals import Refusal


def test_faults_are_shown_replaced_and_cleared(bloq: Served) -> None:
    fault = {"method": "GET", "path": "/a", "status": 302, "headers": {"Location": "/b"}, "size": 9, "drip": 0.5}
    cause(bloq, fault, {"service": "nodes", "path": "/c", "times": 2, "delay": 0.25})
    assert control(bloq, "GET").json() == [
        {"service": "accounts", "times": 1, **fault},
        {"service": "nodes", "method": "*", "path": "/c", "times": 2, "delay": 0.25},
    ]
    cause(bloq, {"path": "/d"})
    assert [shown["path"] for shown in control(bloq, "GET").json()] == ["/d"]
    assert control(bloq, "DELETE").status_code == 204
    assert control(bloq, "GET").json() == []


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"path": "/"}, 'faults: .* is not of type "array"'),
        ([{"status": 500}], r'faults\[0\]: "path" is a required property'),
        ([{"path": "/", "times": 0}], r"faults\[0\]\['times'\]: 0 is less than the minimum of 1"),
        ([{"path": "/"}, {"path": "/", "status": "500"}], r"faults\[1\]\['status'\]: \"500\" is not of type"),
        ([{"path": "users"}], r"faults\[0\]\['path'\]: \"users\" does not match"),
        ([{"path": "/", "sleep": 1}], r"faults\[0\]: Additional properties .*'sleep'"),
        ([{"path": "/", "reset": "maybe"}], r"faults\[0\]\['reset'\]: \"maybe\" is not one of"),
        ([{"path": "/", "service": "mail"}], r"faults\[0\]\['service'\]: \"mail\" is not one of"),
        ([{"path": "/", "headers": {"Content-LENGTH": "5"}}], r"faults\[0\]\['headers'\]: "),
        ([{"path": "/", "headers": {"X-A": "a\r\nX-B: b"}}], r"faults\[0\]\['headers'\]\['X-A'\]: "),
        ([{"path": "/", "retry_after": "a\r\nb"}], r"faults\[0\]\['retry_after'\]: "),
    ],
)
def test_a_fault_that_is_none_is_refused_with_what_is_wrong(body: object, message: str, bloq: Served) -> None:
    cause(bloq, {"path": "/kept"})
    reply = control(bloq, "PUT", body)
    assert reply.status_code == 400
    assert reply.json()["code"] == "InvalidBody"
    assert re.search(message, reply.json()["message"]), reply.json()["message"]
    assert [shown["path"] for shown in control(bloq, "GET").json()] == ["/kept"]


def test_other_methods_and_broken_json_are_refused(bloq: Served) -> None:
    assert control(bloq, "POST", []).status_code == 405
    reply = requests.put(f"{bloq.accounts}/_local/faults", data="[{", timeout=10)
    assert (reply.status_code, reply.json()["code"]) == (400, "MalformedBody")


@pytest.mark.parametrize(
    ("client", "status"),
    [
        ("127.0.0.1", 200),
        ("127.9.9.9", 200),
        ("::1", 200),
        ("::ffff:127.0.0.1", 200),
        ("192.0.2.1", 403),
        ("2001:db8::1", 403),
        ("::ffff:192.0.2.1", 403),
        (None, 403),
    ],
)
def test_only_this_machine_is_answered(client: str | None, status: int) -> None:
    async def endpoint(_request: Request) -> Response:
        return Response()

    scope = {
        "type": "http",
        "client": None if client is None else (client, 1),
        "headers": [(b"host", b"localhost")],
    }
    if status == 200:
        assert asyncio.run(t.cast(t.Any, loopback_only(endpoint)(Request(scope)))).status_code == 200
        return
    with pytest.raises(Refusal) as refused:
        asyncio.run(t.cast(t.Any, loopback_only(endpoint)(Request(scope))))
    assert refused.value.status == status


def test_a_header_does_not_make_a_client_local_or_foreign(bloq: Served) -> None:
    headers = {"X-Forwarded-For": "192.0.2.1", "Forwarded": "for=192.0.2.1"}
    assert requests.get(f"{bloq.accounts}/_local/faults", headers=headers, timeout=10).status_code == 200


def test_another_machine_is_refused() -> None:
    try:
        own_address = socket.gethostbyname(socket.gethostname())
    except OSError:
        own_address = "127.0.0.1"
    if own_address.startswith("127."):
        pytest.skip("this machine has no address but loopback's")
    with serve("--host", "0.0.0.0") as bloq:  # noqa: S104 - the point of the test
        port = bloq.accounts.rpartition(":")[2]
        headers = {"X-Forwarded-For": "127.0.0.1"}
        reply = requests.get(f"http://{own_address}:{port}/_local/faults", headers=headers, timeout=10)
        assert (reply.status_code, reply.json()["code"]) == (403, "LoopbackOnly")
