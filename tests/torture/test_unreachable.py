# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service that is not there, and one that sends elsewhere, to where there is no TLS."""

from __future__ import annotations

from pathlib import Path

import pytest
from harness.elsewhere import another_host
from harness.error_messages import assert_clear
from harness.in_process import InProcess
from harness.service import serve
from harness.wire_faults import ALWAYS
from harness.wire_requests import REQUESTS, Options
from harness.world import World, succeeded

_HASTE = {"retries": 1, "max_retry_wait": 1}


@pytest.mark.row("a request of a module meets a fault of the wire")
def test_the_service_is_not_there(tmp_path: Path) -> None:
    ready: dict[str, tuple[World, Options]] = {}
    with serve(accounts=len(REQUESTS)) as service:
        for name, request in REQUESTS.items():
            account = service.new_account()
            login = {"username": account.email, "password": service.password}
            world = World(account, InProcess(tmp_path / str(len(ready)), accounts_url=service.url, **login))
            ready[name] = world, request.prepare(world)
    for name, (world, options) in ready.items():
        module, before = REQUESTS[name].module, world.in_process.files()
        # What can be answered from the cache would be.
        force = {"force": True} if "force" in world.in_process.spec(module) else {}
        result = world.in_process.run(module, **{**options, **_HASTE, **force})
        assert result.get("failed"), name
        assert "refuses connections. Check the URL" in result["msg"]
        assert_clear(result, {**world.in_process.options, **options})
        assert world.in_process.files() == before


@pytest.mark.row("a redirect away from TLS", harm="leaked")
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_http_is_refused(tmp_path: Path, status: int) -> None:
    certificates = tmp_path / "certificates"
    with another_host() as elsewhere, serve("--tls", "good", "--tls-folder", str(certificates)) as service:
        authority = str(certificates / "ca.pem")
        login = {"username": service.emails[0], "password": service.password}
        in_process = InProcess(tmp_path, accounts_url=service.url, ca_path=authority, **login)
        headers = {"Location": f"{elsewhere.url}/auth"}
        service.set_faults(
            {"path": "/auth", "status": status, "headers": headers, "times": ALWAYS}, authority=authority
        )
        result = in_process.run("bloq_login")
        assert "a redirect, which is never followed" in result["msg"]
        assert_clear(result, in_process.options)
        assert elsewhere.visits == []
        service.set_faults(authority=authority)
        succeeded(in_process.run("bloq_login"))
