# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A request from the host that a task is delegated to: it does there what it does here, and the waits are here."""

from __future__ import annotations

import contextlib
import time
import typing as t

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._argspec import RELAY
from ansible_collections.bloq.cloud.plugins.module_utils._connection import Connection
from ansible_collections.bloq.cloud.plugins.module_utils._errors import BloqError, UnreachableError, to_dict
from ansible_collections.bloq.cloud.plugins.module_utils._http import local_transport
from ansible_collections.bloq.cloud.plugins.module_utils._relay import relay
from ansible_collections.bloq.cloud.plugins.module_utils._transport import Transport
from ansible_collections.bloq.cloud.plugins.plugin_utils._delegation import FarHost
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


def run_module(name: str, arguments: dict[str, t.Any]) -> dict[str, t.Any]:
    """Run the module as the far host would: from its arguments alone, to a result that JSON can hold."""
    assert name == "bloq.cloud.bloq_relay"
    given = {option: entry.get("default") for option, entry in RELAY.items()}
    try:
        return relay({**given, **arguments})
    except BloqError as error:
        return {"failed": True, "msg": str(error), "failure": to_dict(error)}


def far_transport(service: Service, **settings: t.Any) -> Transport:
    connection = Connection(service.url, **{"retries": 2, "timeout": 5.0, "max_retry_wait": 5.0, **settings})
    return Transport(connection, FarHost(connection, run_module))


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
            outcome: t.Any = (reply.status, reply.body)
        except BloqError as error:
            outcome = (type(error), str(error), to_dict(error))
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


def test_a_module_that_fails_without_a_reason_is_an_error(service: Service) -> None:
    carrier = FarHost(_connection(service), lambda _name, _arguments: {"failed": True, "msg": "no python"})
    with pytest.raises(BloqError, match="no python"):
        Transport(_connection(service), carrier).send("GET", "/x")
