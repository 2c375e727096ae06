# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One controller at a time changes an account, and what becomes of a task whose server cannot be used."""

from __future__ import annotations

import datetime
import platform
import time
import types
import typing as t
from pathlib import Path

import pytest
from ansible.parsing.vault import VaultSecret
from ansible_collections.bloq.cloud.plugins.module_utils._errors import CoordinationError, InputError
from ansible_collections.bloq.cloud.plugins.plugin_utils._creation.changes import LocalChanges
from ansible_collections.bloq.cloud.plugins.plugin_utils._fleet import tokens
from ansible_collections.bloq.cloud.plugins.plugin_utils._fleet.changes import account_on
from ansible_collections.bloq.cloud.plugins.plugin_utils._fleet.deeds import Deeds
from ansible_collections.bloq.cloud.plugins.plugin_utils._fleet.lease import Lease
from ansible_collections.bloq.cloud.plugins.plugin_utils._fleet.notes import FleetIntents
from ansible_collections.bloq.cloud.plugins.plugin_utils._fleet.report import FleetView
from ansible_collections.bloq.cloud.plugins.plugin_utils._fleet.server import Server
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault.secrets import Vault
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._fleet.clones import URL, Clone
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._fleet.real_server import Coordination, free_port
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._vault.vars_files import VAULT
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils.own_time import OwnTime


@pytest.fixture
def clone(tmp_path: Path, coordination: Coordination) -> Clone:
    return Clone(tmp_path / "clone", coordination.url)


@pytest.fixture
def alone(tmp_path: Path) -> Clone:
    """A clone whose server is not there."""
    return Clone(tmp_path / "alone", f"redis://127.0.0.1:{free_port()}")


def test_one_task_changes_an_account_and_the_next_learns_who(clone: Clone) -> None:
    with clone.changes(play="Rotate"):
        # One task of another account is not in the way.
        with clone.changes("other", coordination_scope="other"):
            pass
        locked = pytest.raises(CoordinationError, match=r"^This account on 127\.0\.0\.1:\d+ is locked by .*'Rotate'")
        with locked as told, clone.changes():
            pytest.fail("two at once")
        assert "Nothing was made or removed" not in str(told.value)
        with clone.changes(check_mode=True):
            pass
    with clone.changes():
        pass
    assert clone.warnings == []


def test_a_wait_is_as_long_as_the_task_says_and_told(clone: Clone, own_time: OwnTime) -> None:
    with (
        clone.changes(),
        pytest.raises(CoordinationError, match=r"lock_timeout, 10 s"),
        clone.changes(lock_timeout=10.0),
    ):
        pass
    assert own_time.passed == pytest.approx(10.0)
    (told,) = clone.told
    assert told.startswith("Waiting up to 10 s for this account on 127.0.0.1:")


def test_a_scope_is_one_account_s_as_long_as_that_has_anything_in_escrow(clone: Clone) -> None:
    with clone.changes("first"):
        pass
    with clone.changes("second"):
        pass
    clone.make("key1", login="second")
    refused = pytest.raises(InputError, match=f"coordination_scope 'team' is in use by another account of {URL}")
    for check_mode in (True, False):
        with refused, clone.changes("first", check_mode=check_mode):
            pass
    with clone.changes("second"), clone.changes("first", coordination_scope="another"):
        pass
    with clone.changes("first", has_file=False):
        pass


def test_check_mode_takes_no_scope(clone: Clone, coordination: Coordination) -> None:
    with clone.changes(check_mode=True):
        assert coordination.client.keys("bloq:*:lock") == []
    assert coordination.client.keys("bloq:*:scopes") == []
    with clone.changes():
        assert len(coordination.client.keys("bloq:*:lock")) == 1
    assert len(coordination.client.keys("bloq:*:scopes")) == 1


def test_what_the_server_does_not_keep_is_a_warning(clone: Clone, coordination: Coordination) -> None:
    coordination.client.config_set("maxmemory-policy", "allkeys-lru")
    with clone.changes():
        pass
    (warning,) = clone.warnings
    assert "may evict data" in warning


def test_the_scope_must_be_known_before_anything_is_asked(alone: Clone) -> None:
    with pytest.raises(InputError, match="coordination_scope is missing"), alone.changes(coordination_scope=None):
        pass


def test_without_the_server_nothing_is_changed_unless_the_task_says_so(alone: Clone) -> None:
    told = r"cannot be reached\. Nothing was asked of Bloq.*coordination_required"
    with pytest.raises(CoordinationError, match=told), alone.changes():
        pytest.fail("it went on")
    with alone.changes(coordination_required=False) as found:
        assert isinstance(found, LocalChanges)
    with alone.changes(check_mode=True) as found:
        assert isinstance(found, LocalChanges)
    first, second = alone.warnings
    assert "Since coordination_required is false, the task went on without it" in first
    assert "So this check mode knows nothing of what other controllers have made" in second


def test_the_service_is_asked_once_a_day_which_account_a_login_is(server: Server, coordination: Coordination) -> None:
    asked: list[str] = []

    def account() -> str:
        asked.append("me")
        return "id of me"

    found = account_on(server, URL, "me", account)
    assert account_on(server, URL, "me", account) == found and asked == ["me"]
    (key,) = coordination.client.keys("*")
    assert 86_000 < coordination.client.ttl(key) <= 86_400
    # By another name it is the same account, and at another service another one.
    assert account_on(server, URL, "me@example.com", account) == found and len(asked) == 2
    account_on(server, "https://elsewhere.example.com", "me", account)
    assert len(asked) == 3
    assert account_on(server, URL, "", account) == "everyone" and len(asked) == 3
    assert b"id of me" not in coordination.everything()


