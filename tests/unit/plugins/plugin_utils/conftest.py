# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A machine of its own for each test, on which no time is lost and nothing is kept yet."""

from __future__ import annotations

import pathlib
import tempfile
import typing as t

import pytest
from ansible_collections.bloq.cloud.plugins.plugin_utils._creation import creator, intent
from ansible_collections.bloq.cloud.plugins.plugin_utils._files import locks
from ansible_collections.bloq.cloud.plugins.plugin_utils._fleet import lease
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._keys.key_world import Clock, Controller, Service
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._tokens.cache_world import Use
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils.own_time import OwnTime


@pytest.fixture
def own_time(monkeypatch: pytest.MonkeyPatch) -> OwnTime:
    """Waits for a lock take no time, and are as long as they should be on a busy machine too."""
    time = OwnTime()
    monkeypatch.setattr(locks, "time", time)
    monkeypatch.setattr(lease, "time", time)
    return time


@pytest.fixture(autouse=True)
def receipts(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Receipts of this test alone."""
    folder = str(tmp_path_factory.mktemp("machine") / "receipts")
    monkeypatch.setattr(intent, "default_folder", lambda: folder)


@pytest.fixture(autouse=True)
def grace(monkeypatch: pytest.MonkeyPatch) -> None:
    """The service of these tests does nothing late."""
    monkeypatch.setattr(creator, "GRACE", 0.0)


@pytest.fixture
def use(tmp_path: pathlib.Path) -> Use:
    """A cache whose folder is not there yet."""
    return Use(tmp_path / "made" / "cache")


@pytest.fixture
def path(tmp_path: pathlib.Path) -> pathlib.Path:
    """A vault file that is not there yet."""
    return tmp_path / "vars.yml"


@pytest.fixture
def common_path() -> t.Iterator[pathlib.Path]:
    """A folder that other users can reach, which that of ``tmp_path`` is not."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder)
        path.chmod(0o755)
        yield path


@pytest.fixture
def service() -> Service:
    """An account without keys."""
    return Service()


@pytest.fixture
def controller(tmp_path: pathlib.Path, service: Service) -> Controller:
    """A controller of that account, with a vault file that is not there yet."""
    return Controller(tmp_path, service)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Our clock, to be put forward."""
    return Clock(monkeypatch)
