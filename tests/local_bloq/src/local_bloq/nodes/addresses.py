# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where nodes and clusters answer: at a path of Nodes' port, or, with TLS of their own, each at a port of its own."""

from __future__ import annotations

import typing as t

from local_bloq.web.refusals import Refusal


class Ports(t.Protocol):
    """What gives each node a port of its own."""

    async def open(self, instance_id: str) -> str:
        """Listen for a node, and return its address."""

    def close(self, instance_id: str) -> None:
        """Listen no more."""

    def certificate(self, instance_id: str) -> bytes:
        """Return a node's certificate as PEM."""

    def renew(self, instance_id: str) -> bytes:
        """Give a node another certificate, and return it as PEM."""


class Addresses:
    """The addresses of all nodes and clusters.

    Attributes:
        ports: what gives each a port of its own, or ``None`` while all are at Nodes' port.
    """

    def __init__(self, urls: t.Mapping[str, str]) -> None:
        """Take the services' own addresses, by service name."""
        self._urls = urls
        self._own: dict[str, str] = {}
        self._open: set[str] = set()
        self.ports: Ports | None = None

    async def open(self, instance_id: str) -> None:
        """Let a new node or cluster have its address."""
        if self.ports is not None:
            self._own[instance_id] = await self.ports.open(instance_id)
            self._open.add(instance_id)

    def close(self, instance_id: str) -> None:
        """Take away the address of what was stopped; it is still told."""
        if self.ports is not None:
            self.ports.close(instance_id)
            self._open.discard(instance_id)

    def url(self, instance_id: str) -> str:
        """Return where it answers."""
        return self._own.get(instance_id, f"{self._urls['nodes']}/rpc/{instance_id}")

    def serving(self, instance_id: str) -> Ports:
        """Return what serves the port of a node or a cluster.

        Raises:
            Refusal: 404 it has no port of its own, which it has only with ``--node-tls`` and until it is stopped.
        """
        if self.ports is None or instance_id not in self._open:
            message = "It has no certificate of its own: --node-tls gives one to each node that runs"
            raise Refusal(404, "NoOwnCertificate", message=message)
        return self.ports
