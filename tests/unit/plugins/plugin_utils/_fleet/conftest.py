# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real server for each test, and what talks to it."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator

import pytest
from ansible_collections.bloq.cloud.plugins.plugin_utils._fleet import server as server_module
from ansible_collections.bloq.cloud.plugins.plugin_utils._fleet.server import Server
from ansible_collections.bloq.cloud.plugins.plugin_utils._fleet.url import checked_coordination_url
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._fleet.real_server import (
    Coordination,
    program,
    serve_coordination,
)


@pytest.fixture(autouse=True)
def nothing_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test knows what was wrong in another."""
    monkeypatch.setattr(server_module, "_down", {})


# Not one for several tests: ansible-test runs each in a process of its own, which would leave it behind.
@pytest.fixture(params=["valkey", "redis"])
def coordination(request: pytest.FixtureRequest, tmp_path: pathlib.Path) -> Iterator[Coordination]:
    """A server with nothing in it."""
    with serve_coordination(tmp_path / "coordination", program=program(request.param)) as found:
        yield found


@pytest.fixture
def server(coordination: Coordination, tmp_path: pathlib.Path) -> Server:
    """A connection to it."""
    return Server(checked_coordination_url(coordination.url))
