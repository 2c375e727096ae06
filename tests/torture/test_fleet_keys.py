# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many controllers that share a coordination server: one key for a name, and each vault file its own."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._fleet.real_server import (
    Coordination,
    serve_coordination,
)
from harness.canaries import Canaries
from harness.coordination import LONG_AGO, Fleet, World, assert_one_key, ended, machine_of_its_own, world
from harness.processes import stopped
from harness.service import KEYS, NODES, Service, serve
from harness.table import Row


@pytest.mark.row("many controllers bootstrap one name")
def test_controllers_bootstrap_one_name(tmp_path: Path, coordination: Coordination, row: Row, crowd: int) -> None:
    with world(tmp_path, coordination.url) as (service, fleet, log):
        controllers = [fleet.controller() for _number in range(crowd)]
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


@pytest.mark.row("many controllers bootstrap one name")
def test_machines_with_system_folders_of_their_own_bootstrap_one_name(tmp_path: Path, row: Row) -> None:
    prefix = machine_of_its_own()
    with (
        serve_coordination(tmp_path / "data") as coordination,
        world(tmp_path, coordination.url) as (service, fleet, log),
    ):
        controllers = [fleet.controller() for _number in range(4)]
        ended([each.start(environment=fleet.environment, prefix=prefix) for each in controllers])
        assert_one_key(fleet, *controllers)
        row.tried = len(controllers)
        assert World(service, fleet, log).requests("POST", KEYS) == 1


@pytest.mark.row("many controllers rotate one name")
@pytest.mark.parametrize("overlap", ["24h", "0"])
def test_controllers_rotate_one_due_key(
    tmp_path: Path, coordination: Coordination, row: Row, crowd: int, overlap: str
) -> None:
    with world(tmp_path, coordination.url) as (service, fleet, log):
        first = fleet.controller()
        fleet.run(first)
        fleet.commit(first)
        old = first.records()["ci"]["client_id"]
        service.age(old, LONG_AGO)
        controllers = [fleet.controller() for _number in range(crowd)]
        due = {"rotate": "when_older_than", "max_age": "1h", "overlap": overlap}
        ended([fleet.start(controller, **due) for controller in controllers])
        assert_one_key(fleet, *controllers, others=[old] if overlap == "24h" else [])
        row.tried = len(controllers)
        row.figures["keys made"] = World(service, fleet, log).requests("POST", KEYS) - 1
    assert row.figures["keys made"] == 1


@pytest.mark.row("many controllers bootstrap one name")
def test_controllers_make_one_node(tmp_path: Path, coordination: Coordination, row: Row, crowd: int) -> None:
    with world(tmp_path, coordination.url) as (service, fleet, _log):
        controllers = [fleet.controller() for _number in range(crowd)]
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
        row.tried = crowd
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
            fleet.run(other)
        run = running.wait()
        assert run.status != 0 and "was lost" in run.message, run.output
        assert_one_key(fleet, other)
        assert World(service, fleet, log).requests("POST", KEYS) == 1
        fleet.run(sleeper)
        assert_one_key(fleet, other, sleeper)


@pytest.mark.row("two vault files of one account")
def test_a_scope_is_one_account_s(tmp_path: Path, coordination: Coordination) -> None:
    with serve(accounts=2) as service:
        ours, theirs = (Fleet(tmp_path, service.new_account(), coordination.url) for _number in range(2))
        ours.run(ours.controller())
        run = theirs.start(theirs.controller()).wait()
        assert run.status == 2 and "is in use by another account" in run.message, run.output
        assert theirs.account.key_ids() == set()


@pytest.mark.row("two vault files of one account")
def test_two_vault_files_of_one_account_keep_to_their_own_keys(tmp_path: Path, coordination: Coordination) -> None:
    with world(tmp_path, coordination.url) as (_service, fleet, _log):
        one, two = fleet.controller(), fleet.controller()
        others = {**fleet.environment, "BLOQ_COORDINATION_SCOPE": "team/staging"}
        runs = [fleet.run(one), *ended([two.start(environment=others)])]
        assert [run.result["suspects"] for run in runs] == [[], []]
        ids = {controller.records()["ci"]["client_id"] for controller in (one, two)}
        assert len(ids) == 2 and fleet.account.key_ids() == ids


