# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A request from the host that a task is delegated to: it does there what it does here, and the waits are here."""

from __future__ import annotations

import base64
import contextlib
import json
import time
import typing as t

import pytest
from ansible.errors import AnsibleConnectionFailure
from ansible_collections.bloq.cloud.plugins.module_utils._argspec import RELAY
from ansible_collections.bloq.cloud.plugins.module_utils._connection import Connection
from ansible_collections.bloq.cloud.plugins.module_utils._errors import (
    BloqError,
    MissingLibraryError,
    UnreachableError,
    to_dict,
)
from ansible_collections.bloq.cloud.plugins.module_utils._http import local_transport
from ansible_collections.bloq.cloud.plugins.module_utils._relay import relay
from ansible_collections.bloq.cloud.plugins.module_utils._request import Request
from ansible_collections.bloq.cloud.plugins.module_utils._transport import Transport
from ansible_collections.bloq.cloud.plugins.plugin_utils._delegation import FarHost
from ansible_collections.bloq.cloud.plugins.plugin_utils._far_reports import crash, secrets_of
from ansible_collections.bloq.cloud.tests.unit.plugins.module_utils.http_service import CANARY, Answer, Service

BUSY = Answer(429, b"", {"Retry-After": "2"})
LOST = Answer(raw=b"")
GOOD = Answer(body=b'{"id": "x"}')


@pytest.fixture
def service() -> t.Iterator[Service]:
    running = Service()
    yield running
    running.stop()


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    return waited


def run_module(name: str, arguments: dict[str, t.Any], *, repeatable: bool = True) -> dict[str, t.Any]:
    """Run the module as the far host would: from its arguments alone, to a result that JSON can hold."""
    assert name == "bloq.cloud.bloq_relay"
    given = {option: entry.get("default") for option, entry in RELAY.items()}
    try:
        return relay({**given, **arguments})
    except BloqError as error:
        return {"failed": True, "msg": str(error), "failure": to_dict(error)}


def far_transport(service: Service, **settings: t.Any) -> Transport:
    connection = Connection(service.url, **{"retries": 2, "timeout": 5.0, "max_retry_wait": 5.0, **settings})
    return Transport(connection, FarHost(connection, run_module, "far"))


