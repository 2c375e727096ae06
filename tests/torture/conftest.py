# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the torture tests share: a local Bloq with accounts to spare, and its short and long form."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from harness.batch import Batch
from harness.service import Accounts


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the switch for the long form."""
    parser.addoption("--long", action="store_true", help="every step in every variation")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what only the long form runs."""
    if config.getoption("--long"):
        return
    left_out = [item for item in items if item.get_closest_marker("long")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def pytest_configure(config: pytest.Config) -> None:
    """Name our marker."""
    config.addinivalue_line("markers", "long: only with --long")


@pytest.fixture(scope="session")
def accounts() -> Iterator[Accounts]:
    """Accounts that nobody has used, for tests that set no faults."""
    accounts = Accounts()
    yield accounts
    accounts.close()


@pytest.fixture(scope="module")
def batch() -> Iterator[Batch]:
    """The cases of a module that run side by side."""
    batch = Batch()
    yield batch
    batch.close()
