# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the user is told about a token's times."""

from __future__ import annotations

import time
import types
import typing as t

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._errors import InputError
from ansible_collections.bloq.cloud.plugins.module_utils._tokens import CLIENT, Grant
from ansible_collections.bloq.cloud.plugins.plugin_utils._credentials import ClientCredential
from ansible_collections.bloq.cloud.plugins.plugin_utils._token_source import CLIENT_CREDENTIALS, TokenSource

URL = "https://accounts.example.com"
KEY = ClientCredential(URL, "id", "the-secret")


def source(ends_in: float, warnings: list[str], **settings: t.Any) -> TokenSource:
    grant = Grant("the-token", CLIENT, time.time() + ends_in, max(0.0, ends_in))
    service: t.Any = types.SimpleNamespace(exchange=lambda *key_pair: grant)
    options = {"min_ttl": 300.0, "force": False, "allow_http": False, **settings}
    return TokenSource(lambda url: service, None, warn=warnings.append, **options)


def test_a_token_that_has_ended_when_it_comes_is_handed_out_with_a_warning() -> None:
    warnings: list[str] = []
    assert source(-3600.0, warnings).client(KEY, CLIENT_CREDENTIALS).grant.access_token == "the-token"
    assert len(warnings) == 1 and "Check the clocks" in warnings[0] and URL in warnings[0]


def test_a_token_with_some_life_is_nothing_to_warn_of() -> None:
    warnings: list[str] = []
    source(60.0, warnings).client(KEY, CLIENT_CREDENTIALS)
    assert warnings == []


@pytest.mark.parametrize("min_ttl", [-1.0, float("nan")])
def test_a_time_that_cannot_be_left_is_told(min_ttl: float) -> None:
    with pytest.raises(InputError, match="min_ttl must be a number of seconds"):
        source(60.0, [], min_ttl=min_ttl)
