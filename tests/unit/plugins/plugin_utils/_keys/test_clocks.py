# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""By how much clocks differ is told in the unit that a reader takes in at once."""

from __future__ import annotations

import pytest
from ansible_collections.bloq.cloud.plugins.plugin_utils._keys.clocks import disagreement

HOUR, DAY = 3600.0, 86400.0


@pytest.mark.parametrize(
    ("skew", "told"),
    [
        (301.0, "5 minutes ahead of"),
        (-2 * HOUR + 1, "120 minutes behind"),
        (-2 * HOUR, "2 hours behind"),
        (2 * DAY - 1, "48 hours ahead of"),
        (2 * DAY, "2 days ahead of"),
        (-365 * DAY, "365 days behind"),
    ],
)
def test_the_difference_is_told(skew: float, told: str) -> None:
    assert disagreement(skew, [], 0.0) == f"the clock in the service's replies is {told} this machine's"
    if skew > 0:
        listed = disagreement(0.0, [None, skew], 0.0)
        assert listed == f"the service lists something as created {told} this machine's clock"


@pytest.mark.parametrize("skew", [0.0, 300.0, -300.0])
def test_nobody_minds_a_few_minutes(skew: float) -> None:
    assert disagreement(skew, [None, skew], 0.0) is None
