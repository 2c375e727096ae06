# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nodes, asked from the host that the task is delegated to, by running the modules there."""

from __future__ import annotations

import dataclasses
import typing as t
from collections.abc import Mapping

from ..module_utils._connection import Pause
from ..module_utils._nodes_service import Node, NodeListing, NodeOrder, Service
from ._remote_module import RemoteModules


class RemoteNodes:
    """Nodes, asked from another host. See ``NodesService`` for what each method does.

    Args:
        modules: runs the collection's modules there.
    """

    def __init__(self, modules: RemoteModules) -> None:
        self._modules = modules

    def chains(self, kind: str) -> list[dict[str, t.Any]]:
        return list(self._modules.run("bloq_service_info", kind=kind)["chains"])

    def services(self, access_token: str, kind: str) -> list[Service]:
        found = self._modules.run("bloq_service_info", access_token=access_token, kind=kind)["services"]
        return [Service(**service) for service in found]

    def list_nodes(self, access_token: str, kind: str) -> NodeListing:
        result = self._modules.run("bloq_node_info", access_token=access_token, kind=kind)
        return NodeListing(tuple(Node(**node) for node in result["nodes"]), float(result["clock_skew"]))

    def find_node(self, access_token: str, kind: str, node_id: str) -> Node | None:
        result = self._modules.run("bloq_node_info", access_token=access_token, kind=kind, node_id=node_id)
        return next((Node(**node) for node in result["nodes"]), None)

    def create_node(self, access_token: str, order: NodeOrder, pause: Pause) -> Node:
        return Node(**self._node(access_token, **dataclasses.asdict(order))["node"])

    def update_cluster(self, access_token: str, node_id: str, changes: Mapping[str, t.Any]) -> None:
        self._node(access_token, kind="cluster", node_id=node_id, **changes)

    def delete_node(self, access_token: str, kind: str, node_id: str) -> bool:
        return bool(self._node(access_token, kind=kind, node_id=node_id, state="absent")["changed"])

    def _node(self, access_token: str, **arguments: t.Any) -> Mapping[str, t.Any]:
        given = {name: value for name, value in arguments.items() if value is not None}
        return self._modules.run("bloq_node", access_token=access_token, **given)
