# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The local Bloq in a process of its own, its faults, and what an account has on it."""

from __future__ import annotations

import contextlib
import dataclasses
import sqlite3
import tempfile
import threading
import time
import typing as t
from collections.abc import Iterator

import requests
from local_bloq.running import running

KEYS = "/users/me/client-keys"
NODES = "/users/me/nodes"
CLUSTERS = "/users/me/clusters"
_TIMEOUT = 30


@dataclasses.dataclass(frozen=True)
class Service:
    """A running local Bloq.

    Attributes:
        url: its Accounts service.
        nodes_url: its Nodes service.
        connect_url: its Connect service.
        password: the password of all its accounts.
        emails: the accounts that nobody has taken yet.
        database: where it keeps everything, for what no client can bring about.
    """

    url: str
    nodes_url: str
    connect_url: str
    password: str = dataclasses.field(repr=False)
    emails: list[str]
    database: str

    def age(self, client_id: str, created_at: str) -> None:
        """Make a client key as old as this."""
        with contextlib.closing(sqlite3.connect(self.database, timeout=_TIMEOUT, isolation_level=None)) as database:
            changed = database.execute("UPDATE client_keys SET created_at = ? WHERE id = ?", (created_at, client_id))
            assert changed.rowcount == 1

    def new_account(self) -> Account:
        """Return an account that has no keys and that nobody else uses."""
        return Account(self, self.emails.pop())

    def set_faults(self, *faults: dict[str, t.Any], authority: str | None = None) -> None:
        """Replace all faults. They strike every account, so a test that sets any has the service for itself.

        Args:
            faults: the faults.
            authority: the file of the authority to trust, when the service has a certificate.
        """
        url = f"{self.url}/_local/faults"
        requests.put(url, json=faults, timeout=_TIMEOUT, verify=authority or True).raise_for_status()

    def wait_until_struck(self) -> None:
        """Wait until every fault has struck: its request has arrived."""
        deadline = time.monotonic() + 60
        while requests.get(f"{self.url}/_local/faults", timeout=_TIMEOUT).json():
            assert time.monotonic() < deadline, "no request came for the fault to strike"
            time.sleep(0.02)

    def works(self, client_id: str, client_secret: str) -> bool:
        """Return whether a client key can be exchanged for a token."""
        body = {"grantType": "clientCredentials", "clientId": client_id, "clientSecret": client_secret}
        return requests.post(f"{self.url}/auth/token", json=body, timeout=_TIMEOUT).status_code == 200


@dataclasses.dataclass
class Account:
    """One account, seen from outside of any play."""

    service: Service
    email: str
    _token: str | None = dataclasses.field(default=None, repr=False)

    @property
    def token(self) -> str:
        """An account token of its own."""
        if self._token is None:
            self._token = self.log_in()
        return self._token

    @property
    def user_id(self) -> str:
        """The account's id, with which it can log in as well."""
        return str(self._ask("GET", "/users/me").json()["id"])

    def password_works(self) -> bool:
        """Return whether the account can still log in as ever."""
        return (
            requests.post(
                f"{self.service.url}/auth", auth=(self.email, self.service.password), timeout=_TIMEOUT
            ).status_code
            == 200
        )

    def log_in(self) -> str:
        """Return a new account token."""
        reply = requests.post(f"{self.service.url}/auth", auth=(self.email, self.service.password), timeout=_TIMEOUT)
        reply.raise_for_status()
        return str(reply.json()["accessToken"])

    def key_ids(self) -> set[str]:
        """Return the ids of the account's keys."""
        return {key["id"] for key in self._ask("GET", KEYS).json()}

    def make_key(self) -> tuple[str, str]:
        """Make a key by hand; return its id and secret."""
        made = self._ask("POST", KEYS).json()
        return made["clientId"], made["clientSecret"]

    def has(self) -> dict[str, t.Any]:
        """Return all that the account has, as its services show it."""
        nodes = {path: self._ask("GET", path, self.service.nodes_url).json() for path in (NODES, CLUSTERS)}
        keys = self._ask("GET", KEYS).json()
        return {
            "keys": sorted(key["id"] for key in keys),
            "nodes": sorted(node["id"] for node in nodes[NODES] if node["state"] != "stopped"),
            "clusters": sorted(
                (cluster["id"], cluster["capacity"], cluster["alias"])
                for cluster in nodes[CLUSTERS]
                if cluster["state"] != "stopped"
            ),
        }

    def clear(self) -> None:
        """Remove all that the account has."""
        has = self.has()
        for key in has["keys"]:
            self._ask("DELETE", f"{KEYS}/{key}")
        for node in has["nodes"]:
            self._ask("DELETE", f"{NODES}/{node}", self.service.nodes_url)
        for cluster, *_rest in has["clusters"]:
            self._ask("DELETE", f"{CLUSTERS}/{cluster}", self.service.nodes_url)

    def _ask(self, method: str, path: str, url: str | None = None) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
        reply = requests.request(method, (url or self.service.url) + path, headers=headers, timeout=_TIMEOUT)
        reply.raise_for_status()
        return reply


class Accounts:
    """Accounts that nobody has used, on as many local Bloqs as it takes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._unused = self._all()

    def new(self) -> Account:
        """Return one."""
        with self._lock:
            return next(self._unused)

    def close(self) -> None:
        """Stop the local Bloqs."""
        self._unused.close()

    def _all(self) -> t.Generator[Account, None, None]:
        with serve(accounts=24) as service:
            for _email in list(service.emails):
                yield service.new_account()
            yield from self._all()


@contextlib.contextmanager
def serve(*options: str, accounts: int = 1, password: str = "") -> Iterator[Service]:
    """Run ``local-bloq serve`` on free ports while the block runs.

    Args:
        options: for the command.
        accounts: how many accounts it has.
        password: their password, else one at random.
    """
    emails = [f"account{number}@example.com" for number in range(accounts)]
    users = [word for email in emails for word in ("--user", email)]
    with (
        tempfile.TemporaryDirectory() as folder,
        running("--db", f"{folder}/bloq.db", *users, *options, password=password) as bloq,
    ):
        yield Service(bloq.accounts, bloq.nodes, bloq.connect, bloq.password, emails, f"{folder}/bloq.db")
