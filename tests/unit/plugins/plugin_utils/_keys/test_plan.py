# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of what to do: each row is reached, none is missing, and the guide shows it as it is."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._times import iso
from ansible_collections.bloq.cloud.plugins.plugin_utils._keys.plan import (
    TABLE,
    RecordState,
    ServerState,
    Step,
    Wanted,
    WantedState,
    steps_for,
    still_retiring,
)
from ansible_collections.bloq.cloud.plugins.plugin_utils._keys.record import KeyRecord, Pair, Retiring
from hypothesis import given
from hypothesis import strategies as st

URL = "https://accounts.example.com"
NOW = 1_800_000_000.0
GUIDE = Path(__file__).parents[5] / "docs" / "docsite" / "rst" / "guide_rotation.rst"

RECORDS = {
    RecordState.NONE: None,
    RecordState.STEADY: KeyRecord(URL, "old", "s", iso(NOW)),
    RecordState.ROTATING: KeyRecord(URL, "old", "s", iso(NOW), pending=Pair("new", "s", iso(NOW))),
}
LIVE = {
    ServerState.NOTHING: {"other"},
    ServerState.LIVE: {"other", "old"},
    ServerState.REFUSED: {"other", "old"},
    ServerState.GONE: {"other"},
    ServerState.PENDING_LIVE: {"old", "new"},
}
WANTED = {
    WantedState.PRESENT: Wanted(),
    WantedState.ROTATED: Wanted(rotate="always"),
    WantedState.ABSENT: Wanted(present=False),
}


IDS = st.sampled_from(["old", "new", "older", "other"])
TIMES = st.integers(-200, 200).map(lambda seconds: iso(NOW + seconds)) | st.just("")


@pytest.mark.parametrize("row", TABLE, ids=lambda row: " ".join(state.name for state in row))
def test_each_row_of_the_table_is_reached(row: tuple[RecordState, ServerState, WantedState]) -> None:
    record_state, server_state, wanted_state = row
    is_refused = server_state is ServerState.REFUSED
    steps = steps_for(RECORDS[record_state], LIVE[server_state], WANTED[wanted_state], NOW, is_refused=is_refused)
    assert steps == TABLE[row]


def test_a_rotation_is_due_by_age() -> None:
    wanted = Wanted(rotate="when_older_than", max_age=100)
    record = KeyRecord(URL, "old", "s", iso(NOW - 99))
    assert steps_for(record, {"old"}, wanted, NOW) == ()
    assert Step.ADD in steps_for(record, {"old"}, wanted, NOW + 2)


def test_every_key_is_older_than_nothing() -> None:
    made_later = KeyRecord(URL, "old", "s", iso(NOW + 2))
    assert Step.ADD in steps_for(made_later, {"old"}, Wanted(rotate="when_older_than", max_age=0), NOW)


def test_a_retiring_key_is_revoked_when_its_overlap_is_over() -> None:
    record = KeyRecord(URL, "old", "s", iso(NOW), retiring=(Retiring("older", iso(NOW + 10)),))
    assert steps_for(record, {"old", "older"}, Wanted(), NOW) == ()
    assert steps_for(record, {"old", "older"}, Wanted(), NOW + 11) == (Step.RETIRE,)


@given(
    record=st.none()
    | st.builds(
        KeyRecord,
        st.just(URL),
        IDS,
        created_at=TIMES,
        pending=st.none() | st.builds(Pair, IDS, st.just("s"), TIMES),
        retiring=st.lists(st.builds(Retiring, IDS, TIMES), max_size=2).map(tuple),
    ),
    live=st.sets(IDS),
    wanted=st.builds(
        Wanted,
        present=st.booleans(),
        rotate=st.sampled_from(["never", "when_older_than", "always"]),
        max_age=st.none() | st.just(100.0),
        overlap=st.sampled_from([0.0, 60.0]),
        verify=st.booleans(),
    ),
)
def test_no_row_is_missing(record: KeyRecord | None, live: set[str], wanted: Wanted) -> None:
    steps = steps_for(record, live, wanted, NOW)
    assert len(set(steps)) == len(steps)
    if not wanted.verify:
        assert Step.VERIFY not in steps
    elif Step.PROMOTE in steps:
        assert steps.index(Step.VERIFY) < steps.index(Step.PROMOTE)
    if Step.RETIRE in steps:
        assert steps[-1] is Step.RETIRE and wanted.present


def test_what_is_due_is_left_where_the_successor_is_not_published() -> None:
    wanted = Wanted(retire=False)
    retiring = (Retiring("older", iso(NOW - 10)), Retiring("gone", iso(NOW - 20)))
    record = KeyRecord(URL, "old", "s", iso(NOW), retiring=retiring)
    assert steps_for(dataclasses.replace(record, retiring=retiring[:1]), {"old", "older"}, wanted, NOW) == ()
    assert steps_for(record, {"old", "older"}, wanted, NOW) == (Step.RETIRE,)
    assert still_retiring(record, {"old", "older"}, NOW, wanted) == retiring[:1]
    at_once = Wanted(rotate="always", overlap=0, retire=False)
    assert Step.RETIRE not in steps_for(RECORDS[RecordState.STEADY], {"old"}, at_once, NOW)


def test_without_overlap_the_previous_key_goes_in_the_same_run() -> None:
    steps = steps_for(RECORDS[RecordState.STEADY], {"old"}, Wanted(rotate="always", overlap=0), NOW)
    assert steps == (Step.ADD, Step.VERIFY, Step.PROMOTE, Step.RETIRE)


def test_what_was_replaced_earlier_goes_with_a_lost_key_only_after_a_leak() -> None:
    new = (Step.CREATE, Step.VERIFY)
    at_once, leaked = Wanted(overlap=0), Wanted(overlap=0, leaked=True)
    assert steps_for(None, set(), at_once, NOW) == steps_for(None, set(), leaked, NOW) == new
    lost = KeyRecord(URL, "old", "s", iso(NOW), retiring=(Retiring("older", iso(NOW + 10)),))
    heal = (Step.CONFIRM_REVOKED, *new)
    assert steps_for(lost, {"older"}, at_once, NOW) == heal
    assert steps_for(lost, {"older"}, leaked, NOW) == (*heal, Step.RETIRE)
    assert steps_for(lost, {"older"}, dataclasses.replace(leaked, overlap=5), NOW) == heal
    # In use, nothing of it is replaced.
    assert steps_for(lost, {"old", "older"}, leaked, NOW) == ()


def test_the_guide_shows_the_table() -> None:
    rows = ["The record has", "On the service", "Wanted", "Steps"]
    for states, steps in TABLE.items():
        rows += [*(state.value for state in states), ", then ".join(step.value for step in steps) or "nothing"]
    cells = [line[7:] for line in GUIDE.read_text(encoding="utf-8").splitlines() if line[:7] in ("   * - ", "     - ")]
    assert cells == rows