def test_the_proof_leaves_nothing_behind(server: Server, coordination: Coordination) -> None:
    server.prove()
    assert coordination.client.keys("*:lock") == []
    assert all(0 < coordination.client.pttl(key) <= 1000 for key in coordination.client.keys("*"))


def _view(clone: Clone, login: str = "me", vault: Vault = VAULT, **options: t.Any) -> FleetView:
    return FleetView({**clone.options, **options}, URL, login, lambda: f"account of {login}", vault)


def test_a_person_sees_who_holds_the_lock_and_what_is_in_escrow(clone: Clone) -> None:
    assert _view(clone).report("client_id") == {"lock": None, "escrow": []}
    clone.make("key1")
    clone.make("key2", name="live", coordination_scope="another")
    with clone.changes(play="Rotate"):
        report = _view(clone).report("client_id")
    lock, escrow = report["lock"], report["escrow"]
    assert (lock["host"], lock["play"]) == (platform.node(), "Rotate") and lock["process"] > 1
    now = datetime.datetime.now(datetime.timezone.utc)
    for since in (lock["since"], escrow[0]["since"]):
        assert abs(now - datetime.datetime.fromisoformat(since.replace("Z", "+00:00"))) < datetime.timedelta(minutes=1)
    assert [(entry["client_id"], entry["name"], entry["scope"]) for entry in escrow] == [
        ("key1", "ci", "team"),
        ("key2", "live", "another"),
    ]
    assert _view(clone, "other").report("client_id") == {"lock": None, "escrow": []}


def test_what_another_vault_encrypted_has_no_name(clone: Clone) -> None:
    clone.make("key1")
    (entry,) = _view(clone, vault=Vault([("default", VaultSecret(b"another"))])).report("node_id")["escrow"]
    assert (entry["node_id"], entry["name"], entry["scope"]) == ("key1", None, None)


def test_a_person_sees_the_notes_of_a_vault_file_that_has_a_scope(clone: Clone) -> None:
    clone.make("key1")
    with clone.intents() as intents:
        intents.suspects.add({"key2"})
    (clone.folder / "other").mkdir()
    elsewhere = str(clone.folder / "other" / "keys.yml")
    found = _view(clone).intents(elsewhere, URL, "me", "keys")
    assert isinstance(found, FleetIntents)
    assert found.suspects.all() == ["key2"]
    assert [kept.id for kept in found.escrow.escrowed("ci")] == ["key1"]
    assert _view(clone).intents(elsewhere, URL, "me", "others").escrow.escrowed("ci") == []
    plain = _view(clone, coordination_scope=None).intents(elsewhere, URL, "me", "keys")
    assert not isinstance(plain, FleetIntents)
    assert (plain.vault_path, plain.account, plain.suspects.all()) == (elsewhere, "me", [])


def test_deeds_are_told_with_what_the_next_run_does() -> None:
    deeds = Deeds()
    assert str(deeds) == "Nothing was made or removed."
    for name in ("c", "b", "a", "d"):
        deeds.made(name)
    for name in ("a", "b"):
        deeds.escrowed(name)
    deeds.stored("b", "/keys.yml")
    deeds.stored("d", "/keys.yml")
    deeds.stored("moved", "/keys.yml")
    deeds.removed("old")
    assert str(deeds) == (
        "a was made, is not stored in the vault file, and its record was put in escrow: the next run takes it over "
        "from there. "
        "b was made, is stored in /keys.yml, and its record was put in escrow: the next run goes on from there. "
        "c was made, is not stored in the vault file, and its record is not in escrow: the next run removes it. "
        "d was made, is stored in /keys.yml, and its record is not in escrow: do not lose that file, the next run "
        "goes on. "
        "old was removed."
    )
    for name in ("a", "b", "c", "d"):
        deeds.removed(name)
    assert str(deeds) == "old, a, b, c, d was removed."
    for name in ("z", "y", "z"):
        deeds.changed(name)
    assert str(deeds) == "y, z was changed. old, a, b, c, d was removed."
    # What was stored stays so, when a reply comes again.
    deeds.made("e")
    deeds.stored("e", "/keys.yml")
    deeds.made("e")
    assert "is stored in /keys.yml" in str(deeds)


def test_whose_clock_is_ahead_is_known_by_each_answer(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    shared = tokens.SharedTokens(server)
    assert shared.ahead == 0.0
    shared.read("0123.token")
    assert abs(shared.ahead) < 5
    now = time.time()
    monkeypatch.setattr(tokens, "time", types.SimpleNamespace(time=lambda: now + 3600))
    shared.read("0123.token")
    assert 3590 < shared.ahead < 3610


def test_a_long_wait_for_a_token_is_told_once_and_ends(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    Lease(server, ["bloq:{0123}:lease"], play="Rotate").take()
    now, told = [0.0], list[str]()
    clock = types.SimpleNamespace(monotonic=lambda: now[0], sleep=lambda _seconds: now.append(now.pop() + 2.5))
    monkeypatch.setattr(tokens, "time", clock)
    asked = pytest.raises(CoordinationError, match=r"A token was waited for too long: process .*'Rotate'.* asks for it")
    with asked, tokens.SharedTokens(server).locked("0123", timeout=10.0, notify=told.append):
        pass
    assert now == [10.0]
    (text,) = told
    assert text.startswith("Waiting up to 10 s for a token that process ")
