# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service that fails at the worst moments: nothing is lost, no orphan stays, and the message says what to do."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from harness.controller import Controller
from harness.service import KEYS, serve
from harness.verdict import assert_settled

pytestmark = pytest.mark.row("a creation or rotation meets a fault")

_CREATION = {"method": "POST", "path": KEYS}
_HTML = {"body": "<html>Sorry</html>", "content_type": "text/html"}
_TRUNCATED = {"body": '{"clientId": "0123', "content_type": "application/json"}

#: Faults that a play gets over by itself.
SURVIVED: dict[str, list[dict[str, t.Any]]] = {
    "the reply is lost": [{**_CREATION, "reset": "after"}],
    "the request is lost": [{**_CREATION, "reset": "before"}],
    "the reply comes too late": [{**_CREATION, "delay_after": 4}],
    "the request is carried out too late": [{**_CREATION, "delay": 4}],
    "500 before the commit": [{**_CREATION, "status": 500}],
    "500 after the commit": [{**_CREATION, "status": 500, "commit": True}],
    "429 once": [{**_CREATION, "status": 429, "retry_after": 1}],
    "201 with HTML": [{**_CREATION, "status": 201, **_HTML, "commit": True}],
    "truncated JSON": [{**_CREATION, "status": 200, **_TRUNCATED, "commit": True}],
    "half a reply": [{**_CREATION, "truncate": True}],
}

#: Faults that a play does not get over, and a word of the message.
TOLD: dict[str, tuple[list[dict[str, t.Any]], str]] = {
    "a storm of 500 after the commit": ([{**_CREATION, "status": 500, "commit": True, "times": 50}], "Try again later"),
    "a storm of 429": ([{"path": "/users/*", "status": 429, "times": 50}], "Try again later"),
    "a storm of 503 everywhere": ([{"path": "*", "status": 503, "times": 50}], "Try again later"),
    "201 with HTML, always": (
        [{**_CREATION, "status": 201, **_HTML, "commit": True, "times": 50}],
        "Check accounts_url",
    ),
    "the key is refused at once": ([{"method": "POST", "path": "/auth/token", "status": 401}], "removed again"),
}


@pytest.mark.parametrize("rotation", [False, pytest.param(True, marks=pytest.mark.long)], ids=["create", "rotate"])
@pytest.mark.parametrize("fault", SURVIVED)
def test_a_fault_that_a_play_gets_over(tmp_path: Path, fault: str, rotation: bool) -> None:
    with serve() as service:
        controller = Controller(tmp_path, service.new_account())
        options = {"timeout": 2, **({"rotate": "always", "overlap": "0"} if rotation else {})}
        if rotation:
            assert controller.run().status == 0
        service.set_faults(*SURVIVED[fault])
        run = controller.run(**options)
        assert run.status == 0, run.output
        assert_settled(controller)


@pytest.mark.parametrize("rotation", [pytest.param(False, marks=pytest.mark.long), True], ids=["create", "rotate"])
@pytest.mark.parametrize("fault", TOLD)
def test_a_fault_that_a_play_tells(tmp_path: Path, fault: str, rotation: bool) -> None:
    with serve() as service:
        account = service.new_account()
        controller = Controller(tmp_path, account)
        options = {"retries": 1, "max_retry_wait": 2, **({"rotate": "always", "overlap": "0"} if rotation else {})}
        if rotation:
            assert controller.run().status == 0
        before = controller.records()
        faults, word = TOLD[fault]
        service.set_faults(*faults)
        run = controller.run(**options)
        assert run.status != 0
        assert word in run.message
        service.set_faults()
        assert controller.records() == before
        assert account.key_ids() == {record["client_id"] for record in before.values()}
        assert controller.run(**options).status == 0
        assert_settled(controller)


def test_the_account_s_token_ends_in_the_middle(tmp_path: Path) -> None:
    with serve("--account-token-ttl", "3") as service:
        controller = Controller(tmp_path, service.new_account())
        # While the creation waits for its turn, the token that it began with ends.
        service.set_faults({**_CREATION, "status": 429, "retry_after": 4})
        run = controller.run()
        assert run.status == 0, run.output
        record = controller.records()["ci"]
        assert service.works(record["client_id"], record["client_secret"])
        assert controller.left_behind() == []
