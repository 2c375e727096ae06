# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Times and durations as people and the service write them."""

from __future__ import annotations

import datetime

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._errors import InputError
from ansible_collections.bloq.cloud.plugins.module_utils._times import duration, iso, parse_iso, spread
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("300", 300),
        ("45s", 45),
        ("5m", 300),
        ("12h", 43200),
        ("90d", 7776000),
        ("2w", 1209600),
        (" 90 D ", 7776000),
        ("36525d", 36525 * 86400),
        ("1.5h", 5400),
        ("0.5", 0.5),
    ],
)
def test_a_duration(text: str, seconds: float) -> None:
    assert duration(text, "max_age") == seconds


@pytest.mark.parametrize("text", ["", "d", "-1d", "1,5h", "1.h", "1y", "1d12h", "for ever", "1 d d", "1234567890s"])
def test_a_duration_written_otherwise(text: str) -> None:
    with pytest.raises(InputError, match="overlap must be a number"):
        duration(text, "overlap")


@pytest.mark.parametrize("text", ["36526d", "999999999w"])
def test_a_duration_that_leads_beyond_the_calendar(text: str) -> None:
    with pytest.raises(InputError, match="overlap must not be longer"):
        duration(text, "overlap")


@given(seconds=st.integers(min_value=0, max_value=32503680000))
def test_what_is_written_is_read_again(seconds: int) -> None:
    assert parse_iso(iso(seconds + 0.9)) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-24T10:00:00Z",
        "2026-11-24T10:00:00.000Z",
        "2026-11-24 10:00:00",
        "2026-11-24T12:00:00+02:00",
        " 2026-11-24T10:00:00Z\n",
        datetime.datetime(2026, 11, 24, 10),
    ],
)
def test_the_ways_to_write_a_time(text: object) -> None:
    assert parse_iso(text) == 1795514400.0


@pytest.mark.parametrize("text", ["", None, "yesterday", 12, "2026-13-01T00:00:00Z", ["2026-11-24"]])
def test_what_is_no_time(text: object) -> None:
    assert parse_iso(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "0001-01-01T00:00:00+14:00",
        "0001-01-01",
        "9999-12-31T23:59:59-14:00",
        "10000-01-01",
        "\ud800",
        "9" * 5000,
        datetime.datetime(1, 1, 1),
        datetime.datetime(9999, 12, 31, 23, tzinfo=datetime.timezone(-datetime.timedelta(hours=12))),
    ],
    ids=lambda text: ascii(text)[:30],
)
def test_a_time_beyond_the_calendar_is_none(text: object) -> None:
    assert parse_iso(text) is None


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (253402300799 + 1, "9999-12-31T23:59:59Z"),
        (1e30, "9999-12-31T23:59:59Z"),
        (float("inf"), "9999-12-31T23:59:59Z"),
        (-1e30, "1000-01-01T00:00:00Z"),
    ],
)
def test_what_lies_beyond_the_calendar_is_written_as_its_end(seconds: float, written: str) -> None:
    assert iso(seconds) == written and parse_iso(written) is not None


def test_a_wait_is_spread_and_never_shorter() -> None:
    assert all(
        3 <= spread(3.0) <= 4 and 100 <= spread(100.0) <= 125 and 3 <= spread(3.0, 8.0) <= 11 for _one in "x" * 50
    )
    assert len({spread(3.0) for _one in range(20)}) == 20
