# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A play that is killed while a request is on its way, before or after the service has carried it out."""

from __future__ import annotations

import time
import typing as t
from pathlib import Path

import pytest
from harness.controller import Controller
from harness.here import Here
from harness.invariants import assert_settled
from harness.service import KEYS, Service, serve
from harness.vault import write_record

pytestmark = pytest.mark.row("a play is killed while a request is on its way")

#: Seconds that the service takes; the play is dead by then, and the next one asks before they are over.
_LATE = 2.5
REQUESTS = {
    "the login": ("POST", "/auth"),
    "the listing": ("GET", KEYS),
    "the creation": ("POST", KEYS),
    "the verification": ("POST", "/auth/token"),
    "the retirement": ("DELETE", f"{KEYS}/*"),
}


@pytest.mark.parametrize("moment", ["before the commit", "after the commit"])
@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(name, marks=_marks)
        for name, _marks in (
            ("the login", pytest.mark.long),
            ("the listing", pytest.mark.long),
            ("the creation", ()),
            ("the verification", pytest.mark.long),
            ("the retirement", ()),
        )
    ],
)
def test_killed_while_a_request_is_on_its_way(tmp_path: Path, service: Service, request_: str, moment: str) -> None:
    account = service.new_account()
    controller = Here(tmp_path, account)
    client_id, secret = account.make_key()
    service.age(client_id, "2020-01-01T00:00:00.000Z")
    record = {"accounts_url": service.url, "client_id": client_id}
    write_record(controller.vault_file, controller.password_file, "ci", {**record, "client_secret": secret})
    options: dict[str, t.Any] = {"rotate": "when_older_than", "max_age": "1h", "overlap": "0"}
    method, path = REQUESTS[request_]
    service.set_faults(
        {"method": method, "path": path, "delay" if moment == "before the commit" else "delay_after": _LATE}
    )
    running = controller.start(**options)
    service.wait_until_struck()
    # The commit takes milliseconds.
    time.sleep(0.2)
    assert running.kill().status == -9
    again = controller.run(**options)
    assert again.status == 0, again.output
    time.sleep(_LATE)
    # What was carried out late is seen by a run that comes after it.
    suspects = set(controller.run().result["suspects"])
    assert len(suspects) == (1 if request_ == "the creation" else 0)
    assert_settled(controller, left_over=suspects, interrupted=True)
    assert controller.run(orphans="remove").result["orphans_removed"] == sorted(suspects)
    assert_settled(controller, interrupted=True)


def test_killed_twice_while_a_rotation_creates(tmp_path: Path, service: Service) -> None:
    controller = Here(tmp_path, service.new_account())
    assert controller.run().status == 0
    for _number in range(2):
        service.set_faults({"method": "POST", "path": KEYS, "delay_after": 30})
        running = controller.start(rotate="always", overlap="0")
        service.wait_until_struck()
        time.sleep(0.2)
        assert running.kill().status == -9
    again = controller.run(rotate="always", overlap="0")
    assert again.status == 0, again.output
    assert len(again.result["suspects"]) == 2
    assert_settled(controller, left_over=set(again.result["suspects"]), interrupted=True)
    assert len(controller.run(orphans="remove").result["orphans_removed"]) == 2
    assert_settled(controller, interrupted=True)


@pytest.mark.parametrize("first_by", ["email", "token"])
def test_the_next_login_may_be_by_another_name(tmp_path: Path, service: Service, first_by: str) -> None:
    """What a run may have left is named by a run of the same account that logs in otherwise."""
    account = service.new_account()
    keeper, _secret = account.make_key()
    controller = Here(tmp_path, account)
    service.set_faults({"method": "POST", "path": KEYS, "delay_after": 30})
    by_token: dict[str, t.Any] = {"access_token": account.token} if first_by == "token" else {}
    running = controller.start(**by_token)
    service.wait_until_struck()
    time.sleep(0.2)
    assert running.kill().status == -9
    again = controller.run(username=account.user_id, password=service.password)
    assert again.status == 0, again.output
    (suspect,) = again.result["suspects"]
    assert account.key_ids() == {keeper, suspect, controller.records()["ci"]["client_id"]}


def test_an_intent_of_one_account_is_not_read_as_anothers(tmp_path: Path) -> None:
    with serve(accounts=2) as service:
        ours, theirs = service.new_account(), service.new_account()
        first, second = Controller(tmp_path, ours, "first"), Controller(tmp_path, theirs, "second")
        service.set_faults({"method": "POST", "path": KEYS, "delay_after": 30})
        running = first.start(access_token=ours.token)
        service.wait_until_struck()
        time.sleep(0.2)
        assert running.kill().status == -9
        stranger, _secret = theirs.make_key()
        assert second.run(access_token=theirs.token).status == 0
        assert stranger in theirs.key_ids()
        again = first.run(access_token=ours.token)
        assert again.status == 0, again.output
        (suspect,) = again.result["suspects"]
        records = first.records()
        assert ours.key_ids() == {records["first"]["client_id"], suspect}
        assert theirs.key_ids() == {stranger, records["second"]["client_id"]}
