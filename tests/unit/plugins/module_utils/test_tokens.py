# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a token says is read, believed within reason, and never more than read."""

from __future__ import annotations

import base64
import contextlib
import json
import typing as t

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils import _tokens as tokens
from ansible_collections.bloq.cloud.plugins.module_utils._errors import InputError
from ansible_collections.bloq.cloud.plugins.module_utils._granted import Token
from hypothesis import given, settings
from hypothesis import strategies as st

NOW = 1_800_000_000.0
AUDIENCES = {
    tokens.ACCOUNT: ["accounts", "connect", "nodes"],
    tokens.CLIENT: ["connect", "nodes"],
    tokens.REFRESH: ["auth/token"],
}


def jwt(**claims: t.Any) -> str:
    """Return a token with these claims, signed by nobody."""

    def part(content: t.Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")

    return f"{part({'alg': 'RS256', 'typ': 'JWT'})}.{part(claims)}.c2lnbmF0dXJl"


def of_kind(kind: str, **claims: t.Any) -> str:
    return jwt(aud=AUDIENCES[kind], **claims)


def test_claims_are_read_without_a_key() -> None:
    assert tokens.read_claims(jwt(sub="someone", exp=1)) == {"sub": "someone", "exp": 1}


@pytest.mark.parametrize(
    "text",
    ["", "a", "a.b", "a.b.c", "Bearer " + jwt(sub="x"), jwt(sub="x") + "\n", jwt(sub="x" * 20000), "é.é.é", "..", "{}"],
)
def test_what_is_no_token_is_told_without_quoting_it(text: str) -> None:
    with pytest.raises(InputError) as told:
        tokens.read_claims(text)
    assert not text or text == "a" or text not in str(told.value)
    assert "JWT" in str(told.value)


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_text_gives_claims_or_an_error_of_ours(text: str) -> None:
    with contextlib.suppress(InputError):
        tokens.read_claims(text)


@pytest.mark.parametrize("content", ["[]", '"text"', "null", "NaN", "{", '{"exp": 1e999}', "[" * 5000])
def test_any_content_gives_claims_or_an_error_of_ours(content: str) -> None:
    body = base64.urlsafe_b64encode(content.encode()).decode().rstrip("=")
    header = jwt().split(".", maxsplit=1)[0]
    with contextlib.suppress(InputError):
        assert isinstance(tokens.read_claims(f"{header}.{body}.c2ln"), dict)


@pytest.mark.parametrize(
    ("audience", "kind"),
    [
        (["accounts", "connect", "nodes"], tokens.ACCOUNT),
        (["accounts", "manager"], tokens.ACCOUNT),
        ("accounts", tokens.ACCOUNT),
        (["connect"], tokens.CLIENT),
        ("nodes", tokens.CLIENT),
        (["auth/token"], tokens.REFRESH),
        (["something", "else"], None),
        ([["accounts"]], None),
        ({"accounts": True}, None),
        (7, None),
        (None, None),
    ],
)
def test_the_kind_is_what_the_audience_says(audience: t.Any, kind: str | None) -> None:
    assert tokens.kind_of({"aud": audience}) == kind
    assert tokens.kind_of({}) is None


@pytest.mark.parametrize(
    ("given_kind", "needed", "advice"),
    [
        (tokens.CLIENT, tokens.ACCOUNT, "bloq.cloud.bloq_login"),
        (tokens.REFRESH, tokens.ACCOUNT, "bloq.cloud.bloq_login"),
        (tokens.ACCOUNT, tokens.CLIENT, "bloq.cloud.bloq_token"),
        (tokens.REFRESH, tokens.CLIENT, "bloq.cloud.bloq_token"),
        (tokens.ACCOUNT, tokens.REFRESH, "return_refresh_token: true"),
        (tokens.CLIENT, tokens.REFRESH, "return_refresh_token: true"),
    ],
)
def test_another_kind_is_refused_with_what_to_use(given_kind: str, needed: str, advice: str) -> None:
    token = of_kind(given_kind)
    with pytest.raises(InputError) as told:
        tokens.expected(token, needed, "the_option")
    message = str(told.value)
    assert message.startswith("the_option") and given_kind in message and advice in message
    assert token not in message


def test_the_right_kind_and_an_unknown_one_pass() -> None:
    for kind in AUDIENCES:
        assert tokens.expected(of_kind(kind, sub="x"), kind, "option")["sub"] == "x"
        assert tokens.expected(jwt(sub="x"), kind, "option")["sub"] == "x"


@pytest.mark.parametrize(
    ("claims", "end"),
    [
        ({"exp": NOW + 50}, NOW + 50),
        ({"exp": NOW - 50}, NOW - 50),
        ({}, NOW + 3600),
        ({"iat": NOW - 600}, NOW + 3000),
        ({"iat": NOW + 600}, NOW + 3600),
        ({"exp": True}, NOW + 3600),
        ({"exp": "tomorrow"}, NOW + 3600),
        ({"exp": -1}, NOW + 3600),
        ({"exp": 10.0**300, "iat": "today"}, NOW + 3600),
        ({"exp": float("nan")}, NOW + 3600),
    ],
)
def test_the_end_is_what_the_token_says_or_the_documented_life(claims: dict[str, t.Any], end: float) -> None:
    assert tokens.end_of(claims, tokens.CLIENT, NOW) == end


def test_the_documented_lives() -> None:
    lives = {kind: tokens.end_of({}, kind, NOW) - NOW for kind in AUDIENCES}
    assert lives == {tokens.ACCOUNT: 43200, tokens.CLIENT: 3600, tokens.REFRESH: 31536000}


def test_a_grant_counts_by_the_service_s_clock_and_shows_nothing() -> None:
    grant = Token("the-token", tokens.CLIENT, NOW + 100, 3600, skew=40.0, refresh_token="the-refresh")
    assert grant.remaining(NOW) == 60
    assert "the-" not in repr(grant)
    result = tokens.token_result(grant, source="cache", now=NOW)
    assert result["expires_in"] == 60 and result["expires_at"] == "2027-01-15T08:01:40Z"
    assert result["headers"] == {"Authorization": "Bearer the-token"}
    assert tokens.token_result(grant, source="cache", now=NOW + 1000)["expires_in"] == 0


def test_a_token_described() -> None:
    assert tokens.describe_token(of_kind(tokens.CLIENT, exp=NOW + 100, sub="x"), NOW) == {
        "claims": {"aud": ["connect", "nodes"], "exp": NOW + 100, "sub": "x"},
        "kind": "client",
        "expires_at": "2027-01-15T08:01:40Z",
        "expires_in": 100,
    }
    assert tokens.describe_token(of_kind(tokens.ACCOUNT), NOW)["expires_in"] == 43200
    assert tokens.describe_token(of_kind(tokens.ACCOUNT, exp=NOW - 9), NOW)["expires_in"] == 0
    unknown = tokens.describe_token(jwt(sub="x"), NOW)
    assert (unknown["kind"], unknown["expires_at"], unknown["expires_in"]) == (None, None, None)
    assert tokens.describe_token(jwt(exp=NOW + 5), NOW)["expires_in"] == 5


@pytest.mark.parametrize(
    ("left", "min_ttl", "fresh"),
    [
        (301, 300, True),
        (300, 300, True),
        (299, 300, False),
        (1, 0, True),
        (0, 0, False),
        (-1, 0, False),
        (9, "5", True),
    ],
)
def test_freshness(left: float, min_ttl: t.Any, fresh: bool) -> None:
    assert tokens.is_reusable(of_kind(tokens.CLIENT, exp=NOW + left), min_ttl, NOW) is fresh


@pytest.mark.parametrize("text", ["", "no token", jwt(sub="no end, no kind")])
def test_what_is_no_token_is_not_fresh(text: str) -> None:
    assert tokens.is_reusable(text, 0, NOW) is False


@pytest.mark.parametrize("min_ttl", [-1, "soon", None, True, float("nan"), [3]])
def test_min_ttl_is_a_number_of_seconds(min_ttl: t.Any) -> None:
    with pytest.raises(InputError, match="min_ttl"):
        tokens.is_reusable(of_kind(tokens.CLIENT), min_ttl, NOW)
