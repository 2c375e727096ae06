# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A port for each node and cluster, with TLS and a certificate that it signed itself, as Bloq's nodes have."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import ssl
import tempfile
import typing as t

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from local_bloq.store.node_certificates import NodeCertificates, Pem
from local_bloq.web.connections import WAITING, Connections
from local_bloq.web.listening import authority, bind, configuration


@dataclasses.dataclass(frozen=True, kw_only=True)
class _OwnPort:
    tls: ssl.SSLContext
    server: asyncio.Server


class OwnPorts:
    """The ports that are open."""

    def __init__(
        self,
        *,
        host: str,
        app: ASGIApp,
        server: uvicorn.Server,
        connections: Connections,
        certificates: NodeCertificates,
    ) -> None:
        """Open none yet.

        Args:
            host: the address to listen on.
            app: the Nodes service, which answers for all nodes.
            server: Nodes' own server, started: when it stops, so do the ports.
            connections: where connections are counted.
            certificates: the nodes' certificates.
        """
        self._host = host
        self._app = app
        self._server = server
        self._connections = connections
        self._certificates = certificates
        self._open: dict[str, _OwnPort] = {}

    async def open(self, instance_id: str) -> str:
        """Listen for a node, and return its address."""
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        _load(tls, self._certificates.of(instance_id))
        config = configuration(_only(instance_id, self._app), self._connections)
        config.load()

        def protocol() -> asyncio.Protocol:
            make = t.cast("t.Callable[..., asyncio.Protocol]", config.http_protocol_class)
            return make(config=config, server_state=self._server.server_state, app_state={})

        listening = bind(self._host, 0, self._connections)
        server = await asyncio.get_running_loop().create_server(
            protocol, sock=listening, ssl=tls, backlog=config.backlog
        )
        listening.listen(WAITING)
        self._server.servers.append(server)
        self._open[instance_id] = _OwnPort(tls=tls, server=server)
        return f"https://{authority(listening)}/"

    def close(self, instance_id: str) -> None:
        """Listen no more."""
        own = self._open.pop(instance_id, None)
        if own is not None:
            own.server.close()
            self._server.servers.remove(own.server)

    def certificate(self, instance_id: str) -> bytes:
        """Return a node's certificate as PEM."""
        return self._certificates.of(instance_id).certificate

    def renew(self, instance_id: str) -> bytes:
        """Give a node another certificate, from its next connection on, and return it as PEM."""
        pair = self._certificates.renew(instance_id)
        if instance_id in self._open:
            _load(self._open[instance_id].tls, pair)
        return pair.certificate


def _only(instance_id: str, app: ASGIApp) -> ASGIApp:
    """Return an application that answers at its root for one node, and for nothing else of Nodes."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        rest = scope["path"].removesuffix("/")
        await app({**scope, "path": f"/rpc/{instance_id}{rest}"}, receive, send)

    return serve


def _load(tls: ssl.SSLContext, pair: Pem) -> None:
    # Python reads keys only from files; this one is 0600 and gone at once.
    descriptor, path = tempfile.mkstemp(prefix="local-bloq-")
    try:
        with open(descriptor, "wb") as stream:
            stream.write(pair.key + pair.certificate)
        tls.load_cert_chain(path)
    finally:
        os.unlink(path)
