# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The world of each test, where there is an ssh client."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from local_bloq.running import running
from ssh_server import far_host
from world import USER, World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    if shutil.which("ssh") is None:
        pytest.skip("there is no ssh client (Debian: openssh-client)")
    with far_host(tmp_path) as far, running("--user", USER, "--node-start-seconds", "0") as bloq:
        made = World(tmp_path, far, bloq)
        yield made
        made.front.stop()
