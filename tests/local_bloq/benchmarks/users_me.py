# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many requests a second one core serves on ``GET /users/me``, and how soon the server is ready.

Run it on Linux, with the Python that local-bloq is installed in: ``python benchmarks/users_me.py``. The goals are in
seconds of the server's processor time, which are what a free core gives; seconds on the wall clock are told besides,
and say little on a busy machine. The exit status is 1 when a goal is missed.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import http.client
import json
import os
import secrets
import statistics
import subprocess
import sys
import threading
import time
import typing as t

GOAL_PER_SECOND = 300
GOAL_READY_SECONDS = 1.0
CONNECTIONS = 4
STARTS = 5
USER = "benchmark@example.com"


def main() -> int:
    """Run both measurements and print their figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=5.0, help="how long to ask (default: %(default)s)")
    seconds = parser.parse_args().seconds
    ready = [_ready_seconds() for _turn in range(STARTS)]
    wall, processor = (statistics.median(column) for column in zip(*ready, strict=True))
    print(f"ready after    {processor:7.2f} s of processor time, {wall:7.2f} s on the clock (median of {STARTS})")
    per_second, per_processor_second = _throughput(seconds)
    print(f"GET /users/me  {per_processor_second:7.0f} a second of one core, {per_second:7.0f} a second on the clock")
    reached = processor < GOAL_READY_SECONDS and per_processor_second >= GOAL_PER_SECOND
    verdict = "reached" if reached else "missed"
    print(f"goals          {GOAL_READY_SECONDS:7.2f} s, {GOAL_PER_SECOND} a second: {verdict}")
    return 0 if reached else 1


@contextlib.contextmanager
def _served(password: str) -> t.Iterator[tuple[dict[str, t.Any], float]]:
    """Yield what a new server says when it is ready, and the seconds until then."""
    command = [sys.executable, "-m", "local_bloq", "serve", "--port-base", "0", "--user", USER]
    started = time.monotonic()
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "LOCAL_BLOQ_PASSWORD": password}
    ) as process:
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline()), time.monotonic() - started
        finally:
            process.terminate()


def _ready_seconds() -> tuple[float, float]:
    with _served(secrets.token_hex()) as (ready, seconds):
        return seconds, _processor_seconds(ready["pid"])


def _throughput(seconds: float) -> tuple[float, float]:
    password = secrets.token_hex()
    with _served(password) as (ready, _seconds):
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(ready["pid"], {min(os.sched_getaffinity(0))})
        address = ready["accounts"].removeprefix("http://")
        login = base64.b64encode(f"{USER}:{password}".encode()).decode()
        token = json.loads(_ask(http.client.HTTPConnection(address), "POST", "/auth", f"Basic {login}"))["accessToken"]
        counts = [0] * CONNECTIONS
        end = time.monotonic() + seconds

        def ask(place: int) -> None:
            connection = http.client.HTTPConnection(address)
            while time.monotonic() < end:
                _ask(connection, "GET", "/users/me", f"Bearer {token}")
                counts[place] += 1

        busy = _processor_seconds(ready["pid"])
        threads = [threading.Thread(target=ask, args=(place,)) for place in range(CONNECTIONS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        busy = _processor_seconds(ready["pid"]) - busy
        return sum(counts) / seconds, sum(counts) / busy


def _ask(connection: http.client.HTTPConnection, method: str, path: str, authorization: str) -> bytes:
    connection.request(method, path, headers={"Authorization": authorization})
    reply = connection.getresponse()
    body = reply.read()
    if reply.status != 200:
        raise SystemExit(f"{method} {path} was answered with {reply.status}")
    return body


def _processor_seconds(pid: int) -> float:
    """Return the processor time that a process has taken."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    sys.exit(main())