@pytest.mark.row("many controllers share one token")
def test_what_another_scope_has_in_escrow_is_not_called_unmanaged(tmp_path: Path, coordination: Coordination) -> None:
    with world(tmp_path, coordination.url) as (_service, fleet, _log):
        one, two, stranger = (fleet.controller() for _number in range(3))
        theirs = {**fleet.environment, "BLOQ_COORDINATION_SCOPE": "payments/production"}
        ours = {**fleet.environment, "BLOQ_COORDINATION_SCOPE": "shop"}
        ended([one.start(environment=theirs)])
        client_id = one.records()["ci"]["client_id"]
        stranger.password_file.write_text("another password", encoding="utf-8")
        for controller, known in ((two, ("ci", "payments/production")), (stranger, (None, None))):
            tasks = [{"bloq.cloud.bloq_client_key_info": {"vault_file": str(controller.vault_file)}}]
            (run,) = ended([controller.start_play(tasks, environment=ours)])
            (key,) = run.results[0]["client_keys"]
            assert (key["client_id"], key["state"], key["managed"]) == (client_id, "escrow", False)
            assert (key["name"], key["scope"]) == known
            (kept,) = run.results[0]["coordination"]["escrow"]
            assert (kept["name"], kept["scope"]) == known


@pytest.mark.row("many controllers share one token")
def test_what_is_in_escrow_and_what_is_suspected_is_said_of_keys_and_of_nodes(
    tmp_path: Path, coordination: Coordination
) -> None:
    with world(tmp_path, coordination.url) as (service, fleet, _log):
        environment = {**fleet.environment, "BLOQ_NODES_URL": service.nodes_url}
        lost, heir = fleet.controller(), fleet.controller()
        node = {"name": "mine", "chain": "btc", "network": "mainnet", "wait": False}
        fleet.run(lost)
        ended(
            [
                lost.start_play(
                    [{"bloq.cloud.bloq_node": {**node, "vault_file": str(lost.vault_file)}}], environment=environment
                )
            ]
        )
        client_id = lost.records()["ci"]["client_id"]
        fleet.lose(lost)
        _left_behind(service, fleet, environment)
        held = json.dumps({"host": "ci-runner-7", "process": 42, "play": "Provision"})
        for fence in coordination.client.keys("bloq:*:fence"):
            lock = fence.replace(b":fence", b":lock")
            coordination.client.hset(lock, mapping={"token": "t", "holder": held, "since": "1795664284"})
        info = {"vault_file": str(heir.vault_file)}
        tasks = [{"bloq.cloud.bloq_client_key_info": info}, {"bloq.cloud.bloq_node_info": info}]
        (run,) = ended([heir.start_play(tasks, environment=environment)])
        keys, nodes = run.results
        lock_of = {"host": "ci-runner-7", "process": 42, "play": "Provision", "since": "2026-11-26T03:38:04Z"}
        assert keys["coordination"]["lock"] == nodes["coordination"]["lock"] == lock_of
        (kept,) = keys["coordination"]["escrow"]
        assert (kept["client_id"], kept["name"]) == (client_id, "ci")
        (key,) = (each for each in keys["client_keys"] if each["client_id"] == client_id)
        assert (key["state"], key["name"], key["managed"]) == ("escrow", "ci", False)
        (kept,) = nodes["coordination"]["escrow"]
        (made,) = (each for each in nodes["nodes"] if each["escrow"])
        assert (kept["id"], kept["name"]) == (made["id"], "mine")
        assert (made["name"], made["managed"], made["suspect"]) == ("mine", False, False)
        (left,) = (each for each in nodes["nodes"] if not each["escrow"])
        assert left["suspect"], run.output
        # Without the server both say what they can, with a warning.
        coordination.process.kill()
        coordination.process.wait(timeout=30)
        (run,) = ended([heir.start_play(tasks, environment=environment)])
        assert [each["coordination"] for each in run.results] == [None, None]
        assert run.message.count("cannot be reached") >= 1


def _left_behind(service: Service, fleet: Fleet, environment: dict[str, str]) -> None:
    """Kill a controller between its request for a node and the reply."""
    killed = fleet.controller()
    service.set_faults({"service": "nodes", "method": "POST", "path": NODES, "delay_after": 30})
    node = {"name": "other", "chain": "btc", "network": "mainnet", "wait": False, "timeout": 5}
    task = {"bloq.cloud.bloq_node": {**node, "vault_file": str(killed.vault_file)}}
    running = killed.start_play([task], environment=environment)
    service.wait_until_struck()
    time.sleep(0.2)
    assert running.kill().status == -9
    fleet.lose(killed)
