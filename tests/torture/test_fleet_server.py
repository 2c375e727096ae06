# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A coordination server that cannot be used, is slow, loses its data or cannot prove who it is."""

from __future__ import annotations

import concurrent.futures
import contextlib
import signal
import time
import typing as t
from pathlib import Path

import pytest
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._fleet.real_server import (
    Coordination,
    serve_coordination,
)
from harness import steps
from harness.controller import Run
from harness.coordination import World, assert_one_key, ended, world
from harness.table import Row
from harness.tcp_front import serve_front, tls_context


@pytest.mark.row("the coordination server cannot be used")
@pytest.mark.parametrize(
    "fault", ["nobody listens", "blocked", "read-only", "out of memory", "wrong password", "another protocol"]
)
def test_changes_are_refused_before_any_request(tmp_path: Path, fault: str) -> None:
    with (
        serve_coordination(tmp_path / "data", password="right") as coordination,  # noqa: S106
        world(tmp_path, coordination.url) as (service, fleet, log),
    ):
        keep = fleet.controller()
        words = _break(coordination, fault)
        url = {"wrong password": coordination.url.replace(":right@", ":wr0ng-canary@")}.get(fault, coordination.url)
        if fault == "another protocol":
            url = service.url.replace("http:", "redis:")
        environment = {"BLOQ_COORDINATION_URL": url, "BLOQ_COORDINATION_SCOPE": "team/production"}
        try:
            began = time.monotonic()
            given = {name.lower().removeprefix("bloq_"): value for name, value in environment.items()}
            run = keep.run(**given)
            took = time.monotonic() - began
            assert run.status == 2 and words in run.message, run.output
            assert "wr0ng-canary" not in run.output
            assert not log.exists() or World(service, fleet, log).log.read_text() == ""
            assert took < 8
            assert not keep.vault_file.exists()
            # Tokens and reports go on with a warning, and so does what has leaked, or is told to.
            keep_on = {"name": keep.name, "vault_file": str(keep.vault_file)}
            tasks: list[dict[str, t.Any]] = [
                {"name": "Log in", "bloq.cloud.bloq_login": {}},
                {"name": "Go on", "bloq.cloud.bloq_client_key": {**keep_on, "coordination_required": False}},
                {"name": "Revoke", "bloq.cloud.bloq_client_key": {**keep_on, "state": "absent", "leaked": [keep.name]}},
            ]
            going_on = keep.start_play(tasks, environment=environment).wait()
            used, _task, further = going_on.message.partition("TASK [Go on]")
            assert words in used and used.count("WARNING") == 1, going_on.output
            _log_in, without, leaked = going_on.results
            assert not without.get("failed") and "coordination_required is false" in further, going_on.output
            # What has leaked does not live on for it.
            assert going_on.status == 2 and words in leaked["msg"], going_on.output
            assert "Revoked by its id all the same" in leaked["msg"]
            assert fleet.account.key_ids() == set()
        finally:
            with contextlib.suppress(ProcessLookupError):
                coordination.process.send_signal(signal.SIGCONT)


def _break(coordination: Coordination, fault: str) -> str:
    """Bring a fault about, and return the words of the message."""
    if fault == "nobody listens":
        coordination.process.kill()
        coordination.process.wait(timeout=30)
        return "cannot be reached"
    if fault == "blocked":
        coordination.process.send_signal(signal.SIGSTOP)
        return "does not answer within 2 s"
    if fault == "read-only":
        coordination.client.replicaof("127.0.0.1", "9")
        return "read-only replica"
    if fault == "out of memory":
        coordination.client.config_set("maxmemory", "1")
        return "no memory left"
    return "refuses the user or the password" if fault == "wrong password" else "as a Redis or Valkey server does"


@pytest.mark.row("the coordination server loses its data")
def test_a_server_that_has_lost_its_data_costs_no_key(tmp_path: Path, coordination: Coordination) -> None:
    with world(tmp_path, coordination.url) as (_service, fleet, _log):
        first = fleet.controller()
        fleet.run(first)
        coordination.client.flushall()
        again = fleet.run(first)
        assert not again.result["changed"]
        fleet.run(first, rotate="always", overlap="0")
        assert_one_key(fleet, first)


@pytest.mark.row("the coordination server cannot be used")
def test_a_slow_server_is_waited_for(tmp_path: Path) -> None:
    """Each answer takes a second, which is less than anybody waits for one."""
    with (
        serve_coordination(tmp_path / "data") as coordination,
        serve_front(coordination.port, delay=1.0) as port,
        world(tmp_path, f"redis://127.0.0.1:{port}/0") as (_service, fleet, _log),
    ):
        controllers = [fleet.controller(), fleet.controller()]
        ended([fleet.start(controller) for controller in controllers])
        assert_one_key(fleet, *controllers)


