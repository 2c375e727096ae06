# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys that are due soon are named by what stands of them in the clear."""

from __future__ import annotations

import datetime

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._errors import InputError
from ansible_collections.bloq.cloud.plugins.module_utils._times import parse_iso
from ansible_collections.bloq.cloud.plugins.plugin_utils._keys.due import due_keys

NOW = parse_iso("2026-11-26T12:00:00Z") or 0.0
WEEK = 7 * 86400.0


class Encrypted:
    """What Ansible has of a value that is encrypted."""

    def __str__(self) -> str:
        raise AssertionError("decrypted")


def test_those_that_are_due_within_the_time_are_named_the_next_one_first() -> None:
    records = {
        "later": {"created_at": "2026-11-20T00:00:00Z", "client_secret": Encrypted()},
        "soon": {"created_at": "2026-11-01T00:00:00Z", "client_secret": Encrypted()},
        "now": {"created_at": datetime.datetime(2026, 10, 1, tzinfo=datetime.timezone.utc)},
    }
    assert due_keys(records, "30d", WEEK, NOW) == [
        "the client key now is due",
        "the client key soon is due on 2026-12-01",
    ]


@pytest.mark.parametrize(
    "record",
    [{"created_at": Encrypted()}, {"created_at": None}, {}, Encrypted(), "text", None, [], {"created_at": "?"}],
)
def test_what_says_nothing_of_its_age_is_passed_over(record: object) -> None:
    assert due_keys({"ci": record}, "1d", WEEK, NOW) == []


def test_a_name_cannot_write_on_the_terminal() -> None:
    records = {"ci\x1b[2J\n": {"created_at": "2020-01-01T00:00:00Z"}}
    assert due_keys(records, "1d", WEEK, NOW) == ["the client key ci?[2J? is due"]


def test_an_age_that_nobody_knows_is_refused() -> None:
    with pytest.raises(InputError, match="max_age"):
        due_keys({"ci": {"created_at": "2020-01-01T00:00:00Z"}}, "old", WEEK, NOW)
