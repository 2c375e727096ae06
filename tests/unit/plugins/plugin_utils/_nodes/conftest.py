# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node that answers as it is told."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.bloq.cloud.tests.unit.plugins.module_utils.http_service import Service


@pytest.fixture
def node(monkeypatch: pytest.MonkeyPatch) -> t.Iterator[Service]:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "NETRC"):
        monkeypatch.delenv(name, raising=False)
    running = Service()
    yield running
    running.stop()
