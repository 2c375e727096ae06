# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services that answer as they are told, and waits that take no time."""

from __future__ import annotations

import time
import typing as t

import pytest
from ansible_collections.bloq.cloud.tests.unit.plugins.module_utils.http_service import Service


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> t.Iterator[Service]:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NETRC"):
        monkeypatch.delenv(name, raising=False)
    running = Service()
    yield running
    running.stop()


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that were waited between attempts, without waiting them."""
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    return waited


@pytest.fixture
def proxy() -> t.Iterator[Service]:
    """What a proxy would see: requests that name the whole URL."""
    running = Service()
    yield running
    running.stop()
