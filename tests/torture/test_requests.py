# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every request of every module meets every fault: the outcome is the right one, and the message says what to do."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import queue
import re
import time
import typing as t
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness.batch import Batch
from harness.elsewhere import Elsewhere, another_host
from harness.error_messages import assert_clear
from harness.in_process import InProcess
from harness.service import Account, Service, serve
from harness.wire_faults import ALWAYS, FAULTS
from harness.wire_requests import REQUESTS, Request
from harness.world import World, succeeded

pytestmark = pytest.mark.row("a request of a module meets a fault of the wire")

#: The short form takes one case in so many, so that each request and each fault is in it.
_SHORT = 17
_QUICKLY: dict[str, t.Any] = {"retries": 1, "max_retry_wait": 1.5}

CASES = [
    pytest.param(request, fault, times, marks=[] if (row + column) % _SHORT == 0 else pytest.mark.long)
    for row, request in enumerate(REQUESTS)
    for column, fault in enumerate(FAULTS)
    for times in ((ALWAYS, 1) if FAULTS[fault].passing else (ALWAYS,))
]


@dataclasses.dataclass
class Stand:
    """What one case at a time has for itself.

    Attributes:
        service: a local Bloq.
        account: the account of all cases that do not change its password.
        elsewhere: where redirects lead to.
    """

    service: Service
    account: Account
    elsewhere: Elsewhere


@pytest.fixture(scope="module", autouse=True)
def meetings(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Batch]:
    """All cases that are to run, side by side: most of their time they wait."""
    from ansible_collections.bloq.cloud.plugins.plugin_utils._creation import creator

    items = [item for item in request.session.items if item.path == request.path]
    cases = [item.callspec.params for item in items]  # type: ignore[attr-defined]
    changing = sum(REQUESTS[case["request_"]].changes_password for case in cases)
    stands: queue.SimpleQueue[Stand] = queue.SimpleQueue()
    with contextlib.ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        # The services carry nothing out late, so nobody needs to wait for it.
        patch.setattr(creator, "GRACE", 0.0)
        batch = Batch()
        for _number in range(batch.workers):
            service = stack.enter_context(serve(accounts=1 + changing))
            stands.put(Stand(service, service.new_account(), stack.enter_context(another_host())))
        for case in cases:
            batch.add(_name(**case), functools.partial(meet, stands, tmp_path_factory.mktemp("case"), **case))
        yield batch
        batch.close()


def _name(request_: str, fault_: str, times: int) -> str:
    return f"{request_}: {fault_}: {times}"


def meet(stands: queue.SimpleQueue[Stand], home: Path, request_: str, fault_: str, times: int) -> None:
    """Let a request meet a fault, and see."""
    stand = stands.get()
    try:
        _meet(stand, home, REQUESTS[request_], fault_, times)
    finally:
        stands.put(stand)


def _meet(stand: Stand, home: Path, request: Request, fault_: str, times: int) -> None:
    service, fault = stand.service, FAULTS[fault_]
    owner = service.new_account() if request.changes_password else stand.account
    owner.clear()
    login = {"username": owner.email, "password": service.password}
    world = World(owner, InProcess(home, accounts_url=service.url, **login), request.changes_password)
    options = request.prepare(world)
    before = world.observed()
    words = request.words(fault_, fault, times)

    service.set_faults(fault.striking(request.service, request.method, request.path, times, stand.elsewhere.url))
    began = time.monotonic()
    result = world.in_process.run(request.module, **options, **_QUICKLY, timeout=fault.timeout)
    took = time.monotonic() - began
    service.set_faults()

    assert took < fault.seconds
    assert stand.elsewhere.visits == []
    if words is None:
        succeeded(result)
    else:
        assert result.get("failed"), "it says that it went well"
        assert re.search(words, result["msg"]), result["msg"]
        assert_clear(result, {**world.in_process.options, **options})
        if not request.stays and not request.creates:
            assert world.observed() == before
        assert world.observed()[1:] == before[1:] or request.stays

    again = succeeded(world.in_process.run(request.module, **options))
    suspects = {*result.get("suspects", ()), *again.get("suspects", ())}
    assert not suspects or (request.creates and fault.carries_out)
    known = [[each for each in things if each not in suspects] for things in owner.has().values()]
    assert tuple(map(len, known)) == request.leaves
    assert [name for name in world.in_process.files() if name.startswith(".")] == [] or request.creates
    if not request.again:
        assert succeeded(world.in_process.run(request.module, **options, check=True))["changed"] is False


@pytest.mark.parametrize(("request_", "fault_", "times"), CASES)
def test_a_request_meets_a_fault(meetings: Batch, request_: str, fault_: str, times: int) -> None:
    meetings.join(_name(request_, fault_, times))
