# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A token is replaced before its end, not by the whole fleet at once, and never because of a wrong clock alone."""

from __future__ import annotations

import os
import types

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._granted import Token
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.freshness import (
    believable,
    early_refresh_jitter,
    is_reusable,
)
from hypothesis import given
from hypothesis import strategies as st

NOW = 1_800_000_000.0

times = st.floats(-1e12, 1e12)
seconds = st.floats(0, 1e7)


def grant(remaining: float, lifetime: float, skew: float = 0.0) -> Token:
    return Token("opaque", "client", NOW + skew + remaining, lifetime, skew)


@given(end=times, lifetime=times, skew=times, min_ttl=times, now=times, early=times)
def test_a_token_that_has_ended_is_never_good(
    end: float, lifetime: float, skew: float, min_ttl: float, now: float, early: float
) -> None:
    token = Token("opaque", "client", end, lifetime, skew)
    assert token.remaining(now) > 0 or not is_reusable(token, min_ttl, now, early)


@given(lifetime=st.floats(1, 1e7), min_ttl=seconds, entry=st.text(max_size=5))
def test_a_new_token_is_always_good(lifetime: float, min_ttl: float, entry: str) -> None:
    assert is_reusable(grant(lifetime, lifetime), min_ttl, NOW, early_refresh_jitter(entry, min_ttl))


@given(lifetime=st.floats(1, 1e7), min_ttl=seconds, remaining=seconds, early=st.floats(0, 60))
def test_a_good_token_has_min_ttl_left_unless_none_ever_had(
    lifetime: float, min_ttl: float, remaining: float, early: float
) -> None:
    if is_reusable(grant(remaining, lifetime), min_ttl, NOW, early) and lifetime > min_ttl + 1:
        # Adding and subtracting times of this size rounds to a few tenths of a microsecond.
        assert remaining >= min_ttl - 1e-6


@pytest.mark.parametrize(
    ("remaining", "lifetime", "min_ttl", "early", "good"),
    [
        (301, 3600, 300, 0, True),
        (300, 3600, 300, 0, True),
        (299, 3600, 300, 0, False),
        (329, 3600, 300, 30, False),
        (331, 3600, 300, 30, True),
        (150, 200, 300, 30, True),  # shorter than min_ttl: until half of its life has gone
        (101, 200, 300, 30, True),
        (99, 200, 300, 30, False),
        (305, 310, 300, 30, True),  # being early takes half of the 10 s that min_ttl leaves
        (304, 310, 300, 30, False),
        (299, 300, 300, 30, True),
        (151, 301, 300, 0, True),  # times are rounded to a second
        (299, 302, 300, 0, False),
        (0, 3600, 0, 0, False),
        (1, 3600, 0, 0, True),
    ],
)
def test_when_a_token_is_due(remaining: float, lifetime: float, min_ttl: float, early: float, good: bool) -> None:
    assert is_reusable(grant(remaining, lifetime), min_ttl, NOW, early) is good


@pytest.mark.parametrize("skew", [-7200.0, 0.0, 7200.0])
def test_the_service_s_clock_decides(skew: float) -> None:
    assert is_reusable(grant(301, 3600, skew), 300, NOW)
    assert not is_reusable(grant(299, 3600, skew), 300, NOW)


@given(entry=st.text(max_size=40), min_ttl=seconds)
def test_earliness_is_bounded_and_the_same_at_every_call(entry: str, min_ttl: float) -> None:
    early = early_refresh_jitter(entry, min_ttl)
    assert 0 <= early <= min(min_ttl / 10, 60)
    assert early_refresh_jitter(entry, min_ttl) == early


def test_machines_and_entries_are_early_by_different_times(monkeypatch: pytest.MonkeyPatch) -> None:
    by_entry = {early_refresh_jitter(f"entry {number}", 600) for number in range(200)}
    by_machine = set()
    for number in range(200):
        monkeypatch.setattr(os, "uname", lambda number=number: types.SimpleNamespace(nodename=f"host{number}"))
        by_machine.add(early_refresh_jitter("entry", 600))
    for found in (by_entry, by_machine):
        assert len(found) == 200
        assert min(found) < 10 and max(found) > 50


def test_nobody_is_earlier_than_a_minute() -> None:
    early = max(early_refresh_jitter(f"entry {number}", 36000) for number in range(2000))
    assert 59 < early <= 60


@pytest.mark.parametrize(
    ("minted", "remaining", "believed"),
    [
        (0, 3600, True),
        (-1800, 1800, True),
        (3, 3603, True),  # within what a clock is stepped by unnoticed
        (5, 3605, True),
        (5.5, 3605.5, False),
        (3600, 7200, False),  # the clock was set back
        (0, 3630, True),  # the service's clocks differ among themselves
        (0, 3660, True),
        (0, 3660.5, False),
        (-7200, -3600, True),
    ],
)
def test_times_that_cannot_be_are_not_believed(minted: float, remaining: float, believed: bool) -> None:
    assert believable(grant(remaining, 3600), NOW + minted, NOW) is believed
