# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service, or whoever stands before it, that wants to stop us: no reply holds a task up, fills it or breaks it."""

from __future__ import annotations

import json
import time
import typing as t
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness.controller import Controller
from harness.error_messages import assert_clear
from harness.in_process import InProcess, Result
from harness.service import KEYS, serve
from harness.table import Row
from harness.tampering import Tampering, dripping, sending, tampering
from harness.world import World, succeeded
from hypothesis import given

#: What is asked for, by a module that asks for it.
REQUESTS = {
    "bloq_login": ("POST", "/auth"),
    "bloq_account_info": ("GET", "/users/me"),
    "bloq_client_key_info": ("GET", KEYS),
    "bloq_client_key": ("POST", KEYS),
    "bloq_token": ("POST", "/auth/token"),
}
_HASTE = {"timeout": 0.5, "retries": 1, "max_retry_wait": 0.2}
#: What a task may take in all: its requests, what it does besides, and a loaded machine.
_REQUESTS, _LATE = 6, 10.0
_CHUNKS = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
DRIPS = {
    "status line": (b"HTTP/1.1 20", b"0"),
    "headers": (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
    "body with a length": (b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n", b" "),
    "body until the end": (b"HTTP/1.1 200 OK\r\n\r\n", b" "),
    "chunks": (_CHUNKS, b"1\r\n \r\n"),
    "body of a redirect": (b"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n", b" "),
    "body of a 503": (b"HTTP/1.1 503 Busy\r\nContent-Length: 99999\r\n\r\n", b" "),
}


@pytest.fixture
def between(nothing_late: None, tmp_path: Path) -> Iterator[tuple[World, Tampering]]:
    """An account, a controller, and who stands between it and the service."""
    with serve() as service, tampering(service.url) as stand:
        account = service.new_account()
        login = {"username": account.email, "password": service.password}
        yield World(account, InProcess(tmp_path, accounts_url=stand.url, **login)), stand


def _options(world: World, module: str) -> dict[str, t.Any]:
    if module == "bloq_client_key":
        return {"name": "ci", "vault_file": str(world.in_process.vault_file)}
    if module == "bloq_token":
        client_id, client_secret = world.account.make_key()
        return {"client_id": client_id, "client_secret": client_secret, "force": True}
    return {"force": True} if module == "bloq_login" else {}


def _attempt(world: World, module: str, options: dict[str, t.Any], haste: dict[str, t.Any]) -> Result:
    result = world.in_process.run(module, **options, **haste)
    if result.get("failed"):
        assert_clear(result, {**world.in_process.options, **options})
    return result


def _settled(world: World, module: str, options: dict[str, t.Any]) -> None:
    """Assert that all is well once the service is."""
    succeeded(world.in_process.run(module, **options))
    if module == "bloq_client_key":
        key = succeeded(world.in_process.run(module, **options, return_secret=True))
        assert world.account.service.works(key["client_key"]["client_id"], key["client_secret"])


@pytest.mark.row("a reply is hostile: bytes of every kind")
@pytest.mark.parametrize("module", REQUESTS)
def test_bytes_of_every_kind(between: tuple[World, Tampering], row: Row, module: str) -> None:
    from ansible_collections.bloq.cloud.tests.unit.plugins.module_utils.hostile_replies import replies

    world, stand = between
    options = _options(world, module)

    @given(replies)
    def fuzz(reply: bytes) -> None:
        row.tried += 1
        stand.strike(*REQUESTS[module], sending(reply))
        _attempt(world, module, options, {"retries": 0, "timeout": 5.0})

    fuzz()
    stand.rest()
    _settled(world, module, options)


@pytest.mark.row("a reply is hostile: it drips without end")
@pytest.mark.parametrize("module", ["bloq_login", "bloq_client_key"])
def test_a_dripping_reply(between: tuple[World, Tampering], row: Row, module: str) -> None:
    world, stand = between
    options = _options(world, module)
    longest = 0.0
    succeeded(world.in_process.run("bloq_login"))
    for drip in DRIPS.values():
        row.tried += 1
        stand.strike(*REQUESTS[module], dripping(*drip))
        began = time.monotonic()
        _attempt(world, module, options, _HASTE)
        longest = max(longest, time.monotonic() - began)
    row.figures[f"tenths of a second, {module} at most"] = round(longest * 10)
    assert longest < _REQUESTS * (2 * _HASTE["timeout"] + _HASTE["max_retry_wait"]) + _LATE
    stand.rest()
    _settled(world, module, options)


@pytest.mark.row("a fleet is told to wait: 429")
def test_a_fleet_behind_a_429(tmp_path: Path, row: Row) -> None:
    hosts, refusals = 8, 3
    log = tmp_path / "requests"
    with serve("--request-log", str(log)) as service:
        controller = Controller(tmp_path / "controller", service.new_account())
        client_id, client_secret = controller.account.make_key()
        service.set_faults(
            {"method": "POST", "path": "/auth/token", "status": 429, "retry_after": 1, "times": refusals}
        )
        task = {"ansible.builtin.assert": {"that": "lookup('bloq.cloud.bloq_token') is bloq.cloud.fresh_bloq_token"}}
        run = controller.start_play(
            [{"name": "Use the token", **task}],
            environment={"BLOQ_CLIENT_ID": client_id, "BLOQ_CLIENT_SECRET": client_secret},
            arguments=("-i", "".join(f"host{number}," for number in range(hosts)), "-f", str(hosts)),
            hosts="all",
            connection="local",
        ).wait()
    assert run.status == 0, run.output
    requests = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    statuses = [request["status"] for request in requests if request["path"] == "/auth/token"]
    row.tried = hosts
    row.figures["requests for a token"] = len(statuses)
    assert statuses == [429] * refusals + [200]
