# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service that does what it is asked for, and sends other bytes than its reply."""

from __future__ import annotations

import contextlib
import http.client
import http.server
import socket
import threading
import time
import typing as t
import urllib.parse
from collections.abc import Iterator

#: Sends bytes through a connection in place of the reply.
Script = t.Callable[[socket.socket], None]
_PATIENCE = 30.0


class Tampering:
    """Stands between a controller and a service.

    Attributes:
        url: where it is, in place of the service.
        script: what it sends, once, in place of the next reply to ``method`` and ``path``; None to hand all on.
    """

    def __init__(self, server: http.server.HTTPServer) -> None:
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        self.method, self.path = "", ""
        self.script: Script | None = None

    def strike(self, method: str, path: str, script: Script) -> None:
        """Send something else in place of each reply to a request, until ``rest`` is called."""
        self.method, self.path, self.script = method, path, script

    def rest(self) -> None:
        """Hand on all replies."""
        self.script = None


@contextlib.contextmanager
def tampering(service_url: str) -> Iterator[Tampering]:
    """Stand before a service while the block runs."""
    address = urllib.parse.urlsplit(service_url).netloc

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.close_connection = True
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            service = http.client.HTTPConnection(address, timeout=_PATIENCE)
            headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
            service.request(self.command, self.path, body, headers)
            reply = service.getresponse()
            content = reply.read()
            service.close()
            with contextlib.suppress(OSError):
                script = between.script
                if script is not None and (self.command, self.path) == (between.method, between.path):
                    script(self.connection)
                    return
                self.send_response_only(reply.status)
                for name, value in reply.getheaders():
                    if name.lower() not in ("connection", "transfer-encoding", "content-length"):
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

        def log_message(self, format: str, *args: t.Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        between = Tampering(server)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield between
        finally:
            server.shutdown()
            thread.join()


def sending(reply: bytes) -> Script:
    """Return a script that sends bytes at once."""
    return lambda connection: connection.sendall(reply)


def dripping(beginning: bytes, drop: bytes) -> Script:
    """Return a script that sends the beginning at once, and then a drop twenty times a second."""

    def drip(connection: socket.socket) -> None:
        connection.sendall(beginning)
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            connection.sendall(drop)
            time.sleep(0.05)

    return drip
