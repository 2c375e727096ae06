# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plugins without an action get their tokens as the options say, through the cache of the controller."""

from __future__ import annotations

import pathlib
import time
import typing as t

import pytest
from ansible.utils.display import Display
from ansible_collections.bloq.cloud.plugins.module_utils import _accounts, _http
from ansible_collections.bloq.cloud.plugins.module_utils._argspec import LOOKUP
from ansible_collections.bloq.cloud.plugins.module_utils._connection import UNVERIFIED, Connection
from ansible_collections.bloq.cloud.plugins.module_utils._errors import InputError
from ansible_collections.bloq.cloud.plugins.module_utils._granted import Token
from ansible_collections.bloq.cloud.plugins.module_utils._tokens import CLIENT
from ansible_collections.bloq.cloud.plugins.plugin_utils._fleet.tokens import SharedTokens
from ansible_collections.bloq.cloud.plugins.plugin_utils._options.resolve import Options, resolve
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens import controller
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.controller import controller_tokens
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.credentials import ClientCredential
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.source import AUTO

KEY = ClientCredential("https://accounts.example.com", "id", "the-secret")


class Machine:
    """A controller, whose requests and whose messages are kept."""

    def __init__(self, folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.connections: list[Connection] = []
        self.warnings: list[str] = []
        self.shown: list[tuple[str, bool]] = []
        self.folder = folder
        self.lifetime = 3600.0
        monkeypatch.setattr(_http, "local_transport", self.connections.append)
        monkeypatch.setattr(_accounts, "Accounts", lambda _transport: self)
        monkeypatch.setattr(Display, "warning", lambda _display, text: self.warnings.append(text))
        monkeypatch.setattr(Display, "display", lambda _display, text, stderr=False: self.shown.append((text, stderr)))

    def exchange(self, _client_id: str, _client_secret: str) -> Token:
        end = time.time() + self.lifetime
        return Token(f"token {len(self.connections)}", CLIENT, end, self.lifetime)

    def options(self, **task: t.Any) -> Options:
        return resolve(LOOKUP, {"cache_path": str(self.folder), **task}, lambda _name: None, {})

    def token(self, *, min_ttl: float = 0.0, force: bool = False, **task: t.Any) -> tuple[str, str]:
        source = controller_tokens(self.options(**task), "bloq.cloud.bloq_token", min_ttl=min_ttl, force=force)
        found = source.client(KEY, AUTO)
        return found.token.access_token, found.source


@pytest.fixture
def machine(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A controller on which nothing is kept."""
    return Machine(tmp_path / "cache", monkeypatch)


def test_the_service_of_the_credential_is_asked_as_the_options_say(machine: Machine) -> None:
    assert machine.token(accounts_url="https://elsewhere.example.com", timeout=7) == ("token 1", "minted")
    (connection,) = machine.connections
    assert (connection.url, connection.timeout) == ("https://accounts.example.com", 7)
    assert machine.warnings == []


def test_a_kept_token_is_taken_unless_it_is_due_or_not_wanted(machine: Machine) -> None:
    machine.token()
    assert machine.token() == ("token 1", "cache")
    assert machine.token(min_ttl=3500) == ("token 1", "cache")
    assert machine.token(force=True) == ("token 2", "minted")
    machine.lifetime = 7200.0
    assert machine.token(min_ttl=3595) == ("token 2", "cache")
    assert machine.token(min_ttl=3599.5) == ("token 2", "cache")
    assert machine.token(force=True, cache=False) == ("token 3", "minted")
    assert machine.token(cache=False) == ("token 4", "minted")
    assert machine.token() == ("token 2", "cache")


def test_a_service_that_need_not_prove_itself_is_warned_of(machine: Machine) -> None:
    machine.token(validate_certs=False)
    assert machine.warnings == [UNVERIFIED]


def test_a_token_that_has_ended_is_warned_of(machine: Machine) -> None:
    machine.lifetime = -60.0
    machine.token()
    (warning,) = machine.warnings
    assert "Check the clocks" in warning


def test_http_leaves_this_machine_only_where_it_may(machine: Machine) -> None:
    plain = ClientCredential("http://accounts.example.com", "id", "the-secret")
    with pytest.raises(InputError, match="allow_http"):
        controller_tokens(machine.options(), "bloq.cloud.bloq_token").client(plain, AUTO)
    controller_tokens(machine.options(allow_http=True), "bloq.cloud.bloq_token").client(plain, AUTO)
    assert [connection.url for connection in machine.connections] == ["http://accounts.example.com"]


def test_where_no_folder_can_be_used_that_is_told_and_the_service_asked(machine: Machine) -> None:
    machine.folder.write_text("a file")
    machine.folder = machine.folder / "below"
    assert machine.token() == ("token 1", "minted")
    assert any("cannot be written" in warning for warning in machine.warnings)


def test_the_cache_waits_as_the_options_say(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[tuple[t.Any, ...]] = []
    monkeypatch.setattr(controller, "TokenCache", lambda *place, **settings: made.append((*place, settings)))
    monkeypatch.setattr(controller, "default_cache_path", lambda: "/the/usual/folder")
    controller_tokens(machine.options(timeout=7, retries=1, max_retry_wait=5), "bloq.cloud.bloq_token")
    ((folder, warn, settings),) = made
    assert folder == str(machine.folder)
    assert (settings["patience"], settings["request_limit"](), settings["beyond"]) == (5, 19, None)
    settings["notify"]("waiting")
    assert machine.shown == [("bloq.cloud.bloq_token: waiting", True)]
    warn("a warning")
    assert machine.warnings == ["a warning"]
    controller_tokens(machine.options(cache_path=""), "bloq.cloud.bloq_token")
    assert made[-1][0] == "/the/usual/folder"


def test_a_coordination_server_is_asked_before_the_service(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[dict[str, t.Any]] = []
    monkeypatch.setattr(controller, "TokenCache", lambda *_place, **settings: made.append(settings))
    controller_tokens(machine.options(coordination_url="redis://127.0.0.1:1"), "bloq.cloud.bloq_token")
    assert isinstance(made[0]["beyond"](), SharedTokens)
