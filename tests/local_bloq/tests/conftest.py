# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A local Bloq in a process of its own, as a user starts it."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import secrets
import subprocess
import sys
import tempfile
import typing as t
from collections.abc import Iterator
from pathlib import Path

import pytest

USER = "tester@example.com"
OTHER = "other@example.com"


@dataclasses.dataclass(frozen=True)
class Served:
    """A running local Bloq."""

    accounts: str
    connect: str
    nodes: str
    password: str
    process: subprocess.Popen[str]


@contextlib.contextmanager
def serve(*options: str, password: str | None = None) -> Iterator[Served]:
    """Run ``local-bloq serve`` on free ports while the block runs; afterwards nothing may have gone wrong unseen."""
    password = password or secrets.token_urlsafe(18)
    command = [str(Path(sys.executable).with_name("local-bloq")), "serve", "--port-base", "0", "--user", USER, *options]
    environment = {**os.environ, "LOCAL_BLOQ_PASSWORD": password}
    with (
        tempfile.TemporaryFile("w+") as stderr,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, text=True, env=environment) as process,
    ):
        try:
            assert process.stdout is not None
            ready: dict[str, t.Any] = json.loads(process.stdout.readline())
            assert ready["pid"] == process.pid
            yield Served(ready["accounts"], ready["connect"], ready["nodes"], password, process)
        finally:
            process.terminate()
            process.wait(10)
            stderr.seek(0)
            complaints = stderr.read()
        assert (process.returncode, complaints) == (0, "")


@pytest.fixture(scope="module")
def bloq() -> Iterator[Served]:
    """A local Bloq that the tests of a module share."""
    with serve() as served:
        yield served


@pytest.fixture(scope="session")
def fleet() -> Iterator[Served]:
    """An administrator's account and another, without a quota; nodes and clusters start at once."""
    with serve("--user", OTHER, "--admin", USER, "--node-quota", "0", "--node-start-seconds", "0") as served:
        yield served
