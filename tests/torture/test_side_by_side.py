# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many plays at once: on one file, and on files of their own with one account."""

from __future__ import annotations

import random
import threading
import time
from pathlib import Path

import pytest
from harness.controller import Controller
from harness.here import Here
from harness.invariants import assert_settled
from harness.service import KEYS, Accounts, Service
from harness.table import Row

pytestmark = pytest.mark.row("plays at once, on one file and on one account")

#: Seconds after a kill in which a request is carried out, less than the collection waits for that.
_LATE = 2.0


def test_plays_with_one_name_end_with_one_key(tmp_path: Path, accounts: Accounts, row: Row, crowd: int) -> None:
    row.tried = crowd
    controller = Controller(tmp_path, accounts.new())
    runs = [running.wait() for running in [controller.start() for _number in range(crowd)]]
    assert [run.status for run in runs] == [0] * crowd
    assert sum(run.result["changed"] for run in runs) == 1
    assert_settled(controller)


def test_plays_with_names_of_their_own_end_with_a_key_each(
    tmp_path: Path, accounts: Accounts, row: Row, crowd: int
) -> None:
    row.tried = crowd
    account = accounts.new()
    controllers = [Controller(tmp_path, account, f"name{number}") for number in range(crowd)]
    runs = [running.wait() for running in [controller.start() for controller in controllers]]
    assert [run.status for run in runs] == [0] * crowd
    assert_settled(*controllers)


@pytest.mark.parametrize("fate", ["carried out", "carried out late", "never carried out"])
def test_a_killed_controller_takes_no_key_of_the_other(tmp_path: Path, service: Service, fate: str) -> None:
    account = service.new_account()
    ours, theirs = Here(tmp_path / "ours", account), Here(tmp_path / "theirs", account)
    creation = {"method": "POST", "path": KEYS}
    service.set_faults(
        {
            "carried out": {**creation, "delay_after": 60},
            "carried out late": {**creation, "hold": True},
            "never carried out": {**creation, "hold": True, "reset": "before"},
        }[fate]
    )
    running = ours.start()
    service.wait_until_struck()
    assert theirs.run().status == 0
    assert running.kill().status == -9
    their_key = theirs.records()["ci"]["client_id"]
    # The next run is on its way by then, and may already have seen the account without it.
    late = threading.Timer(_LATE, service.set_faults)
    late.start()
    again = ours.run()
    late.join()
    assert again.status == 0, again.output
    assert their_key in account.key_ids()
    # What was carried out late is seen by a run that comes after it.
    suspects = set(ours.run().result["suspects"])
    assert their_key in suspects
    assert len(suspects) == (1 if fate == "never carried out" else 2)
    assert_settled(ours, theirs, left_over=suspects - {their_key}, interrupted=True)


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 12))])
def test_controllers_that_are_killed_at_any_time_end_with_a_key_each(
    tmp_path: Path, accounts: Accounts, row: Row, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - to be the same each time
    account = accounts.new()
    controllers = [Controller(tmp_path / f"controller{number}", account) for number in range(4)]
    for _round in range(3):
        row.tried += len(controllers)
        running = [controller.start() for controller in controllers]
        chance.shuffle(running)
        for play in running:
            time.sleep(chance.uniform(0, 1.2))
            play.kill()
    suspects: set[str] = set()
    for controller in controllers:
        run = controller.run()
        assert run.status == 0, run.output
        suspects |= set(run.result["suspects"])
    # Nothing tells whose key it is that nobody has seen the reply of: it is left, and named.
    left_over = account.key_ids() - {controller.records()["ci"]["client_id"] for controller in controllers}
    assert left_over <= suspects
    row.figures["keys that nobody could be sure of, left and named"] += len(left_over)
    assert_settled(*controllers, left_over=left_over, interrupted=True)
