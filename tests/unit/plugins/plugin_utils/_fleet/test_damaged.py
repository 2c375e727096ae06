# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random bytes where our own are kept, on a real server: what is damaged is said, or made anew."""

from __future__ import annotations

import contextlib
import re
import typing as t
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._errors import CoordinationError
from ansible_collections.bloq.cloud.plugins.plugin_utils._fleet.changes import account_on
from ansible_collections.bloq.cloud.plugins.plugin_utils._fleet.lease import Lease
from ansible_collections.bloq.cloud.plugins.plugin_utils._fleet.ledger import ESCROW, Ledger
from ansible_collections.bloq.cloud.plugins.plugin_utils._fleet.report import FleetView
from ansible_collections.bloq.cloud.plugins.plugin_utils._fleet.server import Server
from ansible_collections.bloq.cloud.plugins.plugin_utils._fleet.tokens import SharedTokens
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._fleet.clones import Clone
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._fleet.real_server import Coordination
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._vault.vars_files import VAULT

_URL = "https://accounts.example.com"
_RANDOM = b"\xff\xfe\x80\xc3\x28\x00"


def _with_everything(server: Server) -> Ledger:
    """Return the entries of an account of which the server has something of each kind."""
    ledger = Ledger(server, _URL, account_on(server, _URL, "me", lambda: "the account"))
    with ledger.locked(timeout=1.0, notify=str):
        ledger.claim("team", keep=True)
    for name in ("intents", "suspects", "receipts", ESCROW):
        ledger.add(name, "a field", {})
    return ledger


def _view(clone: Clone) -> FleetView:
    return FleetView(clone.options, _URL, "me", lambda: "account of me", VAULT)


def _put(client: t.Any, key: bytes) -> None:
    client.delete(key)
    client.set(key, _RANDOM)


@pytest.mark.parametrize("name", ["intents", "suspects", "receipts", ESCROW, "scopes", "fence", "lock"])
def test_another_type_is_said_with_its_key(server: Server, coordination: Coordination, name: str) -> None:
    ledger, client = _with_everything(server), coordination.client
    for key in client.keys(f"bloq:*:{name}") or [client.keys("bloq:*:fence")[0].replace(b"fence", b"lock")]:
        _put(client, key)
    with (
        pytest.raises(CoordinationError, match=rf"something else under a key of ours \(.*bloq:\S*:{name}.*damaged"),
        ledger.locked(timeout=1.0, notify=str),
    ):
        ledger.claim("team", keep=True)
        ledger.look()


def test_a_lock_is_given_back_by_whom_another_type_stops(server: Server, coordination: Coordination) -> None:
    ledger = _with_everything(server)
    _put(coordination.client, coordination.client.keys("bloq:*:receipts")[0])
    with pytest.raises(CoordinationError), ledger.locked(timeout=1.0, notify=str):
        ledger.look()
    assert coordination.client.keys("bloq:*:lock") == []


def test_only_the_key_of_several_that_is_damaged_is_named(server: Server, coordination: Coordination) -> None:
    ledger = _with_everything(server)
    (key,) = coordination.client.keys("bloq:*:receipts")
    _put(coordination.client, key)
    with pytest.raises(CoordinationError, match=re.escape(f"({key.decode()})")):
        ledger.look()


@pytest.mark.parametrize(
    ("key", "use"),
    [
        ("bloq:{0123}:token", lambda server: SharedTokens(server).read("0123.token")),
        ("bloq:{0123}:lock", lambda server: Lease(server, ["bloq:{0123}:lock"]).hold()),
    ],
)
def test_another_type_in_the_place_of_a_token_or_lock_is_said(
    server: Server, coordination: Coordination, key: str, use: Callable[[Server], object]
) -> None:
    coordination.client.rpush(key, _RANDOM)
    with pytest.raises(CoordinationError, match=re.escape(f"something else under a key of ours ({key})")):
        use(server)


def test_a_lock_that_never_ends_is_damaged(server: Server, coordination: Coordination) -> None:
    key = "bloq:{0123}:lock"
    coordination.client.hset(key, _RANDOM, _RANDOM)
    with pytest.raises(CoordinationError, match=re.escape(f"something else under a key of ours ({key})")):
        Lease(server, [key]).wait("This account", timeout=5.0, notify=str)
    # One that somebody holds ends, whatever stands in it.
    coordination.client.pexpire(key, 60_000)
    with pytest.raises(CoordinationError, match="is locked by process 0 on another machine"):
        Lease(server, [key]).wait("This account", timeout=0.0, notify=str)


