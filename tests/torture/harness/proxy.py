# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real HTTP proxy, and what it was asked for."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

_STARTED = re.compile(r"Listening on 127\.0\.0\.1:(\d+)")


@dataclasses.dataclass(frozen=True)
class Proxy:
    """A running proxy.

    Attributes:
        url: its URL.
    """

    url: str
    _log: Path

    def log(self) -> str:
        """Return a line for each request, such as ``CONNECT 127.0.0.1:443``."""
        return self._log.read_text(encoding="utf-8")


@contextlib.contextmanager
def serve_proxy(folder: Path) -> Iterator[Proxy]:
    """Run a proxy on a free port while the block runs."""
    log = folder / "proxy.log"
    program = os.path.join(os.path.dirname(sys.executable), "proxy")
    place = ["--hostname", "127.0.0.1", "--port", "0", "--data-dir", str(folder)]
    told = ["--log-file", str(log), "--log-level", "DEBUG"]
    with subprocess.Popen(
        [program, *place, *told, "--num-workers", "1", "--num-acceptors", "1"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            deadline = time.monotonic() + 60
            while not (log.exists() and (found := _STARTED.search(log.read_text(encoding="utf-8")))):
                assert process.poll() is None and time.monotonic() < deadline, "the proxy does not start"
                time.sleep(0.1)
            yield Proxy(f"http://127.0.0.1:{found[1]}", log)
        finally:
            process.terminate()