@pytest.mark.row("the coordination server proves who it is")
@pytest.mark.parametrize("trusted", [True, False])
def test_a_certificate_that_is_not_trusted_is_refused(tmp_path: Path, trusted: bool) -> None:
    authority, context = tls_context(tmp_path)
    with (
        serve_coordination(tmp_path / "data") as coordination,
        serve_front(coordination.port, context=context) as port,
        world(tmp_path, f"rediss://localhost:{port}/0") as (_service, fleet, log),
    ):
        controller = fleet.controller()
        url = f"rediss://localhost:{port}/0{f'?ssl_ca_certs={authority}' if trusted else ''}"
        environment = {**fleet.environment, "BLOQ_COORDINATION_URL": url}
        run = controller.start(environment=environment).wait()
        if trusted:
            assert run.status == 0, run.output
            assert b"escrow" in coordination.everything()
        else:
            assert run.status == 2 and "certificate that is not trusted" in run.message, run.output
            assert not log.exists() or not log.read_text(encoding="utf-8")


_SENT = "send POST /users/me/client-keys 1"
_DELETED = "send DELETE /users/me/client-keys 1"
_AFTER_POST = steps.CREATE[steps.CREATE.index(_SENT) :]
_AFTER_DELETE = steps.ROTATE_WITHOUT_OVERLAP[steps.ROTATE_WITHOUT_OVERLAP.index(_DELETED) :]
_BEFORE_DELETE = steps.ROTATE_WITHOUT_OVERLAP[
    steps.ROTATE_WITHOUT_OVERLAP.index(_SENT) : steps.ROTATE_WITHOUT_OVERLAP.index(_DELETED)
]


def _lose_the_server(folder: Path, step: str, *, rotates: bool) -> tuple[Run, str, set[str]]:
    """Kill the server at a step of a run, start it again, and let the next run end.

    Returns:
        The run that lost it, the id of the key that it had made, and the keys that were alive when it ended.
    """
    with serve_coordination(folder / "data") as first, world(folder, first.url) as (_service, fleet, _log):
        # The lock that nobody releases outlives a request.
        controller = fleet.controller()
        options: dict[str, t.Any] = {}
        quick: dict[str, t.Any] = {"timeout": 5}
        old = ""
        if rotates:
            fleet.run(controller)
            old = controller.records()["ci"]["client_id"]
            options = {"rotate": "always", "overlap": "0"}
        environment = {**controller.killing(step, first.process.pid), **fleet.environment}
        run = controller.start(environment=environment, **quick, **options).wait()
        alive = fleet.account.key_ids()
        (made,) = alive - {old}
        record = controller.records()["ci"]
        # Nothing is lost with the server: its secret is in the file.
        assert made in (record["client_id"], record.get("pending", {}).get("client_id")), run.output
        with serve_coordination(folder / "data", port=first.port):
            again = fleet.run(controller, **quick, **({"overlap": "0"} if rotates else {}))
            assert again.result["suspects"] == [], again.output
            assert_one_key(fleet, controller)
            assert controller.records()["ci"]["client_id"] == made
        return run, made, alive


def _each(folder: Path, chosen: t.Sequence[str], *, rotates: bool) -> dict[str, tuple[Run, str, set[str]]]:
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        tries = {}
        for number, step in enumerate(chosen):
            own = folder / str(number)
            own.mkdir()
            tries[step] = pool.submit(_lose_the_server, own, step, rotates=rotates)
        return {step: each.result() for step, each in tries.items()}


@pytest.mark.row("the coordination server is lost in a run")
def test_lost_after_the_request_it_costs_a_warning_that_is_true(
    request: pytest.FixtureRequest, tmp_path: Path, row: Row
) -> None:
    chosen = _AFTER_POST if request.config.getoption("--long") else _AFTER_POST[:4]
    row.tried = len(chosen)
    for step, (run, made, _alive) in _each(tmp_path, chosen, rotates=False).items():
        assert run.status == 0 and run.result["client_key"]["client_id"] == made, run.output
        if step == _AFTER_POST[-1]:
            # All was done by then; what is left is a token, which is not shared.
            continue
        assert "cannot be reached" in run.message, run.output
        assert f"{made} was made, is stored in" in run.message, run.output
        expected = "is not in escrow: do not lose that file" if step == _SENT else "was put in escrow"
        assert expected in run.message, run.output


@pytest.mark.row("the coordination server is lost in a run")
def test_lost_before_the_old_key_is_revoked_it_says_what_is_there(
    request: pytest.FixtureRequest, tmp_path: Path, row: Row
) -> None:
    chosen = _BEFORE_DELETE if request.config.getoption("--long") else (_SENT, "rename the vault file 2")
    row.tried = len(chosen)
    for run, made, alive in _each(tmp_path, chosen, rotates=True).values():
        assert run.status == 2 and len(alive) == 2, run.output
        assert "cannot be reached" in run.message and f"{made} was made, is stored in" in run.message, run.output


@pytest.mark.row("the coordination server is lost in a run")
def test_lost_while_the_old_key_is_revoked_it_costs_a_warning(
    request: pytest.FixtureRequest, tmp_path: Path, row: Row
) -> None:
    chosen = _AFTER_DELETE if request.config.getoption("--long") else _AFTER_DELETE[:2]
    row.tried = len(chosen)
    for run, made, alive in _each(tmp_path, chosen, rotates=True).values():
        assert run.status == 0 and alive == {made}, run.output
