# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node or cluster that is named by its id is changed or removed, and never made."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._errors import CoordinationError, InputError, RefusedError
from ansible_collections.bloq.cloud.plugins.module_utils._nodes import STOPPED, Node, NodeListing
from ansible_collections.bloq.cloud.plugins.plugin_utils._creation.changes import LocalChanges
from ansible_collections.bloq.cloud.plugins.plugin_utils._nodes.by_id import ensure_by_id
from ansible_collections.bloq.cloud.plugins.plugin_utils._sessions import NodesSession
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._creation.interrupted import losing_the_lock, obtain

CLUSTER = Node("c-1", "cluster", "started", capacity=2, service_id="small", alias="ours")
OPTIONS = {"kind": "cluster", "state": "present", "capacity": None, "service_id": None, "alias": None}


class Account:
    """What an account has, and what was asked of it besides looking."""

    def __init__(self, *nodes: Node) -> None:
        self.nodes = {node.id: node for node in nodes}
        self.asked: list[t.Any] = []
        self.notes: list[bool] = []
        self.lists_no_nodes = False

    def find_node(self, _token: str, kind: str, node_id: str) -> Node | None:
        node = self.nodes.get(node_id)
        return node if node is not None and node.kind == kind else None

    def list_nodes(self, _token: str, kind: str) -> NodeListing:
        if kind != "cluster" and self.lists_no_nodes:
            raise RefusedError("No.", status=403)
        return NodeListing(tuple(node for node in self.nodes.values() if node.kind == kind), 0.0)

    def update_cluster(self, _token: str, node_id: str, changes: dict[str, t.Any]) -> None:
        self.asked.append(changes)
        self.nodes[node_id] = dataclasses.replace(self.nodes[node_id], **changes)

    def delete_node(self, _token: str, _kind: str, node_id: str) -> bool:
        self.asked.append(node_id)
        return self.nodes.pop(node_id, None) is not None

    def ensure(self, node_id: str, *, check_mode: bool = False, **options: t.Any) -> tuple[bool, Node | None]:
        wanted = {**OPTIONS, "node_id": node_id, **options}
        session = NodesSession(self, wanted["kind"], obtain)  # type: ignore[arg-type]
        self.notes.clear()
        node = ensure_by_id(session, wanted, LocalChanges(), note=self.notes.append, check_mode=check_mode)
        return any(self.notes), node


def test_a_cluster_gets_what_differs_and_nothing_else() -> None:
    account = Account(CLUSTER)
    predicted, _cluster = account.ensure("c-1", capacity=3, alias="ours", check_mode=True)
    assert (predicted, account.asked) == (True, [])
    changed, cluster = account.ensure("c-1", capacity=3, alias="ours")
    assert (changed, cluster and cluster.capacity, account.asked) == (True, 3, [{"capacity": 3}])
    assert not account.ensure("c-1", capacity=3, alias="ours")[0]
    assert account.asked == [{"capacity": 3}]


def test_a_node_is_only_looked_at() -> None:
    node = Node("n-1", "node", "started", password="swordfish")
    account = Account(node)
    assert account.ensure("n-1", kind="node", service_id="another") == (False, node)
    assert account.asked == []


@pytest.mark.parametrize("state", ["present", "absent"])
@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("cluster-1234...", r"not the whole id of a cluster.*: cluster-12345678\."),
        ("node-87654321", r"node-87654321 is a node, so nothing was done with it. Set kind: node\."),
        ("node-8765", r"not the whole id of a node.*: node-87654321\."),
    ],
)
def test_a_shortened_id_or_another_kinds_is_not_one_that_is_gone(given: str, told: str, state: str) -> None:
    account = Account(dataclasses.replace(CLUSTER, id="cluster-12345678"), Node("node-87654321", "node", "started"))
    with pytest.raises(InputError, match=told):
        account.ensure(given, state=state)
    assert account.asked == []


@pytest.mark.parametrize("gone", ["node-12345678", "cluster-12345678-longer-than-any"])
def test_what_is_gone_is_gone_where_the_other_kind_may_not_be_listed_too(gone: str) -> None:
    account = Account(Node("node-87654321", "node", "started"))
    assert account.ensure(gone, state="absent") == (False, None)
    account.lists_no_nodes = True
    assert account.ensure("node-87654321", state="absent") == (False, None)


@pytest.mark.parametrize("nodes", [(), (dataclasses.replace(CLUSTER, state=STOPPED),)], ids=["none", "stopped"])
def test_one_that_is_not_there_is_absent_and_cannot_be_made(nodes: tuple[Node, ...]) -> None:
    account = Account(*nodes)
    assert account.ensure("c-1", state="absent") == (False, None)
    with pytest.raises(InputError, match=r"There is no cluster c-1\. The service chooses ids"):
        account.ensure("c-1")
    assert account.asked == []


def test_one_that_is_there_is_removed_once() -> None:
    account = Account(CLUSTER)
    assert account.ensure("c-1", state="absent", check_mode=True) == (True, None)
    assert account.asked == []
    assert account.ensure("c-1", state="absent") == (True, None)
    assert account.ensure("c-1", state="absent") == (False, None)
    assert account.asked == ["c-1"]


def test_a_change_is_noted_before_anything_can_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    account = Account(CLUSTER)
    with monkeypatch.context() as patch, pytest.raises(CoordinationError):
        patch.setattr(LocalChanges, "removal", losing_the_lock)
        account.ensure("c-1", state="absent")
    assert account.notes == [True]
    account = Account(CLUSTER)
    found = iter([CLUSTER])
    monkeypatch.setattr(account, "find_node", lambda *_which: next(found))
    with pytest.raises(StopIteration):
        account.ensure("c-1", capacity=3)
    assert account.notes == [True]


def test_each_request_of_a_change_is_made_while_it_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    account = Account(CLUSTER)
    with monkeypatch.context() as patch, pytest.raises(CoordinationError):
        patch.setattr(LocalChanges, "change", losing_the_lock)
        account.ensure("c-1", alias="theirs", capacity=3, service_id="big")
    assert account.asked == [{"capacity": 3, "service_id": "big"}] and account.notes == [True]
    assert account.ensure("c-1", alias="theirs", capacity=3, service_id="big")[0]
    assert account.asked[1:] == [{"alias": "theirs"}]
