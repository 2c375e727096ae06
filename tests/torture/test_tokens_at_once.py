# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many plays, hosts and forks at once share one token, also when those that were to mint it are killed."""

from __future__ import annotations

import json
import time
import typing as t
from pathlib import Path

import pytest
from harness.controller import Controller, Running
from harness.service import serve
from harness.table import Row

pytestmark = pytest.mark.row("plays at once share one token")

_PLAYS, _HOSTS, _TASKS = 4, 10, 2
_USE: dict[str, t.Any] = {
    "name": "Use the token",
    "ansible.builtin.assert": {"that": "lookup('bloq.cloud.bloq_token') is bloq.cloud.fresh_bloq_token"},
}
_INVENTORY = "".join(f"host{number}," for number in range(_HOSTS))


@pytest.mark.parametrize("killed", [0, 2], ids=["all live", "two are killed while they mint"])
def test_one_token_is_minted(tmp_path: Path, row: Row, killed: int) -> None:
    log = tmp_path / "requests"
    with serve("--request-log", str(log)) as service:
        controller = Controller(tmp_path / "controller", service.new_account())
        client_id, client_secret = controller.account.make_key()
        key = {"BLOQ_CLIENT_ID": client_id, "BLOQ_CLIENT_SECRET": client_secret}
        for _number in range(killed):
            service.set_faults({"method": "POST", "path": "/auth/token", "delay_after": 60})
            running = _start(controller, key)
            service.wait_until_struck()
            time.sleep(0.2)
            assert running.kill().status == -9
        runs = [running.wait() for running in [_start(controller, key) for _number in range(_PLAYS)]]
        assert [run.status for run in runs] == [0] * _PLAYS, runs[0].output
    row.tried = _PLAYS * _HOSTS * _TASKS
    row.figures["plays killed while they mint"] = killed
    row.figures["tokens minted"] = _minted(log)
    # The service had granted one to each that was killed, or did so later.
    assert 1 <= _minted(log) <= 1 + killed


def _start(controller: Controller, key: dict[str, str]) -> Running:
    return controller.start_play(
        [_USE] * _TASKS,
        environment=key,
        arguments=("-i", _INVENTORY, "-f", "5"),
        hosts="all",
        connection="local",
    )


def _minted(log: Path) -> int:
    requests = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    return sum(request["path"] == "/auth/token" and request["status"] == 200 for request in requests)
