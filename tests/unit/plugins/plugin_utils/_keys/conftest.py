# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service whose ids have the form of the real one's, for what becomes of a key hangs on it."""

from __future__ import annotations

import pytest
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._keys.key_world import Service, key_id


@pytest.fixture
def service() -> Service:
    return Service(key_id)
