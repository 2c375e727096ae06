# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asking the Nodes service, for the tests of its parts."""

from __future__ import annotations

import time
import typing as t

import requests
from conftest import USER, Served

Json = t.Any


class Client:
    """An account's session with Nodes."""

    def __init__(self, bloq: Served, user: str = USER, *, kind: str = "account") -> None:
        self.nodes = bloq.nodes
        token = requests.post(f"{bloq.accounts}/auth", auth=(user, bloq.password), timeout=10).json()["accessToken"]
        if kind == "client":
            headers = {"Authorization": f"Bearer {token}"}
            key = requests.post(f"{bloq.accounts}/users/me/client-keys", headers=headers, timeout=10).json()
            body = {"grantType": "clientCredentials", **key}
            token = requests.post(f"{bloq.accounts}/auth/token", json=body, timeout=10).json()["accessToken"]
        self.headers = {"Authorization": f"Bearer {token}"}

    def ask(self, method: str, path: str, expected: int, body: Json = None) -> Json:
        """Ask, insist on the status, and return the reply's JSON value."""
        reply = requests.request(method, self.nodes + path, headers=self.headers, json=body, timeout=10)
        assert reply.status_code == expected, reply.text
        if expected == 204:
            assert reply.content == b""
            return None
        return reply.json()

    def service_id(self, kind: str, chain: str, **wanted: str) -> str:
        """Return the first service of a chain, with these metadata."""
        services = self.ask("GET", f"/services/{kind}", 200)
        return next(
            service["id"]
            for service in services
            if service["chain"] == chain and wanted.items() <= service["metadata"].items()
        )

    def make_node(self, chain: str = "btc", auth_type: str = "basic") -> Json:
        """Make a node."""
        body = {"serviceId": self.service_id("nodes", chain), "authType": auth_type}
        return self.ask("POST", "/users/me/nodes", 201, body)

    def make_cluster(self, chain: str = "btc", **more: Json) -> Json:
        """Make a cluster."""
        return self.ask("POST", "/users/me/clusters", 201, {"serviceId": self.service_id("cluster", chain), **more})

    def wait_for(self, path: str, **wanted: Json) -> Json:
        """Ask until the reply has these members, for ten seconds at most."""
        end = time.monotonic() + 10
        while True:
            shown = self.ask("GET", path, 200)
            if wanted.items() <= shown.items():
                return shown
            assert time.monotonic() < end, shown
            time.sleep(0.05)
