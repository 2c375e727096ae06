# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server that is lost, or that has lost the lock, after something was made: what is said is what is true."""

from __future__ import annotations

import contextlib
import pathlib
import typing as t
from collections.abc import Callable

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._errors import CoordinationError, to_dict
from ansible_collections.bloq.cloud.plugins.plugin_utils._fleet.changes import FleetChanges, Task, changes
from ansible_collections.bloq.cloud.plugins.plugin_utils._fleet.notes import FleetIntents
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._fleet.real_server import (
    Coordination,
    serve_coordination,
)
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._vault.vars_files import VAULT

_URL = "https://accounts.example.com"


class World(t.NamedTuple):
    """A task that changes an account, and the warnings that it gives."""

    task: Task
    warnings: list[str]

    def changed(self) -> _Changed:
        """Change the account in this block."""
        return _Changed(self.task)


class _Changed(contextlib.AbstractContextManager[FleetIntents]):
    def __init__(self, task: Task) -> None:
        self._task = task
        self._changes = changes(task, "me", lambda: "me")

    def __enter__(self) -> FleetIntents:
        found = self._changes.__enter__()
        assert isinstance(found, FleetChanges)
        return found.intents(str(self._task.vault_path), _URL, "me")

    def __exit__(self, *error: t.Any) -> bool | None:
        return self._changes.__exit__(*error)


@pytest.fixture
def own_server(tmp_path: pathlib.Path) -> t.Iterator[Coordination]:
    """A server that a test may kill."""
    with serve_coordination(tmp_path / "data") as found:
        yield found


@pytest.fixture
def world(own_server: Coordination, tmp_path: pathlib.Path) -> World:
    warnings: list[str] = []
    options = {
        "coordination_url": own_server.url,
        "coordination_scope": "team",
        "coordination_required": True,
        "lock_timeout": 5,
        "ca_path": None,
        "validate_certs": True,
    }
    path = str(tmp_path / "keys.yml")
    task = Task(options, _URL, path, "keys", VAULT, 5.0, False, "", warnings.append, warnings.append)
    return World(task, warnings)


def _kill(server: Coordination) -> None:
    server.process.kill()
    server.process.wait(timeout=30)


def _empty(server: Coordination) -> None:
    server.client.flushall()


def _make(intents: FleetIntents) -> None:
    intents.declare(set(), 0.0)
    intents.escrow.deposit("ci", "key1", {"client_id": "key1"})
    intents.note("key1")


def test_before_the_request_leaves_it_must_know_of_it(world: World, own_server: Coordination) -> None:
    with (
        pytest.raises(CoordinationError, match=r"cannot be reached\. Nothing was made or removed\.") as lost,
        world.changed() as intents,
    ):
        _kill(own_server)
        intents.declare(set(), 0.0)
    assert to_dict(lost.value)["kind"] == "coordination"
    assert intents.own() == ()


@pytest.mark.parametrize(
    ("when", "words"),
    [("sent", "its record is not in escrow: do not lose that file"), ("answered", "its record was put in escrow")],
)
def test_once_it_has_left_the_run_goes_on_with_a_warning(
    world: World, own_server: Coordination, when: str, words: str
) -> None:
    with world.changed() as intents:
        if when == "sent":
            intents.declare(set(), 0.0)
            _kill(own_server)
            intents.escrow.deposit("ci", "key1", {"client_id": "key1"})
            intents.note("key1")
        else:
            _make(intents)
            _kill(own_server)
        intents.receipts.add("key1", intents.vault_path)
        intents.withdraw()
        intents.suspects.keep((), lambda each: False)
    (warning,) = world.warnings
    assert "cannot be reached. key1 was made, is stored in" in warning and words in warning


@pytest.mark.parametrize(("lose", "words"), [(_kill, "cannot be reached"), (_empty, "was lost")])
def test_what_needs_the_lock_fails_and_says_what_was_done(
    world: World, own_server: Coordination, lose: Callable[[Coordination], None], words: str
) -> None:
    reached = []
    with pytest.raises(CoordinationError, match=words) as lost, world.changed() as intents:
        _make(intents)
        intents.receipts.add("key1", intents.vault_path)
        lose(own_server)
        with intents.removal("old1"):
            reached.append("old1")
    assert reached == []
    assert f"key1 was made, is stored in {intents.vault_path}, and its record was put in escrow" in str(lost.value)


@pytest.mark.parametrize(("block", "word"), [("removal", "removed"), ("change", "changed")])
def test_what_was_done_when_the_lock_was_lost_is_said(
    world: World, own_server: Coordination, block: str, word: str
) -> None:
    with (
        pytest.raises(CoordinationError, match=rf"was lost.* old1 was {word}\."),
        world.changed() as intents,
        getattr(intents, block)("old1"),
    ):
        _empty(own_server)


@pytest.mark.parametrize(("lose", "words"), [(_kill, "cannot be reached"), (_empty, "was lost")])
def test_what_cannot_be_locked_is_not_changed(
    world: World, own_server: Coordination, lose: Callable[[Coordination], None], words: str
) -> None:
    with (
        pytest.raises(CoordinationError, match=f"{words}.* Nothing was made or removed"),
        world.changed() as intents,
    ):
        lose(own_server)
        with intents.change("cluster1"):
            pytest.fail("it was changed")


def test_a_lock_that_is_lost_is_an_error_even_when_all_is_stored(world: World, own_server: Coordination) -> None:
    with pytest.raises(CoordinationError, match=r"was lost.* key1 was made, is stored"), world.changed() as intents:
        _make(intents)
        _empty(own_server)
        intents.receipts.add("key1", intents.vault_path)
        intents.withdraw()
