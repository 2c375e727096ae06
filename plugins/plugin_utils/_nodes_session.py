# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An account's operations on Nodes, for nodes or for clusters."""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Mapping

from ..module_utils._nodes_service import Node, NodeListing, NodeOrder, NodesService, Service
from ._bearer_session import BearerSession
from ._creation.in_flight import StartRequest
from ._tokens.source import Obtained


class NodesSession:
    """Nodes, asked as one account.

    Args:
        service: the Nodes service.
        kind: ``node`` or ``cluster``.
        obtain: returns the token; with True a new one, even when a fresh one is in the cache.
    """

    def __init__(self, service: NodesService, kind: str, obtain: Callable[[bool], Obtained]) -> None:
        self.kind = kind
        self._service = service
        self._session = BearerSession(obtain)

    def chains(self) -> list[dict[str, t.Any]]:
        """Return the chains on offer."""
        return self._service.chains(self.kind)

    def services(self) -> list[Service]:
        """Return what can be made."""
        return self._session.call(lambda token: self._service.services(token, self.kind))

    def list(self) -> NodeListing:
        """Return what the account has."""
        return self._session.call(lambda token: self._service.list_nodes(token, self.kind))

    def find(self, node_id: str) -> Node | None:
        """Return the one with this id, with its credentials, or None."""
        return self._session.call(lambda token: self._service.find_node(token, self.kind, node_id))

    def create(self, order: NodeOrder, start: StartRequest) -> Node:
        """Make one, with each request for it begun by ``start``."""

        def send(token: str) -> Node:
            with start() as request:
                new = self._service.create_node(token, order, request.pause)
                request.received(new.id)
                return new

        return self._session.call(send)

    def update(self, node_id: str, changes: Mapping[str, t.Any]) -> None:
        """Change a cluster."""
        self._session.call(lambda token: self._service.update_cluster(token, node_id, changes))

    def delete(self, node_id: str) -> bool:
        """Remove one; return False when there was none."""
        return self._session.call(lambda token: self._service.delete_node(token, self.kind, node_id))
