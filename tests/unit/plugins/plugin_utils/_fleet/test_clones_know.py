# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one clone has made, or may have made, every other clone of the vault file knows, and no other vault file."""

from __future__ import annotations

import json
import time
import typing as t
from pathlib import Path

import pytest
from ansible.parsing.vault import VaultSecret
from ansible_collections.bloq.cloud.plugins.module_utils._errors import InputError
from ansible_collections.bloq.cloud.plugins.plugin_utils._creation.intent import LATE
from ansible_collections.bloq.cloud.plugins.plugin_utils._creation.receipts import KEPT
from ansible_collections.bloq.cloud.plugins.plugin_utils._fleet.lease import LEASE
from ansible_collections.bloq.cloud.plugins.plugin_utils._fleet.ledger import digest
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault.secrets import Vault
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._creation.interrupted import Killed
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._fleet.clones import LIMIT, Clone
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._fleet.real_server import Coordination


@pytest.fixture
def here(tmp_path: Path, coordination: Coordination) -> Clone:
    return Clone(tmp_path / "here", coordination.url)


@pytest.fixture
def there(tmp_path: Path, coordination: Coordination) -> Clone:
    return Clone(tmp_path / "there", coordination.url)


def _keys(coordination: Coordination, kind: str) -> list[bytes]:
    return t.cast("list[bytes]", coordination.client.keys(f"bloq:*:{kind}"))


def _hash(coordination: Coordination, kind: str) -> dict[str, t.Any]:
    found = {}
    for key in _keys(coordination, kind):
        found.update({field.decode(): json.loads(entry) for field, entry in coordination.client.hgetall(key).items()})
    return found


def _seconds_of_the_lock(coordination: Coordination) -> float:
    (lock,) = _keys(coordination, "lock")
    return float(coordination.client.pttl(lock)) / 1000


def test_a_record_is_in_escrow_for_the_other_clones(here: Clone, there: Clone, coordination: Coordination) -> None:
    before = time.time()
    here.make("key1")
    with there.intents() as intents:
        (kept,) = intents.escrow.escrowed("ci")
        assert (kept.id, kept.record) == ("key1", {"client_id": "key1", "client_secret": "the-secret"})
        assert before - 1 <= kept.at <= time.time() + 1
        assert intents.escrow.is_escrowed("key1") and not intents.escrow.is_escrowed("key2")
        assert intents.escrow.escrowed("live") == []
    with there.intents(coordination_scope="another") as intents:
        assert intents.escrow.escrowed("ci") == [] and not intents.escrow.is_escrowed("key1")
    assert b"the-secret" not in coordination.everything()


