# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node's life with a service that fails at the worst moments, the choice of what it is made from, and the wait."""

from __future__ import annotations

import dataclasses
import time
import typing as t
from collections.abc import Sequence
from pathlib import Path

import pytest
from ansible.parsing.vault import VaultSecret
from ansible_collections.bloq.cloud.plugins.module_utils._connection import Pause
from ansible_collections.bloq.cloud.plugins.module_utils._errors import InputError, ReplyError, UnreachableError
from ansible_collections.bloq.cloud.plugins.module_utils._nodes import (
    STARTED,
    STOPPED,
    Node,
    NodeListing,
    NodeOrder,
    Service,
)
from ansible_collections.bloq.cloud.plugins.module_utils._times import iso
from ansible_collections.bloq.cloud.plugins.plugin_utils._creation.escrow import Escrow, NoEscrow
from ansible_collections.bloq.cloud.plugins.plugin_utils._creation.intent import IntentFile
from ansible_collections.bloq.cloud.plugins.plugin_utils._nodes.choice import choose_service
from ansible_collections.bloq.cloud.plugins.plugin_utils._nodes.lifecycle import NodeLifecycle, NodeOutcome
from ansible_collections.bloq.cloud.plugins.plugin_utils._nodes.wait import Wait, wait_until_started
from ansible_collections.bloq.cloud.plugins.plugin_utils._sessions import NodesSession
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault.file import VaultFile
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault.secrets import Vault
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._creation.interrupted import Killed, obtain

URL = "https://nodes.example.com"
VAULT = Vault([("default", VaultSecret(b"a pass phrase"))])
STANDARD = Service("standard", "btc", "mainnet", "core", "standard")
SERVICES = (
    STANDARD,
    Service("high", "btc", "mainnet", "core", "high"),
    Service("old", "eth", "mainnet", "geth-1.8", "standard"),
    Service("new", "eth", "mainnet", "geth-1.9", "standard"),
    Service("off", "ltc", "mainnet", "litecoin", "standard", disabled=True),
)
OPTIONS: dict[str, t.Any] = dict.fromkeys(
    ("service_id", "chain", "network", "software", "performance", "auth_type", "capacity", "alias")
)


class Account:
    """Nodes, with one account and a fault for the next creation."""

    def __init__(self) -> None:
        self.nodes: dict[str, Node] = {}
        self.made = 0
        self.asked: list[t.Any] = []
        self.after: list[BaseException] = []

    def services(self, _token: str, _kind: str) -> list[Service]:
        return list(SERVICES)

    def list_nodes(self, _token: str, _kind: str) -> NodeListing:
        self.asked.append("list")
        return NodeListing(tuple(self.nodes.values()), 0.0)

    def find_node(self, _token: str, _kind: str, node_id: str) -> Node | None:
        return self.nodes.get(node_id)

    def create_node(self, _token: str, order: NodeOrder, _pause: Pause) -> Node:
        self.made += 1
        self.asked.append(order)
        node = Node(
            f"node-{self.made}",
            order.kind,
            STARTED,
            chain="btc",
            network="mainnet",
            auth_type=order.auth_type,
            username="user",
            password=f"password of {self.made}",
            url=f"https://node{self.made}",
            created_at=iso(time.time()),
            capacity=order.capacity,
            alias=order.alias,
        )
        self.nodes[node.id] = node
        if self.after:
            raise self.after.pop()
        return node

    def update_cluster(self, _token: str, node_id: str, changes: dict[str, t.Any]) -> None:
        self.asked.append(changes)
        self.nodes[node_id] = dataclasses.replace(self.nodes[node_id], **changes)

    def delete_node(self, _token: str, _kind: str, node_id: str) -> bool:
        return self.nodes.pop(node_id, None) is not None


