# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an interrupted run leaves: removed when its id was noted, else alive and named until it is known whose it is."""

from __future__ import annotations

import time
from collections.abc import Set

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._accounts import KeyListing, ListedKey
from ansible_collections.bloq.cloud.plugins.module_utils._errors import (
    InputError,
    ReplyError,
    StatusError,
    UnreachableError,
)
from ansible_collections.bloq.cloud.plugins.module_utils._times import iso
from ansible_collections.bloq.cloud.plugins.plugin_utils._creation import doubts, intent
from ansible_collections.bloq.cloud.plugins.plugin_utils._creation.changes import LocalView
from ansible_collections.bloq.cloud.plugins.plugin_utils._keys.plan import Wanted
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault.file import VaultFile
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._creation.interrupted import Killed
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._keys.key_world import (
    URL,
    VAULT,
    Clock,
    Controller,
    Service,
    killed,
    killed_before_the_store,
)

ABSENT = Wanted(present=False)


def test_what_a_reply_has_named_is_removed_whatever_else_was_made(controller: Controller, service: Service) -> None:
    killed_before_the_store(controller)
    service.keys["theirs"] = iso(time.time())
    outcome = controller.run()
    assert outcome.orphans_removed == ["key1"]
    assert outcome.suspects == []
    assert set(service.keys) == {"theirs", "key2"}
    assert controller.left_behind == []


