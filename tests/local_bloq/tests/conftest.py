# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A local Bloq in a process of its own, as a user starts it."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator

import pytest

from local_bloq.running import Running, running

USER = "tester@example.com"
OTHER = "other@example.com"


#: A running local Bloq.
Served = Running


@contextlib.contextmanager
def serve(*options: str, password: str = "") -> Iterator[Served]:
    """Run the local Bloq with one account while the block runs; afterwards nothing may have gone wrong unseen."""
    with tempfile.TemporaryFile("w+") as stderr:
        try:
            with running("--user", USER, *options, password=password, stderr=stderr) as served:
                yield served
        finally:
            stderr.seek(0)
            complaints = stderr.read()
        assert (served.process.returncode, complaints) == (0, "")


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
