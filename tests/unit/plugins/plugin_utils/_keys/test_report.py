# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._errors import InputError
from ansible_collections.bloq.cloud.plugins.module_utils._times import iso, parse_iso
from ansible_collections.bloq.cloud.plugins.plugin_utils._keys.report import report, table
from ansible_collections.bloq.cloud.plugins.plugin_utils._keys.states import MISSING
from hypothesis import given
from hypothesis import strategies as st

NOW = parse_iso("2026-11-24T12:00:00Z") or 0.0


def key(name: str | None, days: float, **more: t.Any) -> dict[str, t.Any]:
    return {"name": name, "client_id": "ab" * 20, "created_at": iso(NOW - days * 86400), **more}


def test_what_is_due_comes_first_and_says_so() -> None:
    rows = report([key("young", 1), key("old", 90), key("middle", 30)], "90d", NOW)
    assert [(row.name, row.age_days, row.due) for row in rows] == [
        ("old", 90, True),
        ("middle", 30, False),
        ("young", 1, False),
    ]
    assert table(rows)[1].split() == ["old", "90d", "now", "-", "current"]
    assert table(rows)[2].split()[:3] == ["middle", "30d", "2027-01-23"]


def test_a_key_may_have_an_age_of_its_own() -> None:
    rows = report([key("ci", 10), key("site", 10)], "90d", NOW, [{"name": "ci", "max_age": "1w"}, "site"])
    assert [(row.name, row.due) for row in rows] == [("ci", True), ("site", False)]


def test_a_named_key_that_is_nowhere_is_missing() -> None:
    (row,) = report([], "90d", NOW, ["ci"])
    assert (row.name, row.state, row.due, row.drifted) == ("ci", MISSING, False, True)
    assert table([row])[1].split()[-1] == "missing"
    assert [row.name for row in report([key("old", 90)], "90d", NOW, ["ci"])] == ["old", "ci"]


def test_a_retiring_key_that_is_gone_is_retired_and_no_drift() -> None:
    (row,) = report([key("ci", 9, state=MISSING, retire_after="2026-11-25T10:00:00Z")], "90d", NOW)
    assert (row.state, row.drifted, row.due) == ("retired", False, False)
    assert table([row])[1].split()[-1] == "retired"
    (gone,) = report([key("ci", 9, state=MISSING)], "90d", NOW)
    assert (gone.state, gone.drifted) == (MISSING, True)


def test_a_suspect_is_in_the_report_and_is_drift() -> None:
    (row,) = report([key(None, 9, managed=False, state="suspect")], "90d", NOW)
    assert (row.state, row.drifted, row.due) == ("suspect", True, False)
    assert table([row])[1].split()[-1] == "suspect"


def test_retiring_keys_tell_until_when() -> None:
    retiring = [{"client_id": "cd" * 20, "retire_after": "2026-11-25T10:30:00Z"}]
    (row,) = report([key("ci", 0, retiring=retiring)], "90d", NOW)
    assert row.retiring_until == "2026-11-25T10:30:00Z"
    assert "2026-11-25 10:30Z" in table([row])[1]


def test_only_what_can_be_rotated_is_due() -> None:
    rows = report(
        [key(None, 400, managed=False, state="unmanaged"), key("ci", 400, managed=True, state="retiring")], "90d", NOW
    )
    assert not any(row.due for row in rows)


def test_a_key_without_a_name_is_shown_with_its_whole_id_and_when_it_was_made() -> None:
    unknown = key(None, 3, managed=False, state="unmanaged")
    rows = report([unknown, key("ci", 3)], "90d", NOW)
    lines = table(rows)
    place = next(number for number, line in enumerate(lines) if "unmanaged" in line)
    assert lines[place].split() == ["(no", "name)", "3d", "-", "-", "unmanaged"]
    assert lines[place + 1].split() == ["ab" * 20, "made", "2026-11-21", "12:00Z"]
    assert len(lines) == 4 and all(len(line) <= 69 for line in lines)
    assert [(row.name, row.created_at) for row in rows if row.drifted] == [("ab" * 20, "2026-11-21T12:00:00Z")]
    (row,) = report([{**unknown, "created_at": None}], "90d", NOW)
    assert table([row])[2] == f"  {'ab' * 20}"


def test_a_known_key_is_a_colleagues_and_no_drift() -> None:
    colleagues, ours = "ab" * 20, {**key("ci", 3, state="current"), "client_id": "cd" * 20}
    for state in ("unmanaged", "suspect"):
        rows = report([key(None, 3, state=state), ours], "90d", NOW, known=[colleagues])
        assert {(row.name, row.state, row.drifted) for row in rows} == {
            (colleagues, "known", False),
            ("ci", "current", False),
        }
    assert report([key("ci", 3, state="current")], "90d", NOW, known=[colleagues])[0].state == "current"
    assert report([ours], "90d", NOW, known=[colleagues])[0].state == "current"
    for wrong in ("abababab", 7):
        with pytest.raises(InputError, match=r"ids of client keys|whole id"):
            report([key(None, 3, state="unmanaged"), ours], "90d", NOW, known=[wrong])  # type: ignore[list-item]


def test_a_key_that_is_not_made_yet_has_no_age() -> None:
    (row,) = report([{"name": "ci", "client_id": None, "created_at": None}], "90d", NOW)
    assert (row.age_days, row.due_at) == (None, None)


@pytest.mark.parametrize(
    ("keys", "max_age", "named"),
    [
        (["ci"], "90d", []),
        ([{"name": ["ci"]}], "90d", []),
        ([{"name": "ci", "state": {}}], "90d", []),
        ([key("ci", 1)], "soon", []),
        ([], "90d", [7]),
    ],
)
def test_what_cannot_be_reported_on_is_refused(keys: list[t.Any], max_age: str, named: list[t.Any]) -> None:
    with pytest.raises(InputError):
        report(keys, max_age, NOW, named)


@given(
    name=st.text(min_size=1),
    days=st.integers(-10, 40000),
    state=st.text(),
    retire_after=st.datetimes().map(lambda moment: moment.isoformat()),
)
def test_the_table_fits_80_columns_where_ansible_prints_it(name: str, days: int, state: str, retire_after: str) -> None:
    rows = report([key(name, min(days, 20000), state=state, retire_after=retire_after)], "90d", NOW)
    assert all(len(line) <= 69 and "\n" not in line for line in table(rows))
