# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ports, and how uvicorn serves HTTP on them."""

from __future__ import annotations

import functools
import socket
import typing as t

import uvicorn
from starlette.types import ASGIApp

from local_bloq.settings import SettingsError
from local_bloq.web.connections import BURST, Connections, Listener
from local_bloq.web.protocol import MAX_HEAD_BYTES, BreakableProtocol

_MAX_SHUTDOWN_SECONDS = 2


def bind(host: str, port: int, connections: Connections) -> Listener:
    """Return a socket at the address, 0 for a free port, that does not listen yet.

    Raises:
        SettingsError: the port cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns Nagle's algorithm off for TCP sockets that say so; with it each reply waits 40 ms for an ACK.
    listening = Listener(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.connections = connections
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise SettingsError(f"Cannot listen on {host} port {port}: {error.strerror}") from error
    return listening


def authority(listening: socket.socket) -> str:
    """Return host and port, as in a URL."""
    host, port = listening.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def configuration(app: ASGIApp, connections: Connections, **tls: t.Any) -> uvicorn.Config:
    """Return how uvicorn serves the application.

    Args:
        tls: uvicorn's own options for TLS.
    """
    return uvicorn.Config(
        app,
        **tls,
        http=t.cast(t.Any, functools.partial(BreakableProtocol, connections=connections)),
        backlog=BURST,
        ws="none",
        lifespan="off",
        log_level="error",
        access_log=False,
        # A client must not choose the address that the loopback check sees.
        proxy_headers=False,
        server_header=False,
        h11_max_incomplete_event_size=MAX_HEAD_BYTES,
        date_header=False,
        timeout_graceful_shutdown=_MAX_SHUTDOWN_SECONDS,
    )
