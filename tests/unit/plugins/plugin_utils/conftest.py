# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A machine of its own for each test, on which no time is lost."""

from __future__ import annotations

import pytest
from ansible_collections.bloq.cloud.plugins.plugin_utils import _creation


@pytest.fixture(autouse=True)
def receipts(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Receipts of this test alone."""
    folder = str(tmp_path_factory.mktemp("machine") / "receipts")
    monkeypatch.setattr(_creation, "default_folder", lambda: folder)


@pytest.fixture(autouse=True)
def grace(monkeypatch: pytest.MonkeyPatch) -> None:
    """The service of these tests does nothing late."""
    monkeypatch.setattr(_creation, "GRACE", 0.0)