@pytest.mark.parametrize("repeatable", [True, False])
@pytest.mark.parametrize(
    "answers",
    [
        [GOOD],
        [BUSY, BUSY, BUSY, GOOD],
        [Answer(429), GOOD],
        [Answer(429, b"", {"Retry-After": "99"}), GOOD],
        [Answer(500), GOOD],
        [Answer(503, b"", {"Retry-After": "1"}), GOOD],
        [Answer(500), Answer(502), Answer(504), GOOD],
        [LOST, GOOD],
        [LOST, LOST, LOST, GOOD],
        [Answer(401, b'{"code": "Wrong"}')],
        [Answer(302, b"", {"Location": "/elsewhere"})],
        [Answer(body=b"<html>")],
        [Answer(429, b"", {"retry-after": "99"}), GOOD],
        [Answer(body=b'{"id": "x"}', headers={"date": "Thu, 26 Nov 2020 10:00:00 GMT"})],
        [Answer(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhalf"), GOOD],
        [Answer(raw=b"nonsense\r\n\r\n"), GOOD],
    ],
)
@pytest.mark.usefixtures("waits")
def test_it_does_there_what_it_does_here(service: Service, answers: list[Answer], repeatable: bool) -> None:
    outcomes = []
    for transport in (local_transport(_connection(service)), far_transport(service)):
        service.requests.clear()
        service.answer(*answers)
        try:
            reply = transport.send("POST", "/x", bearer=CANARY, body={"a": 1}, repeatable=repeatable)
            outcome: t.Any = (reply.status, reply.body, round(reply.skew, -1))
        except BloqError as error:
            outcome = (type(error), str(error).replace(" This was tried from far.", ""), to_dict(error))
        outcomes.append((outcome, [request[:2] for request in service.requests]))
    assert outcomes[0] == outcomes[1]


def _connection(service: Service) -> Connection:
    return Connection(service.url, retries=2, timeout=5.0, max_retry_wait=5.0)


def test_waits_are_on_the_controller_within_the_pause(service: Service, waits: list[float]) -> None:
    service.answer(BUSY, GOOD)
    seen = []

    @contextlib.contextmanager
    def pause() -> t.Iterator[None]:
        seen.append(len(service.requests))
        yield
        seen.append(len(service.requests))

    far_transport(service).send("POST", "/x", repeatable=False, pause=pause)
    assert seen == [1, 1]
    assert len(waits) == 1


@pytest.mark.usefixtures("waits")
def test_what_never_arrives_is_tried_again_and_said_to_be_so(service: Service) -> None:
    service.stop()
    with pytest.raises(UnreachableError, match="refuses connections") as caught:
        far_transport(service).send("POST", "/x", repeatable=False)
    assert not caught.value.maybe_received


def carrier(service: Service, *results: t.Any, seen: list[dict[str, t.Any]] | None = None) -> FarHost:
    """Return a far host where the module's runs end like this, after the one for its time."""
    ends = iter(results)

    def run(name: str, arguments: dict[str, t.Any], *, repeatable: bool) -> dict[str, t.Any]:
        assert name == "bloq.cloud.bloq_relay"
        if "request" not in arguments:
            return {"now": 1000.0}
        if seen is not None:
            seen.append({**json.loads(arguments["request"]), "repeatable": repeatable})
        end = next(ends)
        if isinstance(end, BaseException):
            raise end
        return dict(end)

    return FarHost(_connection(service), run, "far")


DIED = {"failed": True, "rc": 137, "module_stderr": f"Killed {CANARY}\n" + "QUJD" * 40, "msg": "MODULE FAILURE"}


@pytest.mark.parametrize("end", [DIED, AnsibleConnectionFailure(f"lost {CANARY}")], ids=["it died", "connection lost"])
def test_what_makes_something_and_ends_unknown_may_have_been_done(service: Service, end: t.Any) -> None:
    with pytest.raises(UnreachableError, match="may have been done") as caught:
        Transport(_connection(service), carrier(service, end)).send("POST", "/x", bearer=CANARY, repeatable=False)
    assert (caught.value.maybe_received, caught.value.timed_out) == (True, True)
    assert CANARY not in str(caught.value) and "QUJD" not in str(caught.value)


def test_what_only_reads_says_how_the_module_died(service: Service) -> None:
    with pytest.raises(BloqError, match="ended on far without a result, return code 137: ") as caught:
        Transport(_connection(service), carrier(service, DIED)).send("GET", "/x", bearer=CANARY)
    assert not isinstance(caught.value, UnreachableError) and CANARY not in str(caught.value)
    with pytest.raises(AnsibleConnectionFailure):
        Transport(_connection(service), carrier(service, AnsibleConnectionFailure("lost"))).send("GET", "/x")


def test_what_makes_something_has_an_id_and_an_end_by_the_far_clock(service: Service) -> None:
    seen: list[dict[str, t.Any]] = []
    with pytest.raises(UnreachableError):
        Transport(_connection(service), carrier(service, DIED, seen=seen)).send("POST", "/x", repeatable=False)
    assert len(seen[0]["id"]) == 32 and not seen[0]["repeatable"]
    # All attempts and all waits together, less the time that the last one may take.
    assert 1000.0 < seen[0]["not_after"] <= 1000.0 + _connection(service).longest - 5.0


@pytest.mark.parametrize("write", [str, repr, ascii, json.dumps, lambda text: json.dumps(json.dumps(text))])
def test_no_way_to_write_a_secret_is_shown(write: t.Callable[[str], str]) -> None:
    secret = "Sec\"ret\\Mark'er \xfc9"
    result = {"failed": True, "module_stderr": f"before\n{write(secret)}\nafter", "rc": 1}
    shown = crash(result, "far", frozenset({secret}))
    assert "before / after" in shown and "Mark" not in shown


@pytest.mark.parametrize("password", ["swordfish", "p", "\xfc\u20ac9 '", "with:colon"])
def test_no_header_of_a_request_is_shown(password: str) -> None:
    request = Request("POST", "http://far.example/auth", None, ("me@example.com", password), None, None)
    for encoding in ("utf-8", "latin-1"):
        packed = base64.b64encode(f"me@example.com:{password}".encode(encoding, "replace")).decode()
        for line in (f"{{'Authorization': 'Basic {packed}'}}", f"b'Authorization: Basic {packed}\\r\\n'", packed):
            shown = crash({"failed": True, "module_stderr": f"{line}\nafter", "rc": 3}, "far", secrets_of(request))
            assert packed[:12] not in shown and "after" in shown


@pytest.mark.parametrize("kind", ["Basic", "basic", "Bearer"])
def test_what_a_proxy_is_sent_is_not_shown(kind: str) -> None:
    said = f"{{'Proxy-Authorization': '{kind} dTpw'}} / send: b'Proxy-Authorization: {kind} dTpw'"
    shown = crash({"failed": True, "module_stderr": said, "rc": 3}, "far", frozenset())
    assert "dTpw" not in shown and "Proxy-Authorization" in shown


def test_sudo_that_wants_a_terminal_is_named() -> None:
    result = {"failed": True, "module_stderr": "sudo: sorry, you must have a tty to run sudo", "rc": 1}
    assert "requiretty" in crash(result, "far", frozenset())


def test_a_controller_without_urllib3_is_told_what_to_install(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ansible_collections.bloq.cloud.plugins.module_utils._retries.Retry", object)
    with pytest.raises(MissingLibraryError, match="pip install requests"):
        far_transport(service).send("GET", "/x")
