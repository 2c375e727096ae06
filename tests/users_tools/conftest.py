# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A controller with the tools of its users."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness import collection
from harness.service import serve
from harness.spy import awkward_secret
from tool_stage import Stage

collection.load()


@pytest.fixture(scope="session")
def programs() -> Path:
    """The folder of the tools."""
    navigator = shutil.which("ansible-navigator")
    if navigator is None:
        pytest.skip("the tools are not installed: make gate-tools makes their environment")
    return Path(navigator).parent


@pytest.fixture
def stage(tmp_path: Path, programs: Path) -> Iterator[Stage]:
    with serve("--no-login-throttle", password=awkward_secret("password")) as service:
        yield Stage(tmp_path, service.new_account(), programs)
