# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in of the Hetzner Cloud API, which lists one location, for what a module of ``hetzner.hcloud`` costs."""

from __future__ import annotations

import contextlib
import http.server
import json
import threading
from collections.abc import Iterator

_LOCATION = {"id": 1, "name": "here", "description": "Here", "country": "DE", "city": "Here", "network_zone": "here"}
_ONE_PAGE = {"page": 1, "per_page": 50, "previous_page": None, "next_page": None, "last_page": 1, "total_entries": 1}
_ANSWER = json.dumps({"locations": [_LOCATION], "meta": {"pagination": _ONE_PAGE}}).encode()


class StandIn(http.server.ThreadingHTTPServer):
    """The server, which counts."""

    def __init__(self) -> None:
        self.seen = 0
        super().__init__(("127.0.0.1", 0), _Answers)

    @property
    def environment(self) -> dict[str, str]:
        """What tells the modules where it is."""
        return {"HCLOUD_ENDPOINT": f"http://127.0.0.1:{self.server_port}", "HCLOUD_TOKEN": "none is asked for"}


class _Answers(http.server.BaseHTTPRequestHandler):
    server: StandIn

    def do_GET(self) -> None:
        """Answer with the location."""
        self.server.seen += 1
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(_ANSWER)))
        self.end_headers()
        self.wfile.write(_ANSWER)

    def log_message(self, *_arguments: object) -> None:
        """Log nothing."""


@contextlib.contextmanager
def stand_in() -> Iterator[StandIn]:
    """Run it while the block runs."""
    with StandIn() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
