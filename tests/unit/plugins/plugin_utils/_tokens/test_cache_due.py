# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A token is used until it is due or its time cannot be believed; then, or when told to, another is asked for."""

from __future__ import annotations

import pytest
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._tokens.cache_world import Use, sleep


def test_a_token_is_replaced_before_min_ttl(use: Use, monkeypatch: pytest.MonkeyPatch) -> None:
    use.get()
    sleep(monkeypatch, 3200)
    assert not use.get()[1]
    sleep(monkeypatch, 3301)
    assert use.get()[1]


def test_a_token_shorter_than_min_ttl_serves_for_half_of_its_life(use: Use, monkeypatch: pytest.MonkeyPatch) -> None:
    use.service.lifetime = 60
    use.get()
    sleep(monkeypatch, 29)
    assert not use.get()[1]
    sleep(monkeypatch, 31)
    assert use.get()[1]


@pytest.mark.parametrize("skew", [-7200, 7200])
def test_a_clock_that_is_off_changes_nothing(use: Use, monkeypatch: pytest.MonkeyPatch, skew: float) -> None:
    use.service.skew = skew
    use.get()
    assert not use.get()[1]
    sleep(monkeypatch, 3301)
    assert use.get()[1]


@pytest.mark.parametrize("step", [-3600, -30, 86400])
def test_after_a_clock_s_jump_a_token_is_minted(use: Use, monkeypatch: pytest.MonkeyPatch, step: float) -> None:
    use.get()
    sleep(monkeypatch, step)
    assert use.get()[1]
    assert not use.get()[1]


def test_force_mints_and_the_new_token_is_kept(use: Use) -> None:
    use.get()
    forced, minted = use.get(force=True)
    assert minted and use.service.minted == 2
    assert use.get() == (forced, False)
