# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many controllers that share a coordination server: one key for a name, and each vault file its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._fleet.real_server import (
    Coordination,
)
from harness.canaries import Canaries
from harness.coordination import LONG_AGO, Fleet, World, assert_one_key, ended, world
from harness.processes import stopped
from harness.service import KEYS, serve
from harness.table import Row


@pytest.mark.row("many controllers bootstrap one name")
def test_ten_controllers_bootstrap_one_name(tmp_path: Path, coordination: Coordination, row: Row) -> None:
    with world(tmp_path, coordination.url) as (service, fleet, log):
        controllers = [fleet.controller() for _number in range(10)]
        ended([fleet.start(controller) for controller in controllers])
        assert_one_key(fleet, *controllers)
        row.tried = len(controllers)
        row.figures["keys made"] = World(service, fleet, log).requests("POST", KEYS)
        canaries = Canaries({})
        for name, secret in (
            ("the account's password", service.password),
            ("the client secret", controllers[0].records()["ci"]["client_secret"]),
            ("the vault password", controllers[0].password_file.read_text(encoding="utf-8")),
        ):
            canaries.add(name, secret)
        assert canaries.search(coordination.everything(), "the coordination server") == []
        assert service.password.encode() not in coordination.everything()
    assert row.figures["keys made"] == 1


@pytest.mark.row("many controllers rotate one name")
@pytest.mark.parametrize("overlap", ["24h", "0"])
def test_ten_controllers_rotate_one_due_key(tmp_path: Path, coordination: Coordination, row: Row, overlap: str) -> None:
    with world(tmp_path, coordination.url) as (service, fleet, log):
        first = fleet.controller()
        ended([fleet.start(first)])
        fleet.commit(first)
        old = first.records()["ci"]["client_id"]
        service.age(old, LONG_AGO)
        controllers = [fleet.controller() for _number in range(10)]
        due = {"rotate": "when_older_than", "max_age": "1h", "overlap": overlap}
        ended([fleet.start(controller, **due) for controller in controllers])
        assert_one_key(fleet, *controllers, others=[old] if overlap == "24h" else [])
        row.tried = len(controllers)
        row.figures["keys made"] = World(service, fleet, log).requests("POST", KEYS) - 1
    assert row.figures["keys made"] == 1


@pytest.mark.row("many controllers bootstrap one name")
def test_ten_controllers_make_one_node(tmp_path: Path, coordination: Coordination, row: Row) -> None:
    number = 10
    with world(tmp_path, coordination.url) as (service, fleet, _log):
        controllers = [fleet.controller() for _number in range(number)]
        node = {"name": "mine", "chain": "btc", "network": "mainnet", "wait": False}
        runs = ended(
            [
                controller.start_play(
                    [{"bloq.cloud.bloq_node": {**node, "vault_file": str(controller.vault_file)}}],
                    environment={**fleet.environment, "BLOQ_NODES_URL": service.nodes_url},
                )
                for controller in controllers
            ]
        )
        row.tried = number
        assert len({run.result["node"]["id"] for run in runs}) == 1
        assert len(fleet.account.has()["nodes"]) == 1


@pytest.mark.row("a holder is stopped past its lease")
def test_a_holder_that_was_stopped_past_its_lease_changes_nothing_more(
    tmp_path: Path, coordination: Coordination
) -> None:
    with world(tmp_path, coordination.url) as (service, fleet, log):
        sleeper, other = fleet.controller(), fleet.controller()
        # It has the lock, and has not yet sent its POST.
        service.set_faults({"method": "GET", "path": KEYS, "delay": 2})
        running = fleet.start(sleeper, timeout=20)
        service.wait_until_struck()
        with stopped(running.pid):
            ended([fleet.start(other)])
        run = running.wait()
        assert run.status != 0 and "was lost" in run.message, run.output
        assert_one_key(fleet, other)
        assert World(service, fleet, log).requests("POST", KEYS) == 1
        ended([fleet.start(sleeper)])
        assert_one_key(fleet, other, sleeper)


@pytest.mark.row("two vault files of one account")
def test_a_scope_is_one_account_s(tmp_path: Path, coordination: Coordination) -> None:
    with serve(accounts=2) as service:
        ours, theirs = (Fleet(tmp_path, service.new_account(), coordination.url) for _number in range(2))
        ended([ours.start(ours.controller())])
        run = theirs.start(theirs.controller()).wait()
        assert run.status == 2 and "is in use by another account" in run.message, run.output
        assert theirs.account.key_ids() == set()


@pytest.mark.row("two vault files of one account")
def test_two_vault_files_of_one_account_keep_to_their_own_keys(tmp_path: Path, coordination: Coordination) -> None:
    with world(tmp_path, coordination.url) as (_service, fleet, _log):
        one, two = fleet.controller(), fleet.controller()
        others = {**fleet.environment, "BLOQ_COORDINATION_SCOPE": "team/staging"}
        runs = ended([fleet.start(one), two.start(environment=others)])
        assert [run.result["suspects"] for run in runs] == [[], []]
        ids = {controller.records()["ci"]["client_id"] for controller in (one, two)}
        assert len(ids) == 2 and fleet.account.key_ids() == ids
