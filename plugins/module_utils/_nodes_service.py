# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: BSD-2-Clause
"""What the collection asks of Nodes, wherever the request is sent from."""

from __future__ import annotations

import dataclasses
import typing as t

from ._connection import Pause
from ._times import parse_iso

STARTED = "started"
STOPPED = "stopped"


@dataclasses.dataclass(frozen=True)
class Node:
    """A node, or a cluster of them.

    Attributes:
        id: its id, which the service chose.
        kind: ``node`` or ``cluster``.
        state: the service's word for how it is; ``started`` and ``stopped`` are known.
        chain: the blockchain.
        network: the blockchain's network.
        software: the software and its version.
        performance: the service's word for its size.
        auth_type: how its own clients prove who they are: ``basic``, ``jwt``, or ``none``.
        username: with ``basic``, the generated user.
        password: with ``basic``, the generated password.
        address: a node's IP address or a cluster's domain, once it has one.
        url: where its own API is, once it is known.
        created_at: when it was made, as the service wrote it.
        stopped_at: when it was stopped, as the service wrote it.
        service_id: what it was made from, where the service says so.
        updating_service_id: what a cluster is being moved to.
        capacity: how many nodes a cluster has.
        health_count: how many of them are well.
        alias: a cluster's name in the account.
    """

    id: str
    kind: str
    state: str
    chain: str | None = None
    network: str | None = None
    software: str | None = None
    performance: str | None = None
    auth_type: str | None = None
    username: str | None = None
    password: str | None = dataclasses.field(default=None, repr=False)
    address: str | None = None
    url: str | None = None
    created_at: str | None = None
    stopped_at: str | None = None
    service_id: str | None = None
    updating_service_id: str | None = None
    capacity: int | None = None
    health_count: int | None = None
    alias: str | None = None

    def public(self) -> dict[str, t.Any]:
        """Return what may be shown."""
        shown = dataclasses.asdict(self)
        del shown["password"]
        return shown


@dataclasses.dataclass(frozen=True)
class NodeListing:
    """The account's nodes or clusters, the stopped ones included.

    Attributes:
        nodes: each of them.
        skew: the service's clock minus ours, in seconds.
    """

    nodes: tuple[Node, ...]
    skew: float

    @property
    def created_by_id(self) -> dict[str, float | None]:
        """When each that is not stopped was made, by its id."""
        return {node.id: parse_iso(node.created_at) for node in self.nodes if node.state != STOPPED}


@dataclasses.dataclass(frozen=True)
class Service:
    """Something that Bloq offers to run.

    Attributes:
        id: its id.
        chain: the blockchain.
        network: the blockchain's network.
        software: the software and its version.
        performance: the service's word for its size.
        region: where it runs.
        disabled: whether nothing new can be made of it.
    """

    id: str
    chain: str | None = None
    network: str | None = None
    software: str | None = None
    performance: str | None = None
    region: str | None = None
    disabled: bool = False


@dataclasses.dataclass(frozen=True)
class NodeOrder:
    """What a new node or cluster is to be.

    Attributes:
        kind: ``node`` or ``cluster``.
        service_id: what it is made from.
        auth_type: how its own clients are to prove who they are.
        capacity: how many nodes a cluster is to have.
        alias: a cluster's name in the account.
    """

    kind: str
    service_id: str
    auth_type: str
    capacity: int | None = None
    alias: str | None = None


class NodesService(t.Protocol):
    """Nodes, asked from this process or from the host that a task is delegated to.

    Every method raises a ``BloqError`` when the service could not be asked or said no.
    """

    def chains(self, kind: str) -> list[dict[str, t.Any]]:
        """Return the chains that there are nodes or clusters of."""

    def services(self, access_token: str, kind: str) -> list[Service]:
        """Return what nodes or clusters can be made from."""

    def list_nodes(self, access_token: str, kind: str) -> NodeListing:
        """Return the account's nodes or clusters."""

    def find_node(self, access_token: str, kind: str, node_id: str) -> Node | None:
        """Return the one with this id, with its credentials, or None."""

    def create_node(self, access_token: str, order: NodeOrder, pause: Pause) -> Node:
        """Make one; ``pause`` is entered for each wait between two requests."""

    def update_cluster(self, access_token: str, node_id: str, changes: t.Mapping[str, t.Any]) -> None:
        """Change a cluster's ``capacity``, ``service_id`` or ``alias``."""

    def delete_node(self, access_token: str, kind: str, node_id: str) -> bool:
        """Remove one; return False when there was none."""


def cluster_changes(node: Node, wanted: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Return those of ``capacity``, ``service_id`` and ``alias`` that are wanted and differ from what a cluster has.

    Args:
        node: the cluster.
        wanted: the options; None stands for no wish.
    """
    has = {
        "capacity": node.capacity,
        "service_id": node.updating_service_id or node.service_id,
        "alias": node.alias or "",
    }
    return {field: wanted[field] for field in has if wanted[field] is not None and wanted[field] != has[field]}
