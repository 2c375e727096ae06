# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Making what must not be lost, whatever it is: which requests are sent, and what is asked before and after."""

from __future__ import annotations

import time
import typing as t
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._errors import (
    BloqError,
    CoordinationError,
    FileError,
    StatusError,
    UnreachableError,
)
from ansible_collections.bloq.cloud.plugins.plugin_utils._creation import creator
from ansible_collections.bloq.cloud.plugins.plugin_utils._creation.creator import CrashSafeCreator
from ansible_collections.bloq.cloud.plugins.plugin_utils._creation.escrow import NoEscrow
from ansible_collections.bloq.cloud.plugins.plugin_utils._creation.intent import IntentFile
from ansible_collections.bloq.cloud.plugins.plugin_utils._creation.outcome import Outcome
from ansible_collections.bloq.cloud.plugins.plugin_utils._creation.receipts import Receipts
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._creation.creation_world import Nodes, Project
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._creation.interrupted import Killed, losing_the_lock

#: As users have it: the tests' own is 0.
_GRACE = creator.GRACE


@pytest.fixture
def service() -> Nodes:
    """An account without nodes."""
    return Nodes()


@pytest.fixture
def project(tmp_path: Path, service: Nodes) -> Project:
    """A project that has none."""
    return Project(tmp_path, service)


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds of each wait, none of which takes any."""
    waits: list[float] = []
    monkeypatch.setattr(creator, "GRACE", _GRACE)
    monkeypatch.setattr(time, "sleep", waits.append)
    return waits


def _slow() -> BloqError:
    return UnreachableError("slow", maybe_received=True, timed_out=True)


def _fails(error: BaseException) -> Callable[..., t.Any]:
    def fail(*_arguments: object) -> t.NoReturn:
        raise error

    return fail


def test_before_anything_is_asked_nothing_is_known(project: Project) -> None:
    fresh = CrashSafeCreator[str, t.Any](project.service, holds=bool, intents=project.intents(), check_mode=False)
    assert (fresh.live, fresh.skew, fresh.orphans_removed, fresh.suspects, fresh.warnings) == ({}, 0.0, [], [], [])


def test_what_was_ordered_is_ordered_again_after_a_lost_request(project: Project, service: Nodes) -> None:
    service.errors = [StatusError("broken", status=500)]
    project.make(project.creation())
    assert service.orders == ["a cluster", "a cluster"]
    assert project.escrow.records == [("main", "node2", {"node_id": "node2"})]
    assert project.stored == ["node2"]


def test_the_record_is_in_escrow_before_it_is_stored(project: Project) -> None:
    with pytest.raises(Killed):
        project.make(project.creation(), _fails(Killed()))
    assert project.escrow.records == [("main", "node1", {"node_id": "node1"})]


def test_what_the_service_refuses_is_ordered_once(project: Project, service: Nodes) -> None:
    service.errors = [StatusError("no", status=400)]
    with pytest.raises(StatusError):
        project.make(project.creation())
    assert service.orders == ["a cluster"]
    assert not project.creation().is_unfinished


def test_the_service_gets_three_seconds_to_finish(project: Project, service: Nodes, slept: list[float]) -> None:
    service.errors = [_slow()]
    with pytest.raises(UnreachableError):
        project.make(project.creation())
    assert slept == [3.0]
    assert service.orders == ["a cluster"]


def test_what_is_there_already_is_not_waited_for(project: Project, service: Nodes, slept: list[float]) -> None:
    service.lost_replies = [_slow()]
    project.make(project.creation())
    assert (slept, project.stored) == ([], ["node2"])
    project.held = {"node2"}
    creation = project.creation()
    creation.report_suspects()
    assert creation.suspects == ["node1"]


def test_the_second_request_gets_them_too(project: Project, service: Nodes, slept: list[float]) -> None:
    service.errors = [_slow(), StatusError("broken", status=500)]
    with pytest.raises(UnreachableError):
        project.make(project.creation())
    assert slept == [3.0]


def test_what_cannot_be_found_out_hides_no_error(project: Project, service: Nodes) -> None:
    intents = project.intents()
    intents.suspected = _fails(FileError("unreadable"))  # type: ignore[method-assign]
    service.errors = [StatusError("broken", status=500), StatusError("broken", status=500)]
    with pytest.raises(StatusError, match="broken"):
        project.make(project.creation(intents=intents))


def test_what_cannot_be_stored_is_removed_again(project: Project, service: Nodes) -> None:
    creation = project.creation()
    with pytest.raises(FileError, match="disk full"):
        project.make(creation, _fails(FileError("disk full")))
    assert (service.deleted, service.live) == (["node1"], {})
    assert project.intents().own() == ()


@pytest.mark.parametrize("error", [FileError("read-only"), CoordinationError("no server")])
def test_an_intent_that_cannot_be_withdrawn_hides_no_error(project: Project, error: BloqError) -> None:
    intents = project.intents()
    intents.withdraw = _fails(error)  # type: ignore[method-assign]
    with pytest.raises(FileError, match="disk full"):
        project.make(project.creation(intents=intents), _fails(FileError("disk full")))
    assert len(project.intents().own()) == 1


def test_what_can_neither_be_stored_nor_removed_is_named(project: Project, service: Nodes) -> None:
    creation = project.creation()

    def fail(_made: object) -> None:
        service.errors = [StatusError("no such luck", status=500)]
        raise FileError("disk full.")

    told = r"disk full\. The node node1 that was just made .* either: no such luck The next run takes it over"
    with pytest.raises(FileError, match=told):
        project.make(creation, fail)
    assert [intent.created for intent in project.intents().own()] == ["node1"]
    creation.report_in_failure()
    assert (creation.abandoned, creation.suspects, creation.removed) == (["node1"], [], [])


@pytest.mark.parametrize("error", [FileError("read-only"), CoordinationError("no server")])
def test_what_cannot_be_found_out_of_it_hides_no_error(
    project: Project, service: Nodes, monkeypatch: pytest.MonkeyPatch, error: BloqError
) -> None:
    def fail(_made: object) -> None:
        service.errors = [StatusError("no such luck", status=500)]
        monkeypatch.setattr(project.escrow, "is_escrowed", _fails(error))
        raise FileError("disk full.")

    with pytest.raises(FileError, match=r"disk full\. .* either: no such luck .* do that yourself\.$"):
        project.make(project.creation(), fail)


@pytest.mark.parametrize("is_noted", [True, False])
def test_what_becomes_of_it_without_an_escrow_hangs_on_the_note(
    project: Project, service: Nodes, monkeypatch: pytest.MonkeyPatch, is_noted: bool
) -> None:
    monkeypatch.setattr(project, "escrow", NoEscrow())
    if not is_noted:
        monkeypatch.setattr(IntentFile, "note", lambda _intents, _created: False)
    creation = project.creation()

    def fail(_made: object) -> None:
        service.errors = [StatusError("no such luck", status=500)]
        raise FileError("disk full.")

    with pytest.raises(FileError, match=r"The next run removes it\.$" if is_noted else r"do that yourself\.$"):
        project.make(creation, fail)
    creation.report_in_failure()
    assert (creation.abandoned, creation.suspects) == (["node1"], [] if is_noted else ["node1"])
    # The next run says and does the same.
    creation = project.creation()
    creation.reconcile()
    creation.report_suspects()
    assert (creation.orphans_removed, creation.suspects) == ((["node1"], []) if is_noted else ([], ["node1"]))


def test_what_was_removed_again_when_the_lock_was_lost_is_not_there(
    project: Project, service: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(IntentFile, "removal", losing_the_lock)
    creation = project.creation()
    with pytest.raises(FileError, match=r"^disk full$"):
        project.make(creation, _fails(FileError("disk full")))
    assert (service.live, creation.abandoned, project.intents().own()) == ({}, [], ())


def test_what_a_run_had_stored_when_it_ended_is_not_removed(project: Project, service: Nodes) -> None:
    intents = project.intents()
    intents.withdraw = _fails(Killed())  # type: ignore[method-assign]
    with pytest.raises(Killed):
        project.make(project.creation(intents=intents))
    project.held, project.escrow.records = {"node1"}, []
    creation = project.creation()
    assert creation.is_unfinished
    creation.reconcile()
    assert (service.deleted, creation.orphans_removed) == ([], [])
    assert not project.creation().is_unfinished


def _ended_before_the_store(project: Project) -> None:
    project.service.live["node1"] = time.time()
    project.intents().declare(frozenset(), 0.0)
    project.intents().note("node1")


@pytest.mark.parametrize("check_mode", [True, False])
def test_what_was_removed_is_known_by_its_kind(project: Project, service: Nodes, check_mode: bool) -> None:
    service.live = dict.fromkeys(("asked", "undone", "orphan"), 0.0)
    creation = project.creation(check_mode=check_mode)
    creation.remove("asked")
    creation.undo("undone")
    assert (creation.removed, creation.orphans_removed, list(creation.live)) == (["asked"], [], ["orphan"])
    assert len(service.live) == (3 if check_mode else 1)


def test_a_removal_whose_reply_was_lost_is_one(project: Project, service: Nodes) -> None:
    service.live["asked"] = 0.0
    creation = project.creation()
    # The first request has removed it, and what is sent again finds nothing.
    del service.live["asked"]
    creation.remove("asked")
    creation.remove("never there")
    assert creation.removed == ["asked"]


def test_what_is_removed_is_known_though_the_lock_was_lost_meanwhile(
    project: Project, service: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(IntentFile, "removal", losing_the_lock)
    service.live["asked"] = 0.0
    creation = project.creation()
    with pytest.raises(CoordinationError):
        creation.remove("asked")
    assert (creation.removed, list(creation.live)) == (["asked"], [])


def test_what_is_in_escrow_is_not_removed(project: Project, service: Nodes) -> None:
    _ended_before_the_store(project)
    project.escrow.deposit("main", "node1", {})
    project.creation().reconcile()
    assert service.deleted == []


def test_a_request_without_a_reply_removes_nothing(project: Project, service: Nodes) -> None:
    project.intents().declare(frozenset(), 0.0)
    project.creation().reconcile()
    assert service.deleted == []


def test_check_mode_removes_nothing_that_the_list_does_not_show_yet(project: Project, service: Nodes) -> None:
    _ended_before_the_store(project)
    creation = project.creation(check_mode=True)
    creation.live = {}
    creation.reconcile()
    assert (service.deleted, creation.orphans_removed) == ([], [])
    creation = project.creation()
    creation.live = {}
    creation.reconcile()
    assert (service.deleted, creation.orphans_removed) == (["node1"], ["node1"])


def test_a_request_is_open_up_to_its_deadline(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1_800_000_000.0]
    monkeypatch.setattr(time, "time", lambda: now[0])
    project.intents().declare(frozenset(), 0.0)
    now[0] += 90
    project.creation().reconcile()
    assert len(project.intents().own()) == 1
    now[0] += 1
    project.creation().reconcile()
    assert project.intents().own() == ()


@pytest.mark.parametrize("why", ["an intent", "a suspect", "a dismissal"])
def test_anything_left_makes_it_unfinished(project: Project, why: str) -> None:
    assert not project.creation().is_unfinished
    if why == "an intent":
        project.intents().declare(frozenset(), 0.0)
    elif why == "a suspect":
        project.intents().suspects.add({"node7"})
    assert project.creation(dismissed=["node7"] if why == "a dismissal" else []).is_unfinished


def test_the_names_of_an_account_are_asked_for_once(project: Project, service: Nodes) -> None:
    service.live = {"node1": time.time()}
    for name in ("me@example.com", "you@example.com"):
        project.intents(name).declare(frozenset(), 0.0)
    creation = project.creation()
    creation.reconcile()
    creation.report_suspects()
    assert creation.suspects == ["node1"]
    assert service.asked_for_names == 1


def test_a_suspect_is_named_with_what_removes_it(project: Project, service: Nodes) -> None:
    service.live = {"node1": time.time()}
    project.intents().suspects.add({"node1"})
    creation = project.creation()
    creation.report_suspects()
    (warning,) = creation.warnings
    assert "bloq_node -a 'kind=node node_id=node1 state=absent'" in warning
    assert "dismiss: [node1]" in warning


def test_what_a_process_has_looked_up_it_does_not_look_up_again(
    project: Project, service: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.live = {"node1": None, "node2": None}
    looked_up: list[str] = []
    monkeypatch.setattr(Receipts, "vault_file_of", lambda _receipts, resource_id: looked_up.append(resource_id))
    for held in ({"node1", "node2"}, {"node1"}, {"node1", "node2"}):
        looked_up.clear()
        project.held = held
        project.creation().report_suspects()
    assert looked_up == []


def test_a_run_tells_what_its_creation_tells(project: Project) -> None:
    nothing = Outcome()
    assert (nothing.drift, nothing.changed) == (False, False)
    creation = project.creation(dismissed=["node7"])
    creation.reconcile()
    outcome = Outcome(warnings=["its own"])
    outcome.conclude(creation, changed=False)
    assert (outcome.drift, outcome.changed, outcome.orphans_removed, outcome.suspects) == (False, False, [], [])
    assert [warning.partition(",")[0] for warning in outcome.warnings] == ["its own", "dismiss names node7"]


@pytest.mark.parametrize(
    ("changed", "removed", "adopted"),
    [(False, [], None), (True, [], None), (False, ["node1"], None), (False, [], "node1")],
)
def test_removing_and_adopting_are_changes(
    project: Project, changed: bool, removed: list[str], adopted: str | None
) -> None:
    creation = project.creation()
    creation.orphans_removed = removed
    outcome = Outcome(adopted=adopted)
    outcome.conclude(creation, changed=changed)
    assert outcome.changed is bool(changed or removed or adopted)
