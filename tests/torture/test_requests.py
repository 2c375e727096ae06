# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every request of every module meets every fault: the outcome is the right one, and the message says what to do."""

from __future__ import annotations

import re
import time
import typing as t
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness.desk import Desk
from harness.elsewhere import Elsewhere, another_host
from harness.service import Account, Service, serve
from harness.telling import assert_told_well
from harness.wire_faults import ALWAYS, FAULTS
from harness.wire_requests import REQUESTS
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


@pytest.fixture(scope="module")
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    """A local Bloq with an account for each case that changes the password, and one for all others."""
    changing = [item for item in request.session.items if "[password" in item.name]
    with serve(accounts=1 + len(changing)) as service:
        yield service


@pytest.fixture(scope="module")
def account(service: Service) -> Account:
    """The account of all cases that do not change its password."""
    return service.new_account()


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Elsewhere]:
    """Where redirects lead to."""
    with another_host() as host:
        yield host


@pytest.mark.usefixtures("nothing_late")
@pytest.mark.parametrize(("request_", "fault_", "times"), CASES)
def test_a_request_meets_a_fault(
    service: Service, account: Account, elsewhere: Elsewhere, tmp_path: Path, request_: str, fault_: str, times: int
) -> None:
    request, fault = REQUESTS[request_], FAULTS[fault_]
    changes_password = request.module == "bloq_account_password"
    owner = service.new_account() if changes_password else account
    owner.clear()
    login = {"username": owner.email, "password": service.password}
    world = World(owner, Desk(tmp_path, accounts_url=service.url, **login), changes_password)
    options = request.prepare(world)
    before = world.observed()
    words = request.words(fault_, fault, times)

    service.set_faults(fault.striking(request.service, request.method, request.path, times, elsewhere.url))
    began = time.monotonic()
    result = world.desk.run(request.module, **options, **_QUICKLY, timeout=fault.timeout)
    took = time.monotonic() - began
    service.set_faults()

    assert took < fault.seconds
    assert elsewhere.visits == []
    if words is None:
        succeeded(result)
    else:
        assert result.get("failed"), "it says that it went well"
        assert re.search(words, result["msg"]), result["msg"]
        assert_told_well(result, {**world.desk.options, **options})
        if not request.stays:
            assert world.observed() == before

    succeeded(world.desk.run(request.module, **options))
    assert tuple(len(things) for things in owner.has().values()) == request.leaves
    assert [name for name in world.desk.files() if name.startswith(".")] == []
    if not request.again:
        assert succeeded(world.desk.run(request.module, **options, check=True))["changed"] is False
