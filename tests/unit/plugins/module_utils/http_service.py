# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An HTTP service on this machine that answers as it is told."""

from __future__ import annotations

import contextlib
import http.server
import threading
import time
import types
import typing as t

from ansible_collections.bloq.cloud.plugins.module_utils._connection import Connection
from ansible_collections.bloq.cloud.plugins.module_utils._http import local_transport
from ansible_collections.bloq.cloud.plugins.module_utils._transport import Transport

CANARY = "the-canary"


class Answer(t.NamedTuple):
    """What the service answers: raw bytes instead of HTTP when ``raw`` is set, and nothing at all when it is empty."""

    status: int = 200
    body: bytes = b'{"ok": true}'
    headers: t.Mapping[str, str] = types.MappingProxyType({})
    raw: bytes | None = None
    delay: float = 0.0


class Service:
    """An HTTP service on this machine that gives its answers in their order, the last one for ever."""

    def __init__(self) -> None:
        self.answers = [Answer()]
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                outer.requests.append((self.command, self.path, dict(self.headers), self.rfile.read(length)))
                answer = outer.answers.pop(0) if len(outer.answers) > 1 else outer.answers[0]
                if answer.delay:
                    time.sleep(answer.delay)
                self.close_connection = True
                with contextlib.suppress(OSError):
                    if answer.raw is not None:
                        self.wfile.write(answer.raw)
                        return
                    self.send_response_only(answer.status)
                    for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(answer.body)

            do_POST = do_PUT = do_DELETE = do_GET

            def log_message(self, *_args: t.Any) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    def answer(self, *answers: Answer) -> None:
        self.answers = list(answers)

    def transport(self, **settings: t.Any) -> Transport:
        return local_transport(
            Connection(self.url, **{"retries": 2, "timeout": 5.0, "max_retry_wait": 5.0, **settings})
        )

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def sent(service: Service, number: int = 0) -> dict[str, str]:
    return service.requests[number][2]
