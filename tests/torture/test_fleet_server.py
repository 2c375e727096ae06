# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A coordination server that cannot be used, is slow, loses its data or cannot prove who it is."""

from __future__ import annotations

import contextlib
import signal
import time
from pathlib import Path

import pytest
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._fleet.real_server import (
    Coordination,
    serve_coordination,
)
from harness.coordination import World, assert_one_key, ended, world
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
            run = keep.start(environment=environment).wait()
            took = time.monotonic() - began
            assert run.status == 2 and words in run.message, run.output
            assert "wr0ng-canary" not in run.output
            assert not log.exists() or World(service, fleet, log).log.read_text() == ""
            # A play takes about a second.
            assert took < 8
            assert not keep.vault_file.exists()
            # Tokens and reports go on, with a warning.
            use = keep.start_play([{"name": "Log in", "bloq.cloud.bloq_login": {}}], environment=environment).wait()
            assert use.status == 0 and words in use.message, use.output
            assert use.message.count("WARNING") == 1
            without = keep.start(environment=environment, coordination_required=False).wait()
            assert without.status == 0 and "coordination_required is false" in without.message, without.output
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
        ended([fleet.start(first)])
        coordination.client.flushall()
        (again,) = ended([fleet.start(first)])
        assert not again.result["changed"]
        ended([fleet.start(first, rotate="always", overlap="0")])
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
