# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which grant a token is got with, when a new one is asked for, and what the user is told about a token's times."""

from __future__ import annotations

import os
import pathlib
import time
import types
import typing as t

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._errors import BloqError, InputError, RefusedError, StatusError
from ansible_collections.bloq.cloud.plugins.module_utils._granted import Token
from ansible_collections.bloq.cloud.plugins.module_utils._tokens import CLIENT
from ansible_collections.bloq.cloud.plugins.plugin_utils._sessions import BearerSession
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.cache import TokenCache
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.cache_folder import CacheFolder
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.credentials import ClientCredential
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.source import (
    AUTO,
    CLIENT_CREDENTIALS,
    REFRESH_TOKEN,
    TokenSource,
    client_keys,
)
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._keys.test_refresh_token import refresh_token

URL = "https://accounts.example.com"
KEY = ClientCredential(URL, "id", "the-secret")


def source(ends_in: float, warnings: list[str], **settings: t.Any) -> TokenSource:
    grant = Token("the-token", CLIENT, time.time() + ends_in, max(0.0, ends_in))
    service: t.Any = types.SimpleNamespace(exchange=lambda *key_pair: grant)
    options = {"min_ttl": 300.0, "force": False, "allow_http": False, **settings}
    return TokenSource(lambda url: service, None, warn=warnings.append, **options)


def test_a_token_that_has_ended_when_it_comes_is_handed_out_with_a_warning() -> None:
    warnings: list[str] = []
    assert source(-3600.0, warnings).client(KEY, CLIENT_CREDENTIALS).token.access_token == "the-token"
    assert len(warnings) == 1 and "Check the clocks" in warnings[0] and URL in warnings[0]


def test_a_token_that_ends_as_it_comes_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 1_800_000_000.0)
    warnings: list[str] = []
    source(0.0, warnings).client(KEY, CLIENT_CREDENTIALS)
    assert len(warnings) == 1


def test_a_token_with_some_life_is_nothing_to_warn_of() -> None:
    warnings: list[str] = []
    source(60.0, warnings).client(KEY, CLIENT_CREDENTIALS)
    assert warnings == []


@pytest.mark.parametrize("min_ttl", [-1.0, float("nan")])
def test_a_time_that_cannot_be_left_is_told(min_ttl: float) -> None:
    with pytest.raises(InputError, match="min_ttl must be a number of seconds"):
        source(60.0, [], min_ttl=min_ttl)


class Service:
    """Accounts that grants both ways, and says which way it was asked."""

    def __init__(self, refusal: BloqError | None = None) -> None:
        self.asked: list[str] = []
        self.refusal = refusal

    def exchange(self, client_id: str, client_secret: str) -> Token:
        self.asked.append("exchange")
        return Token(f"token {len(self.asked)}", CLIENT, time.time() + 3600, 3600.0)

    def refresh(self, refresh: str) -> Token:
        self.asked.append("refresh")
        if self.refusal is not None:
            raise self.refusal
        return Token(f"token {len(self.asked)}", CLIENT, time.time() + 3600, 3600.0)

    def source(self, cache: TokenCache | None = None) -> TokenSource:
        service: t.Any = self
        return TokenSource(lambda url: service, cache, min_ttl=0, force=False, allow_http=False, warn=lambda text: None)


BOTH = ClientCredential(URL, "id", "the-secret", refresh_token("good"))


@pytest.mark.parametrize(
    ("grant", "asked"), [(AUTO, "refresh"), (REFRESH_TOKEN, "refresh"), (CLIENT_CREDENTIALS, "exchange")]
)
def test_the_grant_says_what_a_token_is_got_with(grant: str, asked: str) -> None:
    service = Service()
    service.source().client(BOTH, grant)
    assert service.asked == [asked]


@pytest.mark.parametrize(
    ("token", "asked"),
    [
        (refresh_token("ended", -1.0), "exchange"),
        (refresh_token("good", 86400.0), "refresh"),
        # One that does not say when it ends has the year that is documented.
        (refresh_token("silent", exp=None), "refresh"),
        (refresh_token("silent", exp=None, iat=None), "refresh"),
        (refresh_token("silent", exp=None, iat=time.time() - 366 * 86400), "exchange"),
    ],
)
def test_a_refresh_token_that_has_ended_is_not_sent(token: str, asked: str) -> None:
    service = Service()
    found = service.source().client(ClientCredential(URL, "id", "the-secret", token), AUTO)
    assert service.asked == [asked]
    assert found.token.refresh_token == (token if asked == "refresh" else None)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_service_is_not_asked_in_another_way(status: int) -> None:
    service = Service(StatusError("busy", status=status))
    with pytest.raises(StatusError):
        service.source().client(BOTH, AUTO)
    assert service.asked == ["refresh"]


def test_a_refused_refresh_token_leaves_the_key() -> None:
    service = Service(RefusedError("revoked", status=401))
    assert service.source().client(BOTH, AUTO).token.access_token == "token 2"
    assert service.asked == ["refresh", "exchange"]


def test_a_cached_token_that_is_refused_is_replaced_by_a_new_one(tmp_path: pathlib.Path) -> None:
    service = Service()
    source = service.source(TokenCache(str(tmp_path / "cache")))
    old = source.client(KEY, CLIENT_CREDENTIALS).token.access_token
    seen: list[str] = []

    def ask(token: str) -> str:
        seen.append(token)
        if token == old:
            raise RefusedError("expired", status=401)
        return "the answer"

    session = BearerSession(None, lambda force: source.client(KEY, CLIENT_CREDENTIALS, force=force))
    assert session.ask(ask) == "the answer"
    assert seen == [old, "token 2"]
    assert session.ask(ask) == "the answer"
    assert len(service.asked) == 2


@pytest.mark.parametrize("grant", [REFRESH_TOKEN, CLIENT_CREDENTIALS])
def test_what_controllers_share_of_a_credential_can_be_removed(grant: str, tmp_path: pathlib.Path) -> None:
    cache = TokenCache(str(tmp_path / "cache"), beyond=lambda: CacheFolder(str(tmp_path / "beyond")))
    Service().source(cache).client(BOTH, grant)
    assert sum(cache.clear_beyond(key, secret, strong=True) for key, secret in client_keys(URL, BOTH)) == 1


def test_a_hit_opens_no_file_that_it_does_not_close(tmp_path: pathlib.Path) -> None:
    service = Service()
    source = service.source(TokenCache(str(tmp_path / "cache")))
    source.client(KEY, CLIENT_CREDENTIALS)
    before = len(os.listdir("/dev/fd"))
    for _number in range(10):
        source.client(KEY, CLIENT_CREDENTIALS)
    assert len(os.listdir("/dev/fd")) == before
    assert service.asked == ["exchange"]
