# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Another host, to which nobody must go."""

from __future__ import annotations

import contextlib
import http.server
import threading
from collections.abc import Iterator


class Elsewhere:
    """An HTTP server that remembers who came.

    Attributes:
        url: where it is, by a name that no service of ours has.
        visits: the request lines that it saw.
    """

    def __init__(self, server: http.server.HTTPServer, visits: list[str]) -> None:
        self.url = f"http://localhost:{server.server_address[1]}"
        self.visits = visits


@contextlib.contextmanager
def another_host() -> Iterator[Elsewhere]:
    """Run another host while the block runs."""
    visits: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def handle_one_request(self) -> None:
            visits.append(self.rfile.readline(1000).decode("latin-1"))
            self.close_connection = True

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield Elsewhere(server, visits)
        finally:
            server.shutdown()
            thread.join()
