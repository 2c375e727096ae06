# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a named node or cluster is asked for, and what is taken over from escrow."""

from __future__ import annotations

import dataclasses
import typing as t
from collections.abc import Mapping
from pathlib import Path

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._errors import FileError, InputError, ReplyError
from ansible_collections.bloq.cloud.plugins.module_utils._nodes import STOPPED, Node, NodeListing, NodeOrder
from ansible_collections.bloq.cloud.plugins.plugin_utils._creation.escrow import Escrowed, NoEscrow
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault.file import VaultFile
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._nodes.test_node_lifecycle import (
    URL,
    Account,
    Controller,
)


class _Kept(NoEscrow):
    """Escrow in this process."""

    def __init__(self) -> None:
        self.records: list[tuple[str, Escrowed]] = []

    def deposit(self, name: str, resource_id: str, record: Mapping[str, t.Any]) -> None:
        self.records.insert(0, (name, Escrowed(resource_id, 0.0, record)))

    def escrowed(self, name: str) -> list[Escrowed]:
        return [entry for kept, entry in self.records if kept == name]

    def is_escrowed(self, resource_id: str) -> bool:
        return any(entry.id == resource_id for _name, entry in self.records)


@pytest.fixture
def ours(tmp_path: Path) -> Controller:
    controller = Controller(tmp_path)
    controller.escrow = _Kept()
    return controller


def _lose_vault_file(controller: Controller) -> None:
    (controller.folder / "nodes.yml").unlink()


def test_what_is_ordered_is_what_the_task_says(ours: Controller) -> None:
    ours.run(auth_type="jwt", kind="cluster", capacity=3, alias="ours")
    assert ours.account.asked[-1] == NodeOrder("cluster", "standard", "jwt", 3, "ours")
    assert {**ours.records["main"], "created_at": None} == {
        "nodes_url": URL,
        "kind": "cluster",
        "id": "node-1",
        "chain": "btc",
        "network": "mainnet",
        "service_id": "standard",
        "auth_type": "jwt",
        "url": "https://node1",
        "username": "user",
        "password": "password of 1",
        "created_at": None,
    }


def test_a_node_that_is_as_wanted_is_all_that_is_asked_for(ours: Controller) -> None:
    ours.run()
    ours.account.asked.clear()
    assert not ours.run().changed
    assert ours.account.asked == []


def test_what_the_service_says_later_is_stored(ours: Controller) -> None:
    ours.run()
    ours.account.nodes["node-1"] = dataclasses.replace(ours.account.nodes["node-1"], url="https://moved")
    assert ours.run(check_mode=True).changed
    assert ours.records["main"]["url"] == "https://node1"
    outcome = ours.run()
    assert outcome.changed and outcome.before and outcome.after
    assert (outcome.before.url, outcome.after.url) == ("https://node1", "https://moved")
    assert ours.records["main"]["url"] == "https://moved"


def test_a_record_that_did_not_come_here_is_taken_from_escrow(ours: Controller) -> None:
    ours.run()
    before = ours.records["main"]
    _lose_vault_file(ours)
    outcome = ours.run()
    assert (outcome.adopted, outcome.changed, outcome.drift) == ("node-1", True, False)
    assert "The node node-1 was made for 'main' by another run" in outcome.warnings[0]
    assert ours.records["main"] == before
    assert ours.account.made == 1
    assert outcome.node is not None and outcome.node.id == "node-1"


def test_check_mode_takes_over_nothing(ours: Controller) -> None:
    ours.run()
    _lose_vault_file(ours)
    outcome = ours.run(check_mode=True)
    assert (outcome.adopted, outcome.changed) == ("node-1", True)
    assert not (ours.folder / "nodes.yml").exists()


def test_a_record_in_escrow_is_removed_with_its_node(ours: Controller) -> None:
    ours.run()
    _lose_vault_file(ours)
    assert ours.run(present=False).adopted == "node-1"
    assert not ours.account.nodes
    assert not ours.records


class _Lagging(Account):
    """A service that lists a node which it says is stopped, or not there."""

    says: Node | None = None

    def find_node(self, token: str, kind: str, node_id: str) -> Node | None:
        return self.says if node_id == "node-1" else super().find_node(token, kind, node_id)


