# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service on this machine that sends bytes as it is told, HTTP or not."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
import typing as t

from ansible_collections.bloq.cloud.plugins.module_utils._connection import Connection
from ansible_collections.bloq.cloud.plugins.module_utils._http import local_transport
from ansible_collections.bloq.cloud.plugins.module_utils._transport import Transport

#: Sends a reply through a connection whose request has come.
Script = t.Callable[[socket.socket], None]
_PATIENCE = 10.0


class RawService:
    """Runs a script for each connection, and ends the connection with it.

    Attributes:
        url: where it listens.
        script: what it does.
        visits: how many connections there were.
    """

    def __init__(self, script: Script, *, reads: bool = True) -> None:
        self.script = script
        self.visits = 0
        self._reads = reads
        self._closing = False
        self._socket = socket.create_server(("127.0.0.1", 0))
        if not reads:
            # Little is taken by the system in the script's place.
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._accept)
        self._thread.start()

    def transport(self, **settings: t.Any) -> Transport:
        return local_transport(
            Connection(self.url, **{"retries": 0, "timeout": 5.0, "max_retry_wait": 5.0, **settings})
        )

    def stop(self) -> None:
        self._closing = True
        with contextlib.suppress(OSError):
            socket.create_connection(self._socket.getsockname(), _PATIENCE).close()
        self._thread.join()
        self._socket.close()

    def _accept(self) -> None:
        while True:
            connection, _address = self._socket.accept()
            if self._closing:
                connection.close()
                return
            self.visits += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.settimeout(_PATIENCE)
            if self._reads:
                read_request(connection)
            self.script(connection)
            # Closing at once with something unread would take back what was sent.
            connection.shutdown(socket.SHUT_WR)
            connection.settimeout(1.0)
            while connection.recv(65536):
                pass


def read_request(connection: socket.socket) -> bytes:
    """Return a request's head."""
    head = b""
    while b"\r\n\r\n" not in head:
        piece = connection.recv(65536)
        if not piece:
            raise ConnectionResetError
        head += piece
    return head


def replying(reply: bytes) -> Script:
    """Return a script that sends a reply at once."""
    return lambda connection: connection.sendall(reply)


def dripping(beginning: bytes, drop: bytes, seconds: float = 0.05) -> Script:
    """Return a script that sends the beginning at once, and then a drop every few hundredths of a second."""

    def drip(connection: socket.socket) -> None:
        connection.sendall(beginning)
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            connection.sendall(drop)
            time.sleep(seconds)

    return drip
