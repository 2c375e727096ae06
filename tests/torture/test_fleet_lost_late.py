# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A coordination server, or its lock, that is lost when all is done: what the task returns is what is true."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._nodes import Nodes
from ansible_collections.bloq.cloud.plugins.plugin_utils._creation.creator import CrashSafeCreator
from ansible_collections.bloq.cloud.plugins.plugin_utils._sessions import AccountSession, NodesSession
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._fleet.real_server import (
    Coordination,
    serve_coordination,
)
from harness.afterwards import after
from harness.controller import Run
from harness.here import Here
from harness.service import KEYS, Service

pytestmark = pytest.mark.row("the coordination server is lost in a run")

_LOST_REPLY = {"method": "POST", "path": KEYS, "reset": "after"}


@pytest.fixture
def server(tmp_path: Path) -> t.Iterator[Coordination]:
    """A server that a test may kill."""
    with serve_coordination(tmp_path / "data") as found:
        yield found


@pytest.fixture
def controller(tmp_path: Path, server: Coordination, service: Service) -> Here:
    return Here(
        tmp_path,
        service.new_account(),
        nodes_url=service.nodes_url,
        coordination_url=server.url,
        coordination_scope="team/production",
    )


def _assert_lost(run: Run, *removed: str) -> None:
    """Assert that a run failed since its lock was lost, after something was removed."""
    assert run.status == 2, run.output
    assert "was lost" in run.result["msg"] and f"{', '.join(removed)} was removed." in run.result["msg"]
    assert run.result["changed"] is True


def test_what_was_revoked_when_the_lock_was_lost_is_in_the_result(controller: Here, server: Coordination) -> None:
    for leaked in ([], ["ci"]):
        client_id = controller.run().result["client_key"]["client_id"]
        with after(AccountSession, "delete", server.client.flushall):
            run = controller.run(state="absent", leaked=leaked)
        _assert_lost(run, client_id)
        # The roles look for whether it is gone.
        assert run.result.get("revoked", []) == ([client_id] if leaked else [])
        assert controller.account.key_ids() == set()
    client_id = controller.run().result["client_key"]["client_id"]
    with after(AccountSession, "delete", server.client.flushall):
        run = controller.task("bloq_client_key", client_id=client_id, state="absent")
    _assert_lost(run, client_id)
    assert run.result["revoked"] == [client_id]


def test_an_orphan_that_was_removed_when_the_lock_was_lost_is_no_suspect(
    controller: Here, server: Coordination, service: Service
) -> None:
    service.set_faults(_LOST_REPLY)
    suspects = controller.run().result["suspects"]
    with after(AccountSession, "delete", server.client.flushall):
        run = controller.run(orphans="remove")
    _assert_lost(run, *suspects)
    assert (run.result["orphans_removed"], run.result["suspects"]) == (suspects, [])
    assert "warnings" not in run.result


def test_a_node_that_was_removed_when_the_lock_was_lost_is_a_change(controller: Here, server: Coordination) -> None:
    main = {"name": "main", "chain": "btc", "wait": False}
    for is_named in (True, False):
        node_id = controller.task("bloq_node", **main).result["node"]["id"]
        which = main if is_named else {"node_id": node_id}
        with after(NodesSession, "delete", server.client.flushall):
            _assert_lost(controller.task("bloq_node", state="absent", **which), node_id)


@pytest.mark.parametrize("is_named", [True, False], ids=["name", "node_id"])
def test_a_cluster_is_changed_only_while_the_lock_is_held(
    controller: Here, server: Coordination, is_named: bool
) -> None:
    main = {"name": "main", "kind": "cluster", "chain": "btc", "wait": False}
    cluster_id = controller.task("bloq_node", **main, capacity=2, alias="old").result["node"]["id"]
    which = main if is_named else {"node_id": cluster_id, "kind": "cluster", "wait": False}
    wanted = {"capacity": 5, "alias": "new"}
    with after(NodesSession, "find", server.client.flushall):
        run = controller.task("bloq_node", **which, **wanted)
    assert run.status == 2 and "was lost" in run.result["msg"], run.output
    assert run.result["msg"].endswith("Nothing was made or removed.") and not run.result.get("changed", False)
    assert controller.account.has()["clusters"] == [(cluster_id, 2, "old")]
    # The first of the two requests is on its way.
    with after(Nodes, "_change", server.client.flushall):
        run = controller.task("bloq_node", **which, **wanted)
    assert run.status == 2 and "was lost" in run.result["msg"], run.output
    assert run.result["msg"].endswith(f"{cluster_id} was changed.") and run.result["changed"] is True
    assert controller.account.has()["clusters"] == [(cluster_id, 5, "old")]
    assert controller.task("bloq_node", **which, **wanted).result["changed"] is True
    assert controller.account.has()["clusters"] == [(cluster_id, 5, "new")]


@pytest.mark.parametrize("how", ["killed", "emptied"])
def test_what_is_lost_when_all_is_done_costs_nothing(
    controller: Here, server: Coordination, service: Service, how: str
) -> None:
    lose = server.process.kill if how == "killed" else server.client.flushall
    service.set_faults(_LOST_REPLY)
    suspects = controller.run().result["suspects"]
    with after(CrashSafeCreator, "report_suspects", lose):
        run = controller.run(rotate="always")
    assert run.status == 0, run.output
    assert (run.result["suspects"], run.result["changed"], run.result["orphans_removed"]) == (suspects, True, [])


@pytest.mark.parametrize("how", ["killed", "emptied"])
def test_what_is_lost_before_the_suspects_are_noted_hides_none(
    controller: Here, server: Coordination, service: Service, how: str
) -> None:
    lose = server.process.kill if how == "killed" else server.client.flushall
    for options in ({}, {"rotate": "always"}):
        service.set_faults(_LOST_REPLY)
        suspects = controller.run(**options).result["suspects"]
    assert len(controller.run().result["suspects"]) == 2
    # So that there is something to note.
    gone, left = suspects
    controller.task("bloq_client_key", client_id=gone, state="absent")
    with after(CrashSafeCreator, "_displaced", lose):
        run = controller.run(rotate="always")
    assert run.result.get("failed", False) is (how == "emptied"), run.output
    assert (run.result["suspects"], run.result["changed"]) == ([left], True)
    assert left in run.message and gone not in str(run.result["warnings"])