@pytest.mark.parametrize("says", [None, Node("node-1", "node", STOPPED)], ids=["gone", "stopped"])
def test_a_node_that_is_no_more_is_not_taken_over(ours: Controller, says: Node | None) -> None:
    ours.run()
    _lose_vault_file(ours)
    lagging = _Lagging()
    lagging.nodes, lagging.made, lagging.says = ours.account.nodes, 1, says
    ours.account = lagging
    outcome = ours.run()
    assert outcome.adopted is None
    assert ours.records["main"]["id"] == "node-2"


def test_a_node_that_is_listed_and_not_there_is_not_made_again(ours: Controller) -> None:
    ours.run()
    lagging = _Lagging()
    lagging.nodes = ours.account.nodes
    ours.account = lagging
    with pytest.raises(ReplyError, match=r"lists the node 'main' \(node-1\), and says that it is not there"):
        ours.run()
    assert lagging.made == 0
    assert ours.records["main"]["id"] == "node-1"


def test_one_that_was_stopped_by_somebody_else_is_made_again(ours: Controller) -> None:
    ours.run()
    stopped = dataclasses.replace(ours.account.nodes["node-1"], state=STOPPED)
    ours.account.nodes["node-1"] = stopped
    # A listing leaves out what is stopped.
    ours.account.list_nodes = lambda _token, _kind: NodeListing((), 0.0)  # type: ignore[method-assign]
    outcome = ours.run()
    assert outcome.drift and "'main' (node-1) was gone from the service" in outcome.warnings[0]
    assert ours.records["main"]["id"] == "node-2"


def test_a_record_of_another_service_or_kind_is_refused(ours: Controller) -> None:
    ours.run()
    with pytest.raises(InputError, match=f"belongs to {URL}, not to https://elsewhere"):
        ours.run(url="https://elsewhere")
    with pytest.raises(InputError, match=r"'main' in .* is a node. Say kind: node"):
        ours.run(kind="cluster")
    assert ours.account.made == 1


def test_a_cluster_is_changed_where_it_may_be(ours: Controller) -> None:
    ours.run(kind="cluster", capacity=2)
    predicted = ours.run(kind="cluster", capacity=3, check_mode=True)
    assert (predicted.changes, predicted.changed) == ({"capacity": 3}, True)
    assert ours.account.nodes["node-1"].capacity == 2
    outcome = ours.run(kind="cluster", capacity=3, alias="ours")
    assert outcome.changes == {"capacity": 3, "alias": "ours"}
    # The alias has a request of its own.
    assert ours.account.asked[-2:] == [{"capacity": 3}, {"alias": "ours"}]
    assert outcome.node == ours.account.nodes["node-1"] and outcome.node.capacity == 3
    assert not ours.run(kind="cluster", capacity=3, alias="ours").changed


def test_a_cluster_that_is_moved_is_remembered_as_what_it_becomes(ours: Controller) -> None:
    ours.run(kind="cluster")
    outcome = ours.run(kind="cluster", service_id="high")
    assert outcome.changes == {"service_id": "high"}
    assert ours.records["main"]["service_id"] == "high"
    with pytest.raises(InputError, match=r"has chain btc, and that cannot be changed"):
        ours.run(kind="cluster", chain="eth")


def test_a_file_that_cannot_be_written_costs_nothing(ours: Controller, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_file: VaultFile, *, seals: bool = True) -> None:
        raise FileError(f"disk full, {seals=}")

    with monkeypatch.context() as patch:
        patch.setattr(VaultFile, "prove_writable", full)
        with pytest.raises(FileError, match="seals=True"):
            ours.run()
    ours.run(kind="node")
    before = ours.account.asked[:]
    monkeypatch.setattr(VaultFile, "prove_writable", full)
    # Whoever only removes a record needs no vault password.
    with pytest.raises(FileError, match="seals=False"):
        ours.run(present=False)
    assert list(ours.account.nodes) == ["node-1"]
    assert ours.account.asked == before
