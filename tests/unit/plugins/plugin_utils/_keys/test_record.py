# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A record is read, written and shown without losing a field or showing a secret."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._errors import InputError
from ansible_collections.bloq.cloud.plugins.plugin_utils._keys.record import KeyRecord, Pair, Retiring
from hypothesis import given
from hypothesis import strategies as st

SECRET = "not to be seen"
FULL: dict[str, t.Any] = {
    "accounts_url": "https://accounts.bloq.cloud",
    "client_id": "6f0c",
    "client_secret": SECRET,
    "created_at": "2026-11-24T10:00:00Z",
    "refresh_token": SECRET,
    "pending": {"client_id": "77ab", "client_secret": SECRET, "created_at": "2026-11-25T10:00:00Z"},
    "retiring": [{"client_id": "91ab", "retire_after": "2026-11-25T10:00:00Z"}],
    "note": SECRET,
    "tags": ["a", {"b": None}],
}
TEXT = st.text(min_size=1, max_size=8)
PAIRS = st.builds(Pair, client_id=TEXT, client_secret=TEXT, created_at=TEXT)
OWN = st.dictionaries(TEXT.filter(lambda name: name not in FULL), st.none() | st.integers() | TEXT | st.lists(TEXT))
RECORDS = st.builds(
    KeyRecord,
    accounts_url=st.just("") | TEXT,
    client_id=TEXT,
    client_secret=st.none() | TEXT,
    created_at=st.just("") | TEXT,
    refresh_token=st.none() | TEXT,
    pending=st.none() | PAIRS,
    retiring=st.lists(st.builds(Retiring, client_id=TEXT, retire_after=TEXT), max_size=2).map(tuple),
    extra=OWN,
)


def test_a_full_record() -> None:
    record = KeyRecord.from_mapping("ci", FULL)
    assert record.to_mapping() == FULL
    assert record.client_ids == {"6f0c", "77ab", "91ab"}
    assert record.extra == {"note": SECRET, "tags": ["a", {"b": None}]}


def test_an_id_is_read_as_the_service_writes_it() -> None:
    loud = {
        "client_id": "AB" * 20,
        "pending": {**FULL["pending"], "client_id": "Cd" * 20},
        "retiring": [{"client_id": "EF" * 20, "retire_after": "x"}],
    }
    assert KeyRecord.from_mapping("ci", FULL | loud).client_ids == {"ab" * 20, "cd" * 20, "ef" * 20}
    assert KeyRecord.from_mapping("ci", FULL | {"client_id": "Mine"}).client_id == "Mine"


@given(record=RECORDS)
def test_what_is_written_is_read_again(record: KeyRecord) -> None:
    assert KeyRecord.from_mapping("ci", record.to_mapping()) == record


def test_nothing_shows_a_secret() -> None:
    record = KeyRecord.from_mapping("ci", FULL)
    assert SECRET not in repr(record)
    assert SECRET not in str(record.public())
    assert record.public() == {
        "accounts_url": "https://accounts.bloq.cloud",
        "client_id": "6f0c",
        "created_at": "2026-11-24T10:00:00Z",
        "retiring": [{"client_id": "91ab", "retire_after": "2026-11-25T10:00:00Z"}],
        "pending": {"client_id": "77ab", "created_at": "2026-11-25T10:00:00Z"},
    }


def test_what_is_not_known_yet_is_shown_as_none() -> None:
    shown = KeyRecord("https://accounts.bloq.cloud", "").public()
    assert shown == {
        "accounts_url": "https://accounts.bloq.cloud",
        "client_id": None,
        "created_at": None,
        "retiring": [],
    }


def test_ansibles_own_string_types_become_plain() -> None:
    class Vaulted:
        def __str__(self) -> str:
            return SECRET

    assert KeyRecord.from_mapping("ci", {"client_id": "6f0c", "client_secret": Vaulted()}).client_secret == SECRET


@pytest.mark.parametrize(
    ("record", "field"),
    [
        (["a"], "record"),
        ({}, "client_id"),
        ({"client_id": ""}, "client_id"),
        ({"client_id": ["a"]}, "client_id"),
        ({"client_id": "a", "client_secret": ""}, "client_secret"),
        ({"client_id": "a", "accounts_url": {}}, "accounts_url"),
        ({"client_id": "a", "retiring": {"client_id": "b"}}, "retiring"),
        ({"client_id": "a", "retiring": ["b"]}, "retiring"),
        ({"client_id": "a", "retiring": [{"client_id": "b"}]}, "retire_after"),
        ({"client_id": "a", "pending": "b"}, "pending"),
        ({"client_id": "a", "pending": {"client_id": "b", "created_at": "c"}}, "client_secret"),
    ],
)
def test_a_bad_record_is_told_by_name_and_field(record: object, field: str) -> None:
    with pytest.raises(InputError, match=f"'ci'.*{field}|{field}.*'ci'"):
        KeyRecord.from_mapping("ci", record)
