# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Loops of calls outlive their tokens and their keys, and cost the service one token; a call that hangs shows none."""

from __future__ import annotations

import collections
import contextlib
import json
import typing as t
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from harness.canaries import Canaries
from harness.controller import Controller, Run
from harness.process_listing import watched
from harness.service import KEYS, Service, serve
from harness.table import Row

Task = dict[str, t.Any]

_STATUS = "/api/v1/status"
_TOKEN_LIFE = 2
_FAILED = "\nfailed: [localhost]"


class Caller:
    """A controller with a client key that calls Connect in loops.

    Args:
        home: the folder of the controller.
        service: the services.
        log: what the services have been asked.
    """

    def __init__(self, home: Path, service: Service, log: Path) -> None:
        self.controller = Controller(home, service.new_account())
        self.service = service
        self.client_id, self.client_secret = self.controller.account.make_key()
        self._log = log

    @property
    def environment(self) -> dict[str, str]:
        """What plays find the services and the key by."""
        return {
            "BLOQ_CLIENT_ID": self.client_id,
            "BLOQ_CLIENT_SECRET": self.client_secret,
            "BLOQ_CONNECT_URL": self.service.connect_url,
            "BLOQ_NODES_URL": self.service.nodes_url,
            "BLOQ_USERNAME": "",
            "BLOQ_PASSWORD": "",
        }

    def play(self, *tasks: Task, arguments: t.Sequence[str] = (), **keywords: t.Any) -> Run:
        """Play tasks to their end."""
        return self.controller.start_play(tasks, environment=self.environment, arguments=arguments, **keywords).wait()

    def statuses(self, path: str) -> collections.Counter[int]:
        """Return how often the services have answered a path with which status."""
        entries = [json.loads(line) for line in self._log.read_text(encoding="utf-8").splitlines()]
        return collections.Counter(entry["status"] for entry in entries if entry["path"] == path)


@contextlib.contextmanager
def caller(folder: Path, *options: str) -> Iterator[Caller]:
    log = folder / "requests"
    with serve("--request-log", str(log), *options) as service:
        yield Caller(folder / "controller", service, log)


def ask(times: int, *, pause: float = 0.0, **keywords: t.Any) -> Task:
    call = {"service": "connect", "chain": "btc", "path": _STATUS}
    loop: Task = {"loop": list(range(times)), "loop_control": {"pause": pause, "label": "a call"}} if times > 1 else {}
    return {"name": "Ask Connect", "bloq.cloud.bloq_request": call, **loop, **keywords}


@pytest.mark.row("a loop of calls outlives its token")
def test_tokens_end_in_mid_loop(tmp_path: Path, row: Row) -> None:
    calls = 24
    with caller(tmp_path, "--client-token-ttl", str(_TOKEN_LIFE)) as caller_:
        run = caller_.play(ask(calls, pause=0.25, register="asked"))
        statuses, grants = caller_.statuses(_STATUS), caller_.statuses("/auth/token")
    assert run.status == 0, run.output
    row.tried = calls
    row.figures["requests for a token"] = grants.total()
    assert statuses[200] == calls
    # Each token is used to its end, and none is asked for a call.
    lives = calls * 0.25 / _TOKEN_LIFE
    assert lives <= grants.total() <= 3 * lives and set(grants) == {200}
    assert statuses.total() - calls <= grants.total()


@pytest.mark.row("a thousand calls, one request for a token")
def test_a_thousand_calls_take_one_token(tmp_path: Path, row: Row) -> None:
    calls = 1000
    with caller(tmp_path) as caller_:
        run = caller_.play(ask(calls))
        statuses, grants = caller_.statuses(_STATUS), caller_.statuses("/auth/token")
    assert run.status == 0, run.output
    row.tried = calls
    assert (statuses, grants) == ({200: calls}, {200: 1})


@pytest.mark.row("a key is revoked in the middle of a loop")
def test_a_key_is_revoked_in_mid_loop(tmp_path: Path, row: Row) -> None:
    """What was granted is good to its end; then the key is what is wrong, and it is tried once for each call."""
    calls = 16
    with caller(tmp_path, "--client-token-ttl", str(_TOKEN_LIFE)) as caller_:
        # Its token: the fault strikes whoever removes the key, not the play.
        running = caller_.controller.start_play(
            [ask(calls, pause=0.25, ignore_errors=True)], environment=caller_.environment, arguments=()
        )
        caller_.service.set_faults({"service": "connect", "path": _STATUS, "delay": 0.01})
        caller_.service.wait_until_struck()
        url = f"{caller_.service.url}{KEYS}/{caller_.client_id}"
        requests.delete(
            url, headers={"Authorization": f"Bearer {caller_.controller.account.token}"}, timeout=30
        ).raise_for_status()
        run = running.wait()
        statuses, grants = caller_.statuses(_STATUS), caller_.statuses("/auth/token")
    row.tried = calls
    assert run.status == 0, run.output
    refused = run.output.count(_FAILED)
    assert 0 < statuses[200] < calls and refused == calls - statuses[200]
    assert run.message.count("client key is wrong or revoked") >= refused
    assert grants[200] == 1 and 1 <= grants.total() - 1 <= refused


@pytest.mark.row("a call hangs, and processes are listed", harm="leaked")
@pytest.mark.parametrize("credential", ["client key", "login"])
def test_a_call_that_hangs_shows_no_secret(tmp_path: Path, row: Row, credential: str) -> None:
    with caller(tmp_path) as caller_:
        account = caller_.controller.account
        own = {"bloq_client_id": caller_.client_id, "bloq_client_secret": caller_.client_secret}
        if credential == "login":
            own = {"bloq_username": account.email, "bloq_password": caller_.service.password}
        # From a file, so that no process is given them by us.
        variables = caller_.controller.home / "variables.json"
        variables.write_text(json.dumps(own), encoding="utf-8")
        variables.chmod(0o600)
        environment = dict.fromkeys(caller_.environment, "")
        environment |= {"BLOQ_CONNECT_URL": caller_.service.connect_url, "BLOQ_NODES_URL": caller_.service.nodes_url}
        caller_.service.set_faults({"service": "connect", "path": _STATUS, "delay": 1.5})
        token = "client" if credential == "client key" else "account"
        task = ask(1)
        task["bloq.cloud.bloq_request"]["token"] = token
        running = caller_.controller.start_play(
            [task], environment=environment, arguments=("-vvvvv", "--diff"), vars_files=[str(variables)]
        )
        with watched(running.pid) as listing:
            run = running.wait()
        assert run.status == 0, run.output
        canaries = Canaries({"the client secret": caller_.client_secret, "the password": caller_.service.password})
        row.tried = len(listing.seen)
        hits = [hit for content in listing.seen for hit in canaries.search(content, "a process")]
        hits += canaries.search(run.output.encode(), "the output")
        row.harms["leaked"] = len(hits)
        assert hits == []
        assert caller_.statuses(_STATUS) == {200: 1}