def test_the_latest_record_comes_first_whatever_the_clocks_say(
    here: Clone, there: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, seconds in enumerate((9000.0, 8000.0, 7000.0)):
        with monkeypatch.context() as patch:
            patch.setattr(time, "time", lambda now=1_800_000_000.0 + seconds: now)
            (here, there, here)[number].make(f"key{number}")
    with there.intents() as intents:
        assert [kept.id for kept in intents.escrow.escrowed("ci")] == ["key2", "key1", "key0"]


def test_a_record_of_another_vault_password_is_named(here: Clone, there: Clone, coordination: Coordination) -> None:
    here.make("key1")
    other = Vault([("default", VaultSecret(b"another pass phrase"))])
    with there.intents(vault=other) as intents, pytest.raises(InputError, match=r"escrow of 'ci' \(key1\)"):
        intents.escrow.escrowed("ci")
    (key,) = _keys(coordination, "escrow")
    for field in coordination.client.hkeys(key):
        coordination.client.hset(key, field, json.dumps({"id": "key1", "sealed": None}))
    with there.intents() as intents, pytest.raises(InputError, match=r"escrow of 'ci' \(key1\)"):
        intents.escrow.escrowed("ci")


def test_what_is_removed_is_in_escrow_no_more(here: Clone, there: Clone, coordination: Coordination) -> None:
    here.make("key1")
    here.make("key2", name="live")
    with there.intents() as intents:
        with intents.removal("key1"):
            # The lock outlives the request.
            assert LEASE < _seconds_of_the_lock(coordination) <= LIMIT + LATE
            assert intents.escrow.is_escrowed("key1")
        assert _seconds_of_the_lock(coordination) <= LEASE
        assert intents.escrow.escrowed("ci") == [] and intents.escrow.is_escrowed("key2")
    assert [entry["id"] for entry in _hash(coordination, "escrow").values()] == ["key2"]


def test_a_task_without_a_vault_file_removes_from_escrow_too(here: Clone, coordination: Coordination) -> None:
    here.make("key1")
    with here.changes(has_file=False, coordination_scope=None) as changes, changes.removal("key1"):
        assert _seconds_of_the_lock(coordination) > LEASE
    assert _hash(coordination, "escrow") == {}


def test_the_lock_outlives_a_change_with_and_without_a_vault_file(here: Clone, coordination: Coordination) -> None:
    with here.intents() as intents:
        with intents.change("cluster1"):
            assert LEASE < _seconds_of_the_lock(coordination) <= LIMIT + LATE
        assert _seconds_of_the_lock(coordination) <= LEASE
    with here.changes(has_file=False, coordination_scope=None) as changes:
        with changes.change("cluster1"):
            assert LEASE < _seconds_of_the_lock(coordination) <= LIMIT + LATE
        assert _seconds_of_the_lock(coordination) <= LEASE


def test_a_request_that_nobody_heard_of_again_is_known_there(
    here: Clone, there: Clone, coordination: Coordination
) -> None:
    with pytest.raises(Killed), here.intents() as intents:
        intents.declare({"old"}, 2.0)
        assert LEASE < _seconds_of_the_lock(coordination) <= LIMIT + LATE
        raise Killed
    with there.intents() as intents:
        (journal,) = intents.journals()
        (intent,) = intents.own()
        assert (journal.account, journal.intents) == ("me", (intent,))
        assert (set(intent.known), intent.skew, intent.created) == ({"old"}, 2.0, None)
        # What it has made is not known; that it is over is, there and here.
        intents.keep(journal, lambda _intent: False)
        assert intents.own() == ()
    assert _hash(coordination, "intents") == {}
    with here.intents() as intents:
        # Its own note of it is still there.
        assert len(intents.own()) == 1


def test_the_id_in_a_reply_is_known_there(here: Clone, there: Clone) -> None:
    with pytest.raises(Killed), here.intents() as intents:
        intents.declare(set(), 0.0)
        intents.declare({"key1"}, 0.0)
        assert intents.note("key2")
        raise Killed
    with there.intents() as intents:
        assert [intent.created for intent in intents.own()] == [None, "key2"]
    with here.intents() as intents:
        assert [intent.created for intent in intents.own()] == [None, "key2"]
        assert len(intents.journals()) == 1


def test_what_the_server_alone_knows_comes_before_what_is_here(here: Clone, there: Clone) -> None:
    for clone in (there, here):
        with pytest.raises(Killed), clone.intents() as intents:
            intents.declare({clone.path}, 0.0)
            raise Killed
    with here.intents() as intents:
        assert [set(intent.known) for intent in intents.own()] == [{there.path}, {here.path}]


def test_after_a_request_the_lock_is_as_short_as_before(here: Clone, coordination: Coordination) -> None:
    with here.intents() as intents:
        intents.declare(set(), 0.0)
        intents.note("key1")
        assert _seconds_of_the_lock(coordination) <= LEASE
        intents.declare(set(), 0.0)
        intents.withdraw()
        assert _seconds_of_the_lock(coordination) <= LEASE
        assert _hash(coordination, "intents") != {}
        intents.withdraw()
    assert _hash(coordination, "intents") == {}
    assert _keys(coordination, "lock") == []


def test_notes_of_another_name_beside_the_file_are_not_said_to_be_ours(here: Clone, coordination: Coordination) -> None:
    with pytest.raises(Killed), here.intents("first") as intents:
        intents.declare({"a"}, 0.0)
        intents.declare({"b"}, 0.0)
        raise Killed
    before = _hash(coordination, "intents")
    with here.intents("second") as intents:
        (theirs,) = intents.journals()
        assert (theirs.account, len(theirs.intents)) == ("first", 2)
        intents.keep(theirs, lambda intent: intent.known == {"b"})
        assert intents.own() == ()
        assert [set(intent.known) for journal in intents.journals() for intent in journal.intents] == [{"b"}]
    assert _hash(coordination, "intents") == before


def test_an_entry_that_nobody_can_read_suspects_nobody(here: Clone, there: Clone, coordination: Coordination) -> None:
    with pytest.raises(Killed), here.intents() as intents:
        intents.declare(set(), 0.0)
        raise Killed
    (key,) = _keys(coordination, "intents")
    (field,) = coordination.client.hkeys(key)
    for odd in ("5", '"text"', '[{"known": []}]', "[7]", "{"):
        coordination.client.hset(key, field, odd)
        with there.intents() as intents:
            assert intents.own() == () and intents.journals() == []


def test_suspects_are_suspects_everywhere_until_they_are_dismissed(
    here: Clone, there: Clone, coordination: Coordination
) -> None:
    with here.intents() as intents:
        intents.suspects.add({"key2", "key1"})
        assert intents.suspects.all() == ["key1", "key2"]
    assert list(_hash(coordination, "suspects").values()) == [["key1", "key2"]]
    with there.intents() as intents:
        assert intents.suspects.all() == ["key1", "key2"]
        intents.suspects.keep(["key1", "key2"], lambda each: each == "key2")
        assert intents.suspects.all() == ["key2"]
    with there.intents(coordination_scope="another") as intents:
        assert intents.suspects.all() == ["key2"]  # its note beside the file
    with here.intents() as intents:
        # Its own note still names both.
        intents.suspects.keep([], lambda _each: False)
        assert intents.suspects.all() == []
    assert _hash(coordination, "suspects") == {}


def test_suspects_that_nobody_can_read_are_none(here: Clone, there: Clone, coordination: Coordination) -> None:
    with here.intents() as intents:
        intents.suspects.add({"key1"})
    (key,) = _keys(coordination, "suspects")
    (field,) = coordination.client.hkeys(key)
    for odd in ("5", '"text"', '{"a": 1}', "{"):
        coordination.client.hset(key, field, odd)
        with there.intents() as intents:
            assert intents.suspects.all() == []


def test_receipts_say_which_vault_file_got_a_key(here: Clone, there: Clone) -> None:
    with here.intents() as intents:
        intents.receipts.add("key1", here.path)
        intents.receipts.add("key2", here.path)
        assert intents.receipts.vault_file_of("key1") == here.path
    with there.intents() as intents:
        # The same file, as it is called there.
        assert intents.receipts.vault_file_of("key1") == intents.receipts.vault_file_of("key2") == there.path
        assert intents.receipts.vault_file_of("key3") is None
        assert intents.receipts.received_by(there.path, ["key1", "key3"]) == {"key1"}
    with there.intents(coordination_scope="another") as intents:
        assert intents.receipts.vault_file_of("key1") == f"scope {digest('team')}"
        intents.receipts.remove("key1")
        assert intents.receipts.vault_file_of("key1") is None
    with here.intents() as intents:
        # Of this machine's own receipt nobody there knows.
        assert intents.receipts.vault_file_of("key1") == here.path
        assert intents.receipts.vault_file_of("key2") == here.path


def test_what_is_in_escrow_belongs_to_no_vault_file_yet(here: Clone) -> None:
    here.make("key1")
    with here.intents() as intents:
        assert intents.receipts.vault_file_of("key1") == "escrow"


def test_old_receipts_are_removed_and_younger_ones_are_not(here: Clone, coordination: Coordination) -> None:
    with here.intents() as intents:
        intents.receipts.add("young", here.path)
    (key,) = _keys(coordination, "receipts")
    scope = digest("team")
    for name, at in (("old", time.time() - KEPT - 60), ("almost", time.time() - KEPT + 3600), ("odd", "then")):
        coordination.client.hset(key, name, json.dumps({"scope": scope, "at": at}))
    coordination.client.hset(key, "text", '"text"')
    with here.intents() as intents:
        intents.receipts.add("new", here.path)
        assert intents.receipts.vault_file_of("old") is None
    receipts = _hash(coordination, "receipts")
    assert sorted(receipts) == ["almost", "new", "young"]
    assert receipts["new"]["scope"] == scope and abs(receipts["new"]["at"] - time.time()) < 60