def test_who_holds_a_damaged_lock_is_not_known(server: Server, coordination: Coordination) -> None:
    ledger = _with_everything(server)
    with ledger.locked(timeout=1.0, notify=str):
        (key,) = coordination.client.keys("bloq:*:lock")
        coordination.client.hset(key, _RANDOM, _RANDOM)
        coordination.client.hset(key, "holder", _RANDOM)
        holder = ledger.holder()
    assert holder is not None and holder.host == "another machine"


@pytest.mark.parametrize("damage", [_RANDOM, b"", b"5", b"0" * 33])
def test_which_account_a_login_is_is_asked_again(server: Server, coordination: Coordination, damage: bytes) -> None:
    known = account_on(server, _URL, "me", lambda: "the account")
    (key,) = coordination.client.keys("bloq:*")
    coordination.client.set(key, damage)
    assert account_on(server, _URL, "me", lambda: "the account") == known
    assert coordination.client.get(key).decode() == known


@pytest.mark.parametrize("damage", [_RANDOM, b"somebody"])
def test_whose_a_scope_is_is_noted_again(server: Server, coordination: Coordination, damage: bytes) -> None:
    ledger, client = _with_everything(server), coordination.client
    (key,) = client.keys("bloq:*:scopes")
    before = client.hgetall(key)
    client.hset(key, mapping=dict.fromkeys(before, damage))
    # What is named there is no account, whatever it has in escrow.
    client.hset(b"bloq:{%s}:escrow" % damage, next(iter(before)), b"{}")
    ledger.claim("team", keep=False)
    assert client.hgetall(key) != before
    ledger.claim("team", keep=True)
    assert client.hgetall(key) == before


@pytest.mark.parametrize("damage", [_RANDOM, b"[" * 100_000, b'[{"known": 5}]', b'{"known": 5}', b"null"])
def test_notes_that_cannot_be_read_are_warned_of_with_their_key(
    coordination: Coordination, tmp_path: Path, damage: bytes
) -> None:
    clone, client = Clone(tmp_path / "clone", coordination.url), coordination.client
    with pytest.raises(KeyError), clone.intents() as intents:
        intents.declare(set(), 0.0)
        raise KeyError
    assert clone.warnings == []
    (key,) = client.keys("bloq:*:intents")
    client.hset(key, mapping=dict.fromkeys(client.hkeys(key), damage))
    # What fails may have failed for want of them.
    for failure in (None, KeyError):
        with contextlib.suppress(KeyError), clone.intents() as intents:
            assert len(intents.journals()) == 1
            if failure is not None:
                raise failure
        warning = clone.warnings.pop()
        assert f"something that cannot be read in {key.decode()}. It was passed over" in warning
    assert clone.warnings == []
    view = _view(clone)
    assert len(view.intents(clone.path, _URL, "me", "keys").journals()) == 1
    assert view.concern == warning


@pytest.mark.parametrize("name", ["intents", "suspects", ESCROW])
def test_whoever_looks_is_told_too(coordination: Coordination, tmp_path: Path, name: str) -> None:
    clone, client = Clone(tmp_path / "clone", coordination.url), coordination.client
    clone.make("key1")
    report = _view(clone).report("client_id")
    key = client.keys("bloq:*:receipts")[0].replace(b"receipts", name.encode())
    for damage in (_RANDOM, b'"text"', b"0"):
        client.hset(key, _RANDOM, damage)
        view = _view(clone)
        assert view.concern is None and view.report("client_id") == report
        assert f" has something that cannot be read in {key.decode()}. It was passed over" in (view.concern or "")


def test_what_others_have_put_beside_it_costs_nothing_but_a_warning(coordination: Coordination, tmp_path: Path) -> None:
    clone, client = Clone(tmp_path / "clone", coordination.url), coordination.client
    clone.make("key1")
    for name in ("receipts", ESCROW):
        client.hset(client.keys(f"bloq:*:{name}")[0], _RANDOM, _RANDOM)
    with clone.intents() as intents:
        assert intents.receipts.vault_file_of("key1") == "escrow"
    (warning,) = clone.warnings
    assert re.search(r" in bloq:\S+:escrow and bloq:\S+:receipts\.", warning)
