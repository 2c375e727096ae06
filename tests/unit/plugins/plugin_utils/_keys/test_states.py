# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each key of the account has one state, and so has each key of the vault file."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._accounts import ListedKey
from ansible_collections.bloq.cloud.plugins.module_utils._errors import InputError
from ansible_collections.bloq.cloud.plugins.plugin_utils._keys.states import (
    HeldRecord,
    KeyState,
    held_records,
    key_states,
    timeless_names,
)

URL = "https://accounts.example.com"
THEN, LATER = "2026-11-24T10:00:00Z", "2026-11-25T10:00:00Z"
CI = {
    "accounts_url": URL + "/",
    "client_id": "new",
    "client_secret": "s",
    "created_at": THEN,
    "pending": {"client_id": "newer", "client_secret": "s", "created_at": LATER},
    "retiring": [{"client_id": "old", "retire_after": LATER}],
}


def test_every_state() -> None:
    listed = [ListedKey(client_id, THEN) for client_id in ("theirs", "old", "new", "newer")]
    assert key_states(listed, {"ci": CI}, URL) == [
        KeyState("theirs", THEN),
        KeyState("old", THEN, "ci", True, "retiring", LATER, names=["ci"]),
        KeyState("new", THEN, "ci", True, "current", names=["ci"]),
        KeyState("newer", THEN, "ci", True, "pending", names=["ci"]),
    ]


def test_what_the_account_lacks_is_missing_whatever_it_was() -> None:
    assert key_states([], {"ci": CI}, URL) == [
        KeyState("new", THEN, "ci", True, "missing on the server", names=["ci"]),
        KeyState("newer", LATER, "ci", True, "missing on the server", names=["ci"]),
        KeyState("old", None, "ci", True, "missing on the server", LATER, names=["ci"]),
    ]


def test_without_records_all_are_unmanaged() -> None:
    assert key_states([ListedKey("a", "")], {}, URL) == [KeyState("a", None, None, False, "unmanaged")]


def test_what_one_record_retires_and_another_uses_is_in_use() -> None:
    build: dict[str, t.Any] = {"build": {"client_id": "old"}}
    for records in ({"ci": CI, **build}, {**build, "ci": CI}):
        (state,) = key_states([ListedKey("old", THEN)], records, URL)[:1]
        assert (state.name, state.state) == ("build", "current")


def test_what_a_run_may_have_left_is_a_suspect_unless_a_record_has_it() -> None:
    listed = [ListedKey("left", THEN), ListedKey("new", THEN)]
    assert key_states(listed, {"ci": CI}, URL, {"left", "new", "gone"})[:2] == [
        KeyState("left", THEN, None, False, "suspect"),
        KeyState("new", THEN, "ci", True, "current", names=["ci"]),
    ]


def test_records_of_another_service_are_passed_over() -> None:
    assert key_states([], {"ci": {**CI, "accounts_url": "https://elsewhere.example.com"}}, URL) == []


def test_every_record_is_named_those_of_another_service_as_such() -> None:
    urls = {"here": f"{URL}:443/", "there": "https://elsewhere.example.com"}
    records = {name: {**CI, "accounts_url": url} for name, url in urls.items()} | {"bare": {"client_id": "x"}}
    assert held_records(records, URL) == [
        HeldRecord("here", f"{URL}:443/", False),
        HeldRecord("there", "https://elsewhere.example.com", True),
        HeldRecord("bare", "", False),
    ]


def test_this_machine_has_several_names() -> None:
    records = {"ci": {"client_id": "new", "accounts_url": "http://localhost:4000"}}
    listed = [ListedKey("new", THEN)]
    assert [state.managed for state in key_states(listed, records, "http://[::1]:4000")] == [True]
    assert [state.managed for state in key_states(listed, records, "http://127.0.0.1:4001")] == [False]


def test_a_record_without_a_url_counts_and_its_time_is_the_services() -> None:
    record = {"client_id": "new"}
    assert key_states([ListedKey("new", THEN)], {"ci": record}, URL) == [
        KeyState("new", THEN, "ci", True, "current", names=["ci"])
    ]


def test_a_record_that_cannot_be_read_is_named() -> None:
    with pytest.raises(InputError, match="'ci'"):
        key_states([], {"ci": {"client_id": None}}, URL)


def test_a_record_whose_time_is_none_is_named() -> None:
    soon = {**CI, "retiring": [{"client_id": "old", "retire_after": "soon"}]}
    assert timeless_names({"ci": CI, "soon": soon, "bare": {"client_id": "x"}}) == ["soon"]
