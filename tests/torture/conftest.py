# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the torture tests share: a local Bloq with accounts to spare, its short and long form, and the table."""

from __future__ import annotations

import functools
import typing as t
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness import collection
from harness.batch import Batch
from harness.kills import JOBS, kill
from harness.service import Accounts, Service, serve
from harness.table import COUNTED, Row, Table
from hypothesis import HealthCheck, settings

if t.TYPE_CHECKING:
    from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._fleet.real_server import Coordination

pytest_plugins = ["pytester"]

_KILLS = "test_kill.py"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the switch for the long form."""
    parser.addoption("--long", action="store_true", help="every step in every variation")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what only the long form runs, and begin with what does not wait for the kills."""
    left_out = [] if config.getoption("--long") else [item for item in items if item.get_closest_marker("long")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]
    # Theirs is only to wait.
    items.sort(key=lambda item: item.path.name == _KILLS)


def pytest_configure(config: pytest.Config) -> None:
    """Name our markers, begin the table, and make the collection importable for the tests."""
    config.addinivalue_line("markers", "long: only with --long")
    config.addinivalue_line("markers", "row(name, harm='lost'): the row of the table that the test belongs to")
    report = collection.ROOT / ".build" / "torture.json"
    config.pluginmanager.register(Table(report, bounded=config.getoption("--long")))
    collection.load()
    every = settings(deadline=None, suppress_health_check=list(HealthCheck), database=None)
    settings.register_profile("short", every, max_examples=15, derandomize=True)
    settings.register_profile("long", every, max_examples=60, print_blob=True)
    settings.load_profile("long" if config.getoption("--long") else "short")


@pytest.fixture
def nothing_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """The service carries nothing out late, so nobody needs to wait for it."""
    from ansible_collections.bloq.cloud.plugins.plugin_utils._creation import creator

    monkeypatch.setattr(creator, "GRACE", 0.0)


@pytest.fixture(params=["valkey", "redis"])
def coordination(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Coordination]:
    """A real server with nothing in it."""
    # Only now can the collection be imported.
    from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._fleet import real_server

    with real_server.serve_coordination(tmp_path / "data", program=real_server.program(request.param)) as server:
        yield server


@pytest.fixture
def row(request: pytest.FixtureRequest) -> Row:
    """What the test adds to its row, for one that tries many things or has figures to show."""
    row: Row = request.node.stash.setdefault(COUNTED, Row())
    return row


@pytest.fixture(scope="session")
def accounts() -> Iterator[Accounts]:
    """Accounts that nobody has used, for tests that set no faults."""
    accounts = Accounts()
    yield accounts
    accounts.close()


@pytest.fixture(scope="session")
def _service() -> Iterator[Service]:
    with serve(accounts=100) as service:
        yield service


@pytest.fixture
def service(_service: Service) -> Iterator[Service]:
    """A service whose faults are the test's own, with accounts that nobody has used."""
    yield _service
    _service.set_faults()


@pytest.fixture
def crowd(request: pytest.FixtureRequest) -> int:
    """How many do the same at once."""
    return 10 if request.config.getoption("--long") else 5


@pytest.fixture(scope="session", autouse=True)
def kills(
    request: pytest.FixtureRequest, accounts: Accounts, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Batch]:
    """The plays of test_kill.py, which run beside all other tests."""
    batch = Batch()
    for item in request.session.items:
        if item.path.name == _KILLS:
            wanted = item.callspec.params  # type: ignore[attr-defined]
            if "step" in wanted:
                job, step = wanted["job"], wanted["step"]
                home = tmp_path_factory.mktemp("controller")
                batch.add(f"{job}: {step}", functools.partial(kill, accounts, home, JOBS[job], step))
    yield batch
    batch.close()
