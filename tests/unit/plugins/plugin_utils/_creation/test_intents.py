# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The notes of requests beside the vault file: what they hold, and what else may be in them."""

from __future__ import annotations

import json
import os
import shutil
import time
from pathlib import Path

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._errors import FileError, StatusError
from ansible_collections.bloq.cloud.plugins.module_utils._times import iso
from ansible_collections.bloq.cloud.plugins.plugin_utils._creation.in_flight import InFlightRequest
from ansible_collections.bloq.cloud.plugins.plugin_utils._creation.intent import Intent, IntentFile
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._keys.key_world import (
    URL,
    Clock,
    Controller,
    Service,
    killed,
)


def test_an_intent_that_is_copied_suspects_nothing_more(controller: Controller, service: Service, clock: Clock) -> None:
    killed(controller)
    clock.forward(7200)
    service.keys["theirs"] = iso(time.time() - 3600)
    (name,) = controller.left_behind
    shutil.copyfile(controller.folder / name, controller.folder / "copy")
    (controller.folder / "copy").replace(controller.folder / name)
    assert controller.run(remove_suspects=True).orphans_removed == ["key1"]
    assert "theirs" in service.keys


def test_the_intent_of_another_service_beside_the_same_file_is_left_to_it(
    controller: Controller, service: Service
) -> None:
    elsewhere = IntentFile(str(controller.folder / "keys.yml"), "https://accounts.elsewhere.example.com", "me")
    elsewhere.declare(frozenset(), 0.0)
    elsewhere.note("key1")
    elsewhere.suspects.add({"key1"})
    service.keys["key1"] = iso(time.time())
    outcome = controller.run()
    assert (outcome.orphans_removed, outcome.suspects, outcome.warnings) == ([], [], [])
    assert "key1" in service.keys
    assert [intent.created for intent in elsewhere.own()] == ["key1"]


def test_nothing_tells_of_a_request_while_the_service_has_said_no(tmp_path: Path) -> None:
    intents = IntentFile(str(tmp_path / "keys.yml"), "https://accounts.example.com", "me")
    with InFlightRequest(intents, frozenset(), 0.0) as request:
        (first,) = intents.own()
        with request.pause():
            assert intents.own() == ()
            time.sleep(0.05)
        (second,) = intents.own()
    assert second.started >= first.started + 0.05


def test_a_wait_that_fails_takes_no_other_intent_with_it(tmp_path: Path) -> None:
    intents = IntentFile(str(tmp_path / "keys.yml"), "https://accounts.example.com", "me")
    intents.declare(frozenset({"earlier"}), 0.0)
    with pytest.raises(StatusError), InFlightRequest(intents, frozenset(), 0.0) as request, request.pause():
        raise StatusError("no", status=429)
    assert [intent.known for intent in intents.own()] == [{"earlier"}]


def test_notes_of_1_0_0_are_understood(controller: Controller, service: Service) -> None:
    killed(controller)
    (name,) = controller.left_behind
    now = time.time()
    old = {"url": URL, "account": "me", "known": [], "started": now + 5, "written": now, "skew": 5.0}
    (controller.folder / name).write_text(json.dumps(old) + "\n")
    doubt = controller.folder / name.replace(".bloq-intent", ".bloq-doubt")
    doubt.write_text(json.dumps({"url": URL, "groups": [["theirs1", "theirs2"], ["gone"]]}))
    service.keys |= {"theirs1": iso(now - 9000), "theirs2": iso(now - 9000)}
    assert controller.run().suspects == ["key1", "theirs1", "theirs2"]
    (controller.folder / name).write_text(json.dumps(old) + "\n" + json.dumps({"made": "key1"}) + "\n")
    assert controller.run().orphans_removed == ["key1"]


@pytest.mark.parametrize(("created", "is_suspect"), [(-310.0, False), (-290.0, True), (410.0, True), (430.0, False)])
def test_a_request_of_1_0_0_ended_within_minutes(
    controller: Controller, service: Service, clock: Clock, created: float, is_suspect: bool
) -> None:
    killed(controller)
    (name,) = controller.left_behind
    now = time.time()
    old = {"url": URL, "account": "me", "known": [], "started": now, "written": now, "skew": 0.0}
    (controller.folder / name).write_text(json.dumps(old) + "\n")
    service.keys = {"lost": iso(now + created)}
    clock.forward(1000)
    assert controller.run().suspects == (["lost"] if is_suspect else [])