def test_what_a_reply_has_named_is_removed_even_where_the_list_lags_behind(
    controller: Controller, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed_before_the_store(controller)
    with monkeypatch.context() as patch:
        patch.setattr(service, "list_keys", lambda _token: KeyListing((), 0.0))
        assert controller.run().orphans_removed == ["key1"]
    assert set(service.keys) == {"key2"}


def test_without_a_reply_nothing_is_proof(controller: Controller, service: Service) -> None:
    """Neither that it is new, nor that it is the only one, nor its time."""
    killed(controller)
    outcome = controller.run()
    assert outcome.orphans_removed == []
    assert outcome.suspects == ["key1"]
    assert set(service.keys) == {"key1", "key2"}
    (warning,) = outcome.warnings
    assert "nothing proves which" in warning
    assert "bloq_client_key -a 'client_id=key1 state=absent'" in warning


def test_a_key_of_somebody_else_outlives_a_request_that_nobody_carried_out(
    controller: Controller, service: Service
) -> None:
    service.before = [Killed()]
    with pytest.raises(Killed):
        controller.run()
    service.keys["theirs"] = iso(time.time())
    outcome = controller.run()
    assert outcome.suspects == ["theirs"]
    assert "theirs" in service.keys


@pytest.mark.parametrize(
    "error",
    [
        StatusError("bad gateway", status=502),
        StatusError("unavailable", status=503),
        UnreachableError("reset", maybe_received=True),
        UnreachableError("slow", maybe_received=True, timed_out=True),
    ],
    ids=["502", "503", "reset", "time-out"],
)
def test_a_colleagues_key_made_during_our_request_is_left_alone(
    controller: Controller, service: Service, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    # Put there while the request is on its way, and the request itself comes to nothing.
    list_keys = service.list_keys
    service.before = [error]

    def with_theirs(token: str) -> KeyListing:
        if service.posts:
            service.keys["theirs"] = iso(time.time())
        return list_keys(token)

    monkeypatch.setattr(service, "list_keys", with_theirs)
    outcome = controller.run()
    assert set(service.keys) == {"theirs", "key1"}
    assert outcome.orphans_removed == []
    assert outcome.suspects == ["theirs"]


def test_suspects_are_named_by_each_run_until_they_are_gone(
    controller: Controller, service: Service, clock: Clock
) -> None:
    killed(controller)
    assert controller.run(check_mode=True).suspects == ["key1"]
    assert controller.run().suspects == ["key1"]
    clock.past_every_deadline()
    for _number in range(2):
        outcome = controller.run()
        assert (outcome.suspects, outcome.changed) == (["key1"], False)
    del service.keys["key1"]
    assert controller.run().suspects == []
    assert controller.left_behind == []


def test_suspects_are_named_until_they_are_in_the_vault_file(
    controller: Controller, service: Service, clock: Clock
) -> None:
    killed(controller)
    clock.past_every_deadline()
    assert controller.run().suspects == ["key1"]
    with (controller.folder / "keys.yml").open("a") as stream:
        stream.write("known_keys: [key1]\n")
    assert controller.run().suspects == []
    assert controller.left_behind == []


def test_suspects_are_named_until_they_are_dismissed(controller: Controller, service: Service, clock: Clock) -> None:
    killed(controller)
    assert controller.run(dismissed=["key1"], check_mode=True).suspects == []
    assert controller.run().suspects == ["key1"]
    assert controller.run(dismissed=["key1"]).suspects == []
    assert controller.run().suspects == []
    clock.past_every_deadline()
    assert controller.run().suspects == []
    assert "key1" in service.keys
    assert controller.left_behind == []


def test_a_dismissal_of_nothing_is_noticed(controller: Controller) -> None:
    controller.run()
    (warning,) = controller.run(dismissed=["key7"]).warnings
    assert "the account has no such client key" in warning


def test_a_dismissal_of_the_beginning_of_an_id_is_refused(controller: Controller) -> None:
    killed(controller)
    with pytest.raises(InputError, match=r"not the whole id of a client key.*: key1\."):
        controller.run(dismissed=["key..."])


@pytest.mark.parametrize("by", ["me", "me@example.com"])
def test_who_only_looks_sees_the_same_suspects(controller: Controller, service: Service, by: str) -> None:
    def seen(login: str, listing: KeyListing) -> Set[str]:
        file = VaultFile.read(str(controller.folder / "keys.yml"), VAULT)
        intents = LocalView().intents(file.path, URL, login, "bloq_client_keys")
        found = doubts.doubtful(intents, listing, holds=file.mentions, names=controller.session.names)
        return set(found.suspects)

    killed(controller, login=by)
    assert seen("me", service.list_keys("a token")) == {"key1"}
    theirs = KeyListing((ListedKey("theirs", iso(time.time())),), 0.0)
    assert seen("me", theirs) == {"theirs"}
    (controller.folder / controller.left_behind[0]).unlink()
    killed(controller, login="somebody.else@example.com")
    assert seen("me", theirs) == set()
    (controller.folder / controller.left_behind[0]).unlink()
    controller.run()
    (controller.folder / "keys.yml").write_text("---\n")
    assert seen("me", service.list_keys("a token")) == {"key3"}


def test_the_word_that_the_account_is_ours_alone_removes_suspects(controller: Controller, service: Service) -> None:
    killed(controller)
    assert controller.run(check_mode=True, remove_suspects=True).orphans_removed == ["key1"]
    outcome = controller.run(remove_suspects=True)
    assert (outcome.orphans_removed, outcome.suspects) == (["key1"], [])
    assert set(service.keys) == {"key2"}


def test_that_word_holds_for_a_reply_lost_in_this_very_run(controller: Controller, service: Service) -> None:
    service.after = [UnreachableError("reset", maybe_received=True)]
    outcome = controller.run(remove_suspects=True)
    assert (outcome.orphans_removed, outcome.suspects) == (["key1"], [])
    assert set(service.keys) == {"key2"}


def test_that_word_does_not_mean_what_was_made_at_another_time(
    controller: Controller, service: Service, clock: Clock
) -> None:
    killed(controller)
    clock.forward(3600)
    service.keys["theirs"] = iso(time.time())
    assert controller.run(remove_suspects=True).orphans_removed == ["key1"]
    assert "theirs" in service.keys


@pytest.mark.parametrize("skew", [-100 * 86400.0, 100 * 86400.0])
def test_one_wrong_date_header_hides_no_suspect(controller: Controller, service: Service, skew: float) -> None:
    service.skew = skew
    killed(controller)
    service.skew = 0.0
    assert controller.run().suspects == ["key1"]


@pytest.mark.parametrize("skew", [-100 * 86400.0, 100 * 86400.0])
def test_a_clock_of_the_service_that_is_off_hides_no_suspect(
    controller: Controller, service: Service, skew: float
) -> None:
    service.skew = skew
    killed(controller)
    service.keys["key1"] = iso(time.time() + skew)
    assert controller.run().suspects == ["key1"]


def test_a_request_that_is_carried_out_late_is_noticed(controller: Controller, service: Service, clock: Clock) -> None:
    service.before = [Killed()]
    with pytest.raises(Killed):
        controller.run()
    assert controller.run().suspects == []
    service.keys["late"] = iso(time.time())
    assert controller.run().suspects == ["late"]
    clock.past_every_deadline()
    assert controller.run().suspects == ["late"]
    service.keys["theirs"] = iso(time.time() + 600)
    assert controller.run().suspects == ["late"]


def test_an_intent_without_an_orphan_goes_at_its_deadline(controller: Controller, clock: Clock) -> None:
    controller.service.before = [Killed()]
    with pytest.raises(Killed):
        controller.run()
    controller.run()
    assert [name.endswith(".bloq-intent") for name in controller.left_behind] == [True]
    clock.past_every_deadline()
    assert not controller.run().changed
    assert controller.left_behind == []


def test_an_unproven_key_of_another_name_of_the_account_is_named(controller: Controller) -> None:
    killed(controller, login="me@example.com")
    assert controller.run(login="me").suspects == ["key1"]


def test_the_intent_of_another_account_is_left_to_it(controller: Controller, service: Service) -> None:
    service.keys["theirs"] = iso(time.time())
    killed(controller, login="somebody.else@example.com")
    service.keys = {"ours": iso(time.time())}
    outcome = controller.run()
    assert (outcome.orphans_removed, outcome.suspects) == ([], [])
    assert "ours" in service.keys
    assert len(controller.left_behind) == 1
    assert "is not known" in outcome.warnings[0]


def test_a_key_that_both_knew_proves_that_it_is_one_account(controller: Controller, service: Service) -> None:
    service.keys["before"] = iso(time.time() - 100)
    killed(controller, login="token 0123")
    assert controller.run().suspects == ["key1"]


def test_what_another_project_on_this_machine_has_received_is_not_suspected(
    controller: Controller, service: Service, tmp_path_factory: pytest.TempPathFactory
) -> None:
    service.before = [Killed()]
    with pytest.raises(Killed):
        controller.run()
    theirs = Controller(tmp_path_factory.mktemp("theirs"), service)
    theirs.run()
    outcome = controller.run(remove_suspects=True)
    assert (outcome.orphans_removed, outcome.suspects) == ([], [])
    assert theirs.record.client_id in service.keys


def test_without_receipts_it_is_suspected_and_lives(
    controller: Controller, service: Service, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intent, "default_folder", lambda: "/proc/none")
    service.before = [Killed()]
    with pytest.raises(Killed):
        controller.run()
    theirs = Controller(tmp_path_factory.mktemp("theirs"), service)
    theirs.run()
    assert controller.run().suspects == [theirs.record.client_id]
    assert theirs.record.client_id in service.keys


def test_a_record_that_an_editor_took_out_again_is_noticed(controller: Controller, service: Service) -> None:
    path = controller.folder / "keys.yml"
    path.write_text("---\nother: 1\n")
    before = path.read_text()
    controller.run()
    path.write_text(before)
    outcome = controller.run()
    assert outcome.suspects == ["key1"]
    assert "an editor that was open meanwhile" in outcome.warnings[0]
    assert set(service.keys) == {"key1", "key2"}
    assert controller.run(remove_suspects=True).suspects == ["key1"]
    assert controller.run(dismissed=["key1"]).suspects == []
    assert controller.run().warnings == []


def test_a_record_that_moved_to_another_file_is_not_missed_in_the_first(
    controller: Controller, service: Service, tmp_path_factory: pytest.TempPathFactory
) -> None:
    controller.run()
    other = Controller(tmp_path_factory.mktemp("other"), service)
    (controller.folder / "keys.yml").replace(other.folder / "keys.yml")
    assert not other.run().changed
    assert controller.run(name="nightly").suspects == []


def test_what_was_removed_on_purpose_is_not_missed(controller: Controller) -> None:
    controller.run()
    assert controller.run(Wanted(rotate="always", overlap=0), check_mode=True).suspects == []
    controller.run(Wanted(rotate="always", overlap=0))
    assert controller.run(ABSENT, check_mode=True).suspects == []
    controller.run(ABSENT)
    outcome = controller.run()
    assert (outcome.suspects, outcome.warnings) == ([], [])


def test_a_listing_that_fails_too_leaves_the_intent(
    controller: Controller, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.after = [StatusError("the creation", status=500)]
    listings = iter([KeyListing((), 0.0)])

    def once(_token: str) -> KeyListing:
        try:
            return next(listings)
        except StopIteration:
            raise StatusError("the listing", status=500) from None

    with monkeypatch.context() as patch, pytest.raises(StatusError, match="the creation"):
        patch.setattr(service, "list_keys", once)
        controller.run()
    assert service.posts == 1
    assert controller.run().suspects == ["key1"]


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_request_that_came_to_nothing_is_sent_once_more_after_a_look(
    controller: Controller, service: Service, status: int
) -> None:
    service.before = [StatusError("broken", status=status)]
    assert controller.run().suspects == []
    assert (service.posts, service.lists) == (2, 2)


@pytest.mark.parametrize("timed_out", [True, False], ids=["time-out", "504"])
def test_nothing_more_is_sent_while_the_first_request_may_still_be_carried_out(
    controller: Controller, service: Service, timed_out: bool
) -> None:
    error = UnreachableError("slow", maybe_received=True, timed_out=True) if timed_out else StatusError("", status=504)
    service.before = [error]
    with pytest.raises(type(error)):
        controller.run()
    assert service.posts == 1


def test_two_lost_replies_in_a_row_are_both_named(controller: Controller, service: Service) -> None:
    service.after = [StatusError("broken", status=500), StatusError("broken", status=500)]
    with pytest.raises(StatusError, match="may have created the client key key1, key2: remove it"):
        controller.run()
    assert controller.run().suspects == ["key1", "key2"]
    assert set(service.keys) == {"key1", "key2", "key3"}


def test_a_key_that_is_listed_and_said_not_to_be_there_is_not_called_removed(
    controller: Controller, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    controller.run()
    monkeypatch.setattr(service, "delete_key", lambda _token, _client_id: False)
    with pytest.raises(ReplyError, match="lists the client key key1, and says that it is not there"):
        controller.run(ABSENT)
    assert controller.record.client_id == "key1"


def test_a_key_that_somebody_else_removed_first_is_removed(
    controller: Controller, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    controller.run()

    def removed_before(_token: str, client_id: str) -> bool:
        del service.keys[client_id]
        return False

    monkeypatch.setattr(service, "delete_key", removed_before)
    assert controller.run(ABSENT).changed
    assert controller.run().changed