class Controller:
    """Runs of one controller with one vault file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.account = Account()
        self.escrow: Escrow = NoEscrow()

    def run(
        self,
        *,
        present: bool = True,
        check_mode: bool = False,
        dismissed: Sequence[str] = (),
        login: str = "",
        lasts: bool = True,
        name: str = "main",
        kind: str = "node",
        url: str = URL,
        **options: t.Any,
    ) -> NodeOutcome:
        file = VaultFile.read(str(self.folder / "nodes.yml"), VAULT, variable="bloq_nodes")
        intents = IntentFile(file.path, f"{URL} {kind}", login)
        intents.escrow = self.escrow
        self.lifecycle = NodeLifecycle(
            name,
            nodes_url=url,
            session=NodesSession(self.account, kind, obtain, login, lambda: {login, f"id of {login}"}),  # type: ignore[arg-type]
            file=file,
            intents=intents,
            check_mode=check_mode,
            dismissed=dismissed,
            lasts=lasts,
        )
        return self.lifecycle.ensure({**OPTIONS, "chain": "btc", **options}, present=present)

    @property
    def records(self) -> t.Mapping[str, t.Any]:
        return VaultFile.read(str(self.folder / "nodes.yml"), VAULT, variable="bloq_nodes").records

    @property
    def left_behind(self) -> list[str]:
        return [path.name for path in self.folder.iterdir() if path.name != "nodes.yml"]


@pytest.fixture
def controller(tmp_path: Path) -> Controller:
    return Controller(tmp_path)


@pytest.mark.parametrize(
    ("first", "then", "is_own"),
    [
        ("me", "me", True),
        ("id of me", "me", True),
        ("me", "", True),
        ("", "me", True),
        ("me", "somebody else", False),
    ],
)
def test_what_another_login_left_is_not_taken_for_ours(
    controller: Controller, first: str, then: str, is_own: bool
) -> None:
    controller.account.after = [Killed()]
    with pytest.raises(Killed):
        controller.run(login=first)
    outcome = controller.run(login=then)
    assert outcome.suspects == (["node-1"] if is_own else [])
    assert any("Run the play once more with the login" in warning for warning in outcome.warnings) is not is_own


def test_a_run_that_dies_before_the_reply_leaves_a_node_that_is_named_and_never_removed(controller: Controller) -> None:
    controller.account.after = [Killed()]
    with pytest.raises(Killed):
        controller.run()
    assert list(controller.account.nodes) == ["node-1"]
    assert controller.left_behind

    for _number in range(2):
        outcome = controller.run()
        assert (outcome.orphans_removed, outcome.suspects) == ([], ["node-1"])
    assert "bloq_node -a 'kind=node node_id=node-1 state=absent'" in outcome.warnings[0]
    assert list(controller.account.nodes) == ["node-1", "node-2"]
    assert controller.records["main"]["password"] == "password of 2"
    assert controller.run(dismissed=["node-1"]).suspects == []


def test_a_lost_reply_leaves_one_node_with_a_record_and_names_the_other(controller: Controller) -> None:
    controller.account.after = [UnreachableError("reset", maybe_received=True)]
    outcome = controller.run()
    assert (outcome.orphans_removed, outcome.suspects) == ([], ["node-1"])
    assert list(controller.account.nodes) == ["node-1", controller.records["main"]["id"]]


def test_a_node_whose_reply_came_and_that_was_not_stored_is_removed(
    controller: Controller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def died(*_anything: object) -> None:
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(VaultFile, "store", died)
        patch.setattr(Account, "delete_node", died)
        controller.run()
    outcome = controller.run()
    assert (outcome.orphans_removed, outcome.suspects) == (["node-1"], [])
    assert list(controller.account.nodes) == ["node-2"]


def test_a_node_that_another_record_names_is_not_removed(controller: Controller) -> None:
    controller.run()
    file = VaultFile.read(str(controller.folder / "nodes.yml"), VAULT, variable="bloq_nodes")
    file.with_record("backup", dict(file.records["main"])).store()
    outcome = controller.run(present=False)
    assert "another record" in outcome.warnings[0]
    assert list(controller.account.nodes) == ["node-1"]
    assert list(controller.records) == ["backup"]


def test_a_record_that_cannot_be_stored_costs_no_node(controller: Controller, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(file: VaultFile) -> None:
        raise ReplyError("disk full")

    monkeypatch.setattr(VaultFile, "store", full)
    with pytest.raises(ReplyError, match="disk full"):
        controller.run()
    assert not controller.account.nodes
    assert not controller.left_behind


@pytest.mark.parametrize(
    ("wanted", "changes"), [({"present": False}, True), ({"capacity": 3}, True), ({"capacity": 2}, False)]
)
def test_a_run_that_fails_late_knows_what_it_has_changed(
    controller: Controller, monkeypatch: pytest.MonkeyPatch, wanted: dict[str, t.Any], changes: bool
) -> None:
    def full(file: VaultFile) -> None:
        raise ReplyError("disk full")

    controller.run(kind="cluster", capacity=2)
    node = controller.account.nodes["node-1"]
    # So that there is something to store in each case.
    controller.account.nodes["node-1"] = dataclasses.replace(node, url="https://elsewhere")
    monkeypatch.setattr(VaultFile, "store", full)
    with pytest.raises(ReplyError, match="disk full"):
        controller.run(kind="cluster", **wanted)
    assert controller.lifecycle.done() == {"changed": changes}


@pytest.mark.parametrize(("at", "changes"), [("update_cluster", False), ("find_node", True)])
def test_a_change_that_fails_is_told_where_the_service_has_taken_it(
    controller: Controller, monkeypatch: pytest.MonkeyPatch, at: str, changes: bool
) -> None:
    controller.run(kind="cluster", capacity=2)
    operation, calls = getattr(controller.account, at), 0

    def lost(*arguments: t.Any) -> t.Any:
        nonlocal calls
        calls += 1
        # The cluster is found once before it is changed.
        if at == "find_node" and calls == 1:
            return operation(*arguments)
        raise UnreachableError("reset", maybe_received=False)

    monkeypatch.setattr(controller.account, at, lost)
    with pytest.raises(UnreachableError):
        controller.run(kind="cluster", capacity=3)
    assert controller.lifecycle.done() == {"changed": changes}


def test_a_move_is_remembered_though_the_name_was_refused_then(
    controller: Controller, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted: dict[str, t.Any] = {"kind": "cluster", "capacity": 3, "service_id": "high", "alias": "ours"}
    controller.run(kind="cluster", capacity=2)
    update = controller.account.update_cluster

    def refuse_the_alias(token: str, node_id: str, changes: dict[str, t.Any]) -> None:
        if "alias" in changes:
            raise ReplyError("no such alias")
        update(token, node_id, changes)

    with monkeypatch.context() as patch, pytest.raises(ReplyError, match="no such alias"):
        patch.setattr(controller.account, "update_cluster", refuse_the_alias)
        controller.run(**wanted)
    assert controller.lifecycle.done() == {"changed": True}
    outcome = controller.run(**wanted)
    assert outcome.changes == {"alias": "ours"}
    assert controller.records["main"]["service_id"] == "high"
    assert not controller.run(**wanted).changed


def test_check_mode_tells_and_touches_nothing(controller: Controller) -> None:
    assert controller.run(check_mode=True).changed
    assert not controller.account.nodes
    assert not controller.left_behind
    assert not (controller.folder / "nodes.yml").exists()


def test_the_second_run_changes_nothing_and_the_users_fields_stay(controller: Controller) -> None:
    controller.run()
    file = VaultFile.read(str(controller.folder / "nodes.yml"), VAULT, variable="bloq_nodes")
    file.with_record("main", {**file.records["main"], "owner": "us"}).store()
    assert not controller.run().changed
    controller.account.nodes.clear()
    healed = controller.run()
    assert healed.drift
    assert controller.records["main"]["owner"] == "us"
    assert controller.records["main"]["id"] == "node-2"


def test_what_cannot_be_changed_is_refused(controller: Controller) -> None:
    controller.run()
    changes: list[dict[str, t.Any]] = [{"chain": "eth"}, {"auth_type": "jwt"}, {"service_id": "high"}]
    for options in changes:
        with pytest.raises(InputError, match="cannot be changed"):
            controller.run(**options)
    assert controller.account.made == 1


def test_absent_removes_the_node_and_the_record(controller: Controller) -> None:
    controller.run()
    assert controller.run(present=False).changed
    assert not controller.account.nodes
    assert not controller.records
    assert not controller.run(present=False).changed


def test_the_usual_size_is_meant_unless_another_is_named() -> None:
    assert choose_service(SERVICES, {**OPTIONS, "chain": "btc"}) is STANDARD
    assert choose_service(SERVICES, {**OPTIONS, "chain": "btc", "performance": "high"}).id == "high"
    assert choose_service(SERVICES, {**OPTIONS, "chain": "eth", "software": "geth-1.9"}).id == "new"
    assert choose_service(SERVICES, {**OPTIONS, "service_id": "old"}).id == "old"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"chain": "eth"}, "Several services fit: old"),
        ({"chain": "doge"}, r"no such service, .*\. Choose one of: standard .*; high .*; old .*; new "),
        ({"chain": "btc", "software": "knots"}, r": standard \(btc, mainnet, core, standard\); high \([^;]*\)\.$"),
        ({"chain": "ltc"}, "no such service, or has disabled it"),
        ({"service_id": "off"}, "no such service"),
        ({"service_id": "old", "chain": "btc"}, "has chain eth, not btc"),
        ({"service_id": "old", "network": "testnet"}, "has network mainnet, not testnet"),
        ({"service_id": "high", "performance": "standard"}, "has performance high, not standard"),
        ({}, "service_id or chain is missing"),
    ],
)
def test_nothing_is_guessed(options: dict[str, str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        choose_service(SERVICES, {**OPTIONS, **options})


def test_a_service_that_offers_nothing_is_told() -> None:
    disabled = [service for service in SERVICES if service.disabled]
    with pytest.raises(InputError, match="offers nothing that this could be made from"):
        choose_service(disabled, {**OPTIONS, "chain": "btc"})


def test_the_wait_is_bounded_and_told() -> None:
    clock = [0.0]
    told: list[str] = []

    def sleep(seconds: float) -> None:
        clock[0] += seconds

    starting = Node("node-1", "node", "starting")

    def wait(find: t.Callable[[float], Node | None]) -> Node:
        return wait_until_started(starting, find, "The node 'main'", Wait(60, told.append, lambda: clock[0], sleep))

    with pytest.raises(UnreachableError, match="wait_timeout"):
        wait(lambda _seconds: starting)
    assert clock[0] == 60
    assert len(told) > 10
    assert "main" in told[0]
    started = Node("node-1", "node", STARTED)
    assert wait(lambda _seconds: started) is started
    with pytest.raises(ReplyError, match="removed by somebody else"):
        wait(lambda _seconds: Node("node-1", "node", STOPPED))


def test_a_node_whose_record_ends_with_the_job_is_warned_of(controller: Controller) -> None:
    lost = "the record of the new node 'main' with it, unless this job publishes it"
    assert lost in controller.run(lasts=False, check_mode=True).warnings[0]
    assert lost in controller.run(lasts=False).warnings[0]
    assert controller.run(lasts=False).warnings == []


def test_a_new_node_gets_no_name_that_nobody_can_read(controller: Controller) -> None:
    with pytest.raises(InputError, match="cannot be that of a new node: it has a control character"):
        controller.run(name="main\x1b")
    assert not controller.records


def test_a_node_keeps_a_name_that_a_new_one_would_not_get(controller: Controller) -> None:
    controller.run()
    name = "n" * 201
    file = VaultFile.read(str(controller.folder / "nodes.yml"), VAULT, variable="bloq_nodes")
    file.with_record(name, file.records["main"]).store()
    assert not controller.run(name=name).changed