@pytest.mark.parametrize(
    ("skew", "created", "is_mine"),
    [
        (0.0, 699.0, False),
        (0.0, 700.0, True),
        (0.0, 1400.0, True),
        (0.0, 1401.0, False),
        (50.0, 699.0, False),
        (50.0, 700.0, True),
        (50.0, 1450.0, True),
        (50.0, 1451.0, False),
        (-50.0, 649.0, False),
        (-50.0, 650.0, True),
        (-50.0, 1400.0, True),
        (-50.0, 1401.0, False),
    ],
)
def test_clocks_may_differ_by_five_minutes(skew: float, created: float, is_mine: bool) -> None:
    request = Intent(frozenset({"before"}), 1000.0, 1100.0, skew)
    assert request.unproven({"before": created, "new": created}) == ({"new"} if is_mine else set())


def test_a_note_of_1_0_0_is_read_by_our_clock(tmp_path: Path) -> None:
    old = {"url": URL, "account": "me", "known": ["key1"], "started": 1005.0, "written": 1002.0, "skew": 5.0}
    (tmp_path / ".keys.yml.fd112a188ed7.bloq-intent").write_text(json.dumps(old) + "\n")
    (intent,) = IntentFile(str(tmp_path / "keys.yml"), URL, "me").own()
    assert intent == Intent(frozenset({"key1"}), 1000.0, 1122.0, 5.0)


def test_a_note_is_where_earlier_runs_have_left_it(tmp_path: Path) -> None:
    intents = IntentFile(str(tmp_path / "keys.yml"), URL, "me")
    intents.declare(frozenset(), 0.0)
    intents.suspects.add({"key1"})
    assert sorted(os.listdir(tmp_path)) == [
        ".keys.yml.fd112a188ed7.bloq-doubt",
        ".keys.yml.fd112a188ed7.bloq-intent",
    ]


@pytest.mark.parametrize(("theirs", "ours"), [("", "me"), ("me", ""), ("me", "me")])
def test_the_notes_of_an_account_that_nobody_names_are_anybodys(tmp_path: Path, theirs: str, ours: str) -> None:
    IntentFile(str(tmp_path / "keys.yml"), URL, theirs).declare(frozenset({"key1"}), 0.0)
    intents = IntentFile(str(tmp_path / "keys.yml"), URL, ours)
    (journal,) = intents.journals()
    assert intents.is_own(journal, (), set)


def test_an_id_is_of_the_last_request(tmp_path: Path) -> None:
    intents = IntentFile(str(tmp_path / "keys.yml"), URL, "me")
    for number in range(3):
        intents.declare(frozenset({f"before{number}"}), 0.0)
    intents.note("key1")
    assert [intent.created for intent in intents.own()] == [None, None, "key1"]
    intents.withdraw()
    assert [intent.known for intent in intents.own()] == [{"before0"}, {"before1"}]
    (journal,) = intents.journals()
    assert journal.account == "me"


def test_a_request_is_over_when_nobody_waits_and_the_service_is_late(tmp_path: Path, clock: Clock) -> None:
    path = str(tmp_path / "keys.yml")
    for intents, seconds in ((IntentFile(path, URL, "me"), 90), (IntentFile(path, URL, "me", limit=5.0), 35)):
        intents.declare(frozenset(), 0.0)
        assert intents.own()[-1].started == time.time()
        assert intents.own()[-1].deadline == time.time() + seconds


def test_a_dismissal_is_noted_in_each_journal(tmp_path: Path) -> None:
    accounts = ("me", "me@example.com", "token 0123")
    journals = {name: IntentFile(str(tmp_path / "keys.yml"), URL, name) for name in accounts}
    for intents in journals.values():
        intents.declare(frozenset(), 0.0)
    # The first one that is looked at knows already.
    first = journals[journals["me"].journals()[0].account]
    first.withdraw()
    first.declare(frozenset({"key1"}), 0.0)
    first.dismiss(["key1"])
    assert [intent.known for intents in journals.values() for intent in intents.own()] == [{"key1"}] * 3


