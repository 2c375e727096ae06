# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A token of an account comes from a login, from whoever got one before, or from Bloq's CLI."""

from __future__ import annotations

import base64
import hashlib
import json
import pathlib
import time
import types
import typing as t

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._errors import InputError
from ansible_collections.bloq.cloud.plugins.module_utils._granted import Token
from ansible_collections.bloq.cloud.plugins.module_utils._tokens import ACCOUNT, CLIENT
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens import source as tokens
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.cache import CacheKey, TokenCache
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.credentials import AccountCredential, ClientCredential
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.source import (
    AUTO,
    CLIENT_CREDENTIALS,
    REFRESH_TOKEN,
    TokenSource,
)
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._keys.test_refresh_token import refresh_token

URL = "https://accounts.bloq.cloud"
LOGIN = AccountCredential(login=("Me@Example.com", "the-password"))


def jwt(audience: str, left: float = 600.0) -> str:
    """Return a token for a service, with this many seconds left."""
    claims = {"aud": audience, "exp": time.time() + left}
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in ({}, claims)]
    return ".".join([*parts, "c2ln"])


class World:
    """Accounts, a cache, and what is said."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.cache = TokenCache(str(folder / "cache"))
        self.requests: list[tuple[str, ...]] = []
        self.warnings: list[str] = []
        self.offered: str | None = None

    def _granted(self, kind: str, *request: str) -> Token:
        self.requests.append(request)
        return Token(f"token {len(self.requests)}", kind, time.time() + 3600, 3600.0, refresh_token=self.offered)

    def service(self, url: str) -> t.Any:
        return types.SimpleNamespace(
            log_in=lambda *login: self._granted(ACCOUNT, url, "log in", *login),
            exchange=lambda *pair: self._granted(CLIENT, url, "exchange", *pair),
            refresh=lambda token: self._granted(CLIENT, url, "refresh", token),
        )

    def source(self, *, force: bool = False, cached: bool = True) -> TokenSource:
        cache = self.cache if cached else None
        return TokenSource(self.service, cache, min_ttl=300.0, force=force, allow_http=False, warn=self.warnings.append)


@pytest.fixture
def world(tmp_path: pathlib.Path) -> World:
    """An empty cache."""
    return World(tmp_path)


def test_a_login_is_sent_once_and_again_when_another_token_is_wanted(world: World) -> None:
    first = world.source().account(f"{URL}/", LOGIN)
    assert (first.token.access_token, first.token.kind, first.source) == ("token 1", ACCOUNT, "minted")
    again = world.source().account(URL, LOGIN)
    assert (again.token, again.source) == (first.token, "cache")
    assert world.source().account(URL, LOGIN, force=True).token.access_token == "token 2"
    assert world.source(force=True).account(URL, LOGIN).token.access_token == "token 3"
    assert world.source(cached=False).account(URL, LOGIN).source == "minted"
    assert world.requests == [(URL, "log in", "Me@Example.com", "the-password")] * 4


def test_a_password_leaves_this_machine_by_http_only_where_it_may(world: World) -> None:
    plain = "http://accounts.example.com"
    with pytest.raises(InputError, match="allow_http"):
        world.source().account(plain, LOGIN)
    settings: dict[str, t.Any] = {"min_ttl": 0.0, "force": False, "allow_http": True, "warn": world.warnings.append}
    TokenSource(world.service, None, **settings).account(plain, LOGIN)
    assert [request[0] for request in world.requests] == [plain]


def test_each_login_has_a_token_of_its_own(world: World) -> None:
    logins = [("me", "one"), ("me", "two"), ("you", "one")]
    for login in (*logins, *logins):
        world.source().account(URL, AccountCredential(login=login))
    assert [request[2:] for request in world.requests] == logins


def test_a_password_is_kept_from_guessing(world: World) -> None:
    """What is in the cache for it is found by who derives slowly, as for nothing that a machine made."""
    world.source().account(URL, LOGIN)
    assert (
        world.cache.get_or_mint(
            tokens.login_key(URL, "Me@Example.com"),
            "the-password",
            strong=False,
            min_ttl=300.0,
            mint=lambda: pytest.fail("a second login"),
        )[0].access_token
        == "token 1"
    )


def test_a_token_that_somebody_else_got_is_taken_as_it_is(world: World) -> None:
    token = jwt("accounts")
    found = world.source().account(URL, AccountCredential(access_token=token))
    assert (found.token.access_token, found.token.kind, found.source) == (token, ACCOUNT, "option")
    assert found.token.remaining(time.time()) == pytest.approx(600, abs=30)
    assert found.token.lifetime == pytest.approx(600, abs=30)


@pytest.mark.parametrize(
    ("audience", "left", "told"),
    [
        ("accounts", -1.0, "access_token has expired"),
        ("connect", 600.0, "access_token is a token of the kind client"),
    ],
)
def test_a_token_that_cannot_serve_is_told(world: World, audience: str, left: float, told: str) -> None:
    with pytest.raises(InputError, match=told):
        world.source().account(URL, AccountCredential(access_token=jwt(audience, left)))


def test_a_token_ends_when_it_says(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 1_800_000_000.0)
    with pytest.raises(InputError, match="has expired"):
        world.source().account(URL, AccountCredential(access_token=jwt("accounts", 0)))


@pytest.mark.parametrize("left", [600.0, -600.0])
def test_the_session_of_the_cli(
    world: World, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, left: float
) -> None:
    path = tmp_path / "@bloq" / "cloud-cli-nodejs" / "config.json"
    path.parent.mkdir(parents=True)
    token = jwt("accounts", left)
    path.write_text(json.dumps({"accessToken": token}))
    path.chmod(0o644)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    if left < 0:
        with pytest.raises(InputError, match="The session of Bloq's CLI has expired"):
            world.source().account(URL, AccountCredential(cli_session=True))
    else:
        found = world.source().account(URL, AccountCredential(cli_session=True))
        assert (found.token.access_token, found.source) == (token, "cli")
    assert len(world.warnings) == 1


def test_an_account_is_told_apart_without_a_request(world: World) -> None:
    assert world.source().account_name(URL, LOGIN) == "me@example.com"
    token = jwt("accounts")
    digest = hashlib.sha256(token.encode()).hexdigest()[:32]
    assert world.source().account_name(URL, AccountCredential(access_token=token)) == f"token {digest}"
    assert world.requests == []


def test_nodes_takes_both_kinds(world: World) -> None:
    key = ClientCredential(URL, "id", "the-secret")
    assert world.source().nodes(URL, key, AUTO).token.access_token == "token 1"
    assert world.source().nodes(URL, key, AUTO, force=True).token.access_token == "token 2"
    assert world.source().nodes(URL, LOGIN, AUTO).token.access_token == "token 3"
    assert world.source().nodes(URL, LOGIN, AUTO, force=True).token.access_token == "token 4"
    for audience, kind in (("connect", CLIENT), ("accounts", ACCOUNT)):
        found = world.source().nodes(URL, AccountCredential(access_token=jwt(audience)), AUTO)
        assert (found.token.kind, found.source) == (kind, "option")
    with pytest.raises(InputError, match="access_token has expired"):
        world.source().nodes(URL, AccountCredential(access_token=jwt("connect", -1)), AUTO)


def test_a_client_key_is_exchanged_at_its_own_service(world: World) -> None:
    world.source().client(ClientCredential("https://a.example.com/", "id", "the-secret"), CLIENT_CREDENTIALS)
    assert world.requests == [("https://a.example.com", "exchange", "id", "the-secret")]


@pytest.mark.parametrize(("offered", "kept"), [("a newer one", "a newer one"), (None, None)])
@pytest.mark.parametrize("client_id", ["id", None])
def test_a_refresh_token_alone_is_enough(
    world: World, client_id: str | None, offered: str | None, kept: str | None
) -> None:
    world.offered = offered
    given = refresh_token("good")
    credential = ClientCredential(URL, client_id, refresh_token=given)
    first = world.source().client(credential, AUTO)
    assert first.token.refresh_token == (kept or given)
    assert world.source().client(credential, REFRESH_TOKEN).source == "cache"
    assert world.source().client(credential, REFRESH_TOKEN, force=True).source == "minted"
    assert world.requests == [(URL, "refresh", given)] * 2


def test_a_refresh_token_of_another_key_is_no_hit(world: World) -> None:
    given = refresh_token("good")
    for client_id in ("one", "two", None):
        assert world.source().client(ClientCredential(URL, client_id, refresh_token=given), AUTO).source == "minted"


def test_what_is_no_refresh_token_is_not_sent(world: World) -> None:
    with pytest.raises(InputError, match="refresh_token is a token of the kind client"):
        world.source().client(ClientCredential(URL, "id", refresh_token=jwt("connect")), AUTO)
    assert world.requests == []


def test_a_refresh_token_that_has_ended_leaves_the_key(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 1_800_000_000.0)
    for left in (0.0, -1.0):
        credential = ClientCredential(URL, f"id {left}", "the-secret", refresh_token("old", left))
        world.source().client(credential, AUTO)
    assert [request[1] for request in world.requests] == ["exchange", "exchange"]


@pytest.mark.parametrize(
    ("credential", "grant", "needed"),
    [
        (ClientCredential(URL, "id", "the-secret"), REFRESH_TOKEN, "grant refresh_token needs a refresh_token"),
        (
            ClientCredential(URL, "id", refresh_token="r"),
            CLIENT_CREDENTIALS,
            "grant client_credentials needs client_id with client_secret",
        ),
        (ClientCredential(URL, "id"), AUTO, "grant auto needs client_id with client_secret"),
    ],
)
def test_a_grant_without_what_it_needs_is_told(
    world: World, credential: ClientCredential, grant: str, needed: str
) -> None:
    with pytest.raises(InputError, match=needed):
        world.source().client(credential, grant)


def test_what_the_cache_has_for_a_key_is_known() -> None:
    both = ClientCredential(URL, "id", "the-secret", "the-refresh-token")
    pair = (CacheKey(URL, "id", "client_credentials"), "the-secret")
    assert tokens.client_keys(URL, both) == [pair, (CacheKey(URL, "id", "refresh_token"), "the-refresh-token")]
    assert tokens.client_keys(URL, ClientCredential(URL, "id", "the-secret")) == [pair]
    alone = ClientCredential(URL, None, None, "the-refresh-token")
    assert tokens.client_keys(URL, alone) == [(CacheKey(URL, "", "refresh_token"), "the-refresh-token")]
    assert tokens.client_keys(URL, ClientCredential(URL, "id")) == []
    assert tokens.client_keys(URL, ClientCredential(URL, None, "the-secret")) == []
    assert tokens.login_key(URL, "me") == CacheKey(URL, "me", "password")


def test_whoever_counts_tokens_is_told_of_each(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    monkeypatch.setattr(tokens, "observe", seen.append)
    world.source().account(URL, LOGIN)
    world.source().account(URL, LOGIN)
    world.source().account(URL, AccountCredential(access_token=jwt("accounts")))
    assert seen == ["minted", "cache"]
