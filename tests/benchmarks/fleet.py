# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a coordination server saves and costs: no server, a shared cache folder and a real Valkey server, side by side.

Controllers are threads, each with the collection's own token cache; Bloq is a function that counts, and takes as long
as a request. The figures are printed, and written as JSON to a file that an argument names.
"""

from __future__ import annotations

import concurrent.futures
import importlib
import json
import random
import statistics
import sys
import tempfile
import threading
import time
import typing as t
from collections.abc import Callable
from pathlib import Path
from unittest import mock

from stage import COLLECTION

_PACKAGE = "ansible_collections.bloq.cloud"
_REQUEST = 0.15
_LIFE, _MIN_TTL = 3600.0, 300.0
_DAY = 86400.0
_CONTROLLERS, _HOSTS, _RUNS = 100, 100, 24
_REPEATED = 200
_WAYS = ("no server", "shared folder", "server")


class Bloq:
    """A service that grants tokens.

    Args:
        seconds: how long a request takes.
    """

    def __init__(self, seconds: float) -> None:
        self.requests = 0
        self._seconds = seconds
        self._lock = threading.Lock()

    def grant(self) -> t.Any:
        """Return a new token."""
        with self._lock:
            self.requests += 1
        if self._seconds:
            time.sleep(self._seconds)
        return _load("module_utils._tokens").Token("token", "client", time.time() + _LIFE, _LIFE)


class Controllers:
    """Controllers that get a token in one of the ways.

    Args:
        way: one of ``_WAYS``.
        folder: where their caches are.
        url: the coordination server's URL.
        bloq: the service.
    """

    def __init__(self, way: str, folder: Path, url: str, bloq: Bloq) -> None:
        self._folder = folder
        self._bloq = bloq
        self._shares_folder = way == "shared folder"
        options = {"coordination_url": url if way == "server" else None, "ca_path": None, "validate_certs": True}
        self._beyond = _load("plugin_utils._tokens.shared").shared_tokens(options)

    def use(self, number: int) -> None:
        """Use a token on one of them."""
        cache = _load("plugin_utils._tokens.cache")
        folder = self._folder / ("shared" if self._shares_folder else str(number))
        cache.TokenCache(str(folder), beyond=self._beyond).get_or_mint(
            cache.CacheKey("https://accounts.example.com", "benchmark", "client_credentials"),
            "5" * 80,
            strong=True,
            min_ttl=_MIN_TTL,
            mint=self._bloq.grant,
        )


def main() -> int:
    """Measure, print and perhaps write."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        link = folder / "path" / "ansible_collections" / "bloq" / "cloud"
        link.parent.mkdir(parents=True)
        link.symlink_to(COLLECTION)
        sys.path.insert(0, str(folder / "path"))
        server = importlib.import_module(f"{_PACKAGE}.tests.unit.plugins.plugin_utils._fleet.real_server")
        with server.serve_coordination(folder / "data") as coordination:
            found = {
                "at once": _at_once(folder, coordination),
                "milliseconds": _milliseconds(folder, coordination),
                "a day": _a_day(folder, coordination),
            }
    _show(found)
    for target in sys.argv[1:]:
        Path(target).write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return 0


def _at_once(folder: Path, coordination: t.Any) -> list[dict[str, t.Any]]:
    """Start controllers at once, each without a token."""
    rows = []
    for number in (1, 10, 100):
        for way in _WAYS:
            coordination.client.flushall()
            bloq = Bloq(_REQUEST)
            controllers = Controllers(way, folder / f"{way} {number}", coordination.url, bloq)
            began = time.monotonic()
            with concurrent.futures.ThreadPoolExecutor(number) as pool:
                list(pool.map(controllers.use, range(number)))
            took = round(time.monotonic() - began, 2)
            rows.append({"controllers": number, "way": way, "requests": bloq.requests, "seconds": took})
    return rows


def _milliseconds(folder: Path, coordination: t.Any) -> dict[str, float]:
    """Measure a token that is in the local cache, one that only the server has, and the lock of an account."""
    bloq = Bloq(0.0)
    alone = Controllers("no server", folder / "alone", coordination.url, bloq)
    shared = Controllers("server", folder / "shared", coordination.url, bloq)
    alone.use(0)
    shared.use(0)
    server = _load("plugin_utils._fleet.server").Server(
        _load("plugin_utils._fleet.url").checked_coordination_url(coordination.url)
    )
    lease = _load("plugin_utils._fleet.lease").Lease

    def lock() -> None:
        held = lease(server, ["bloq:{benchmark}:lock", "bloq:{benchmark}:fence"])
        held.wait("The benchmark", timeout=10, tell=print)
        with held.renewed():
            held.hold()

    others = iter(range(1, 10 * _REPEATED))
    return {
        "a hit, no server": _median(lambda: alone.use(0)),
        "a hit, with a server": _median(lambda: shared.use(0)),
        "a miss that the server has": _median(lambda: shared.use(next(others))),
        "the lock of an account, taken, looked at and released": _median(lock),
    }


def _a_day(folder: Path, coordination: t.Any) -> dict[str, t.Any]:
    """Let a fleet run for a simulated day; the clock is simulated, the code is the real one."""
    start = time.time()
    random.seed(1)
    times = sorted(
        (start + (run + random.random()) * _DAY / _RUNS, controller)  # noqa: S311
        for controller in range(_CONTROLLERS)
        for run in range(_RUNS)
    )
    rows: dict[str, int] = {}
    tokens = _load("plugin_utils._fleet.tokens").SharedTokens
    for way in ("no server", "server"):
        coordination.client.flushall()
        bloq = Bloq(0.0)
        controllers = Controllers(way, folder / f"day, {way}", coordination.url, bloq)
        # The server's clock goes on as ever, so it does not count here.
        with mock.patch.object(tokens, "ahead", 0.0):
            for moment, controller in times:
                with mock.patch.object(time, "time", lambda moment=moment: moment):
                    for _host in range(_HOSTS):
                        controllers.use(controller)
        rows[way] = bloq.requests
    return {
        "controllers": _CONTROLLERS,
        "hosts": _CONTROLLERS * _HOSTS,
        "uses": len(times) * _HOSTS,
        "requests": rows,
        "ideal": int(-(-(times[-1][0] - times[0][0]) // (_LIFE - _MIN_TTL))),
    }


def _median(use: Callable[[], object]) -> float:
    took = []
    for _number in range(_REPEATED):
        began = time.perf_counter()
        use()
        took.append(time.perf_counter() - began)
    return round(statistics.median(took) * 1000, 2)


def _show(found: dict[str, t.Any]) -> None:
    print(f"{'controllers':>11}  {'way':<14}{'requests':>9}{'seconds':>9}")
    for row in found["at once"]:
        print(f"{row['controllers']:>11}  {row['way']:<14}{row['requests']:>9}{row['seconds']:>9.2f}")
    for name, milliseconds in found["milliseconds"].items():
        print(f"{name}: {milliseconds} ms")
    day = found["a day"]
    asked = ", ".join(f"{number} with {way}" for way, number in day["requests"].items())
    print(f"A day of {day['controllers']} controllers, {day['hosts']} hosts and {day['uses']} uses of a token:")
    print(f"{asked}; {day['ideal']} would be ideal")


def _load(name: str) -> t.Any:
    return importlib.import_module(f"{_PACKAGE}.plugins.{name}")


if __name__ == "__main__":
    sys.exit(main())