def test_a_suspect_is_noted_once_and_forgotten_where_it_is_known(tmp_path: Path) -> None:
    mine, also_mine = (IntentFile(str(tmp_path / "keys.yml"), URL, name).suspects for name in ("me", "me@example.com"))
    also_mine.add({"key1", "key2"})
    mine.add({"key1", "key2"})
    assert len(os.listdir(tmp_path)) == 1
    mine.keep({"elsewhere"}, lambda _resource_id: False)
    assert mine.all() == ["key1", "key2"]
    mine.keep({"key1"}, lambda resource_id: resource_id == "key1")
    assert mine.all() == ["key1"]
    (note,) = tmp_path.iterdir()
    before = note.stat().st_ino
    also_mine.keep({"key1"}, lambda _resource_id: True)
    assert note.stat().st_ino == before
    mine.add({"key3"})
    assert mine.all() == ["key1", "key3"]


def test_noting_an_id_leaves_no_file_open(tmp_path: Path) -> None:
    intents = IntentFile(str(tmp_path / "keys.yml"), URL, "me")
    intents.declare(frozenset(), 0.0)
    before = len(os.listdir("/dev/fd"))
    assert all(intents.note("key1") for _number in range(5))
    assert len(os.listdir("/dev/fd")) == before
    assert IntentFile(str(tmp_path / "others.yml"), URL, "me").note("key1") is False


def test_what_a_reply_has_named_stays_proof_when_another_request_follows(tmp_path: Path) -> None:
    IntentFile(str(tmp_path / "keys.yml"), URL, "me").declare(frozenset({"before"}), 1.5)
    IntentFile(str(tmp_path / "keys.yml"), URL, "me").note("key1")
    IntentFile(str(tmp_path / "keys.yml"), URL, "me").declare(frozenset({"before", "key1"}), 2.5)
    first, second = IntentFile(str(tmp_path / "keys.yml"), URL, "me").own()
    assert (first.known, first.skew, first.created) == (frozenset({"before"}), 1.5, "key1")
    assert (second.known, second.skew, second.created) == (frozenset({"before", "key1"}), 2.5, None)


@pytest.mark.parametrize(
    "text",
    ["{", "[]", json.dumps({"url": URL, "version": 0, "account": "me", "intents": [], "suspects": []}), "[" * 100000],
)
@pytest.mark.parametrize("kind", ["intent", "doubt"])
def test_a_note_that_cannot_be_read_stops_the_run(controller: Controller, kind: str, text: str) -> None:
    (controller.folder / f".keys.yml.0123456789ab.bloq-{kind}").write_text(text)
    with pytest.raises(FileError, match="Compare what the account has"):
        controller.run()


@pytest.mark.parametrize("kind", ["intent", "doubt"])
def test_a_note_of_a_newer_version_is_left_to_it(controller: Controller, kind: str) -> None:
    note = controller.folder / f".keys.yml.0123456789ab.bloq-{kind}"
    note.write_text(json.dumps({"url": URL, "version": 3, "account": "me"}))
    with pytest.raises(FileError, match="by a newer version of the collection") as told:
        controller.run()
    assert str(note) in str(told.value)
    assert "remove" not in str(told.value)


@pytest.mark.parametrize("change", [{"started": 1e400}, {"skew": float("nan")}, {"created": {"id": "x"}}, {"known": 7}])
def test_a_note_with_nonsense_stops_the_run(controller: Controller, change: dict[str, object]) -> None:
    killed(controller)
    path = controller.folder / controller.left_behind[0]
    note = json.loads(path.read_text())
    note["intents"][0] |= change
    path.write_text(json.dumps(note))
    with pytest.raises(FileError, match="Compare what the account has"):
        controller.run()


def test_the_id_behind_an_intent_may_be_cut(controller: Controller, service: Service) -> None:
    killed(controller)
    path = controller.folder / controller.left_behind[0]
    path.write_text(path.read_text() + json.dumps({"created": "key1"})[:-4])
    assert controller.run().suspects == ["key1"]


def test_the_suspects_of_another_account_are_left_to_it(controller: Controller) -> None:
    note = controller.folder / ".keys.yml.0123456789ab.bloq-doubt"
    note.write_text(json.dumps({"url": URL, "version": 2, "suspects": ["theirs1", "theirs2"]}))
    assert controller.run().warnings == []
    assert note.exists()
