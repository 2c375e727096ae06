# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A token goes to the service it belongs to, whatever a URL looks like."""

from __future__ import annotations

import typing as t
import urllib.parse

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._argspec import REQUEST
from ansible_collections.bloq.cloud.plugins.module_utils._errors import InputError
from ansible_collections.bloq.cloud.plugins.plugin_utils._options.resolve import resolve
from ansible_collections.bloq.cloud.plugins.plugin_utils._requests.target import Target, target_of
from hypothesis import given
from hypothesis import strategies as st


def _target(**options: t.Any) -> Target:
    return target_of(resolve(REQUEST, options, lambda _name: None, {}))


def _url(target: Target) -> str:
    return f"{target.shown}{'?' if target.query else ''}{target.query}"


@pytest.mark.parametrize(
    ("options", "url", "service"),
    [
        ({"service": "accounts", "path": "/users/me"}, "https://accounts.bloq.cloud/users/me", "accounts"),
        ({"service": "connect", "chain": "bch", "path": "/x"}, "https://bch.connect.bloq.cloud/x", "connect"),
        (
            {"service": "connect", "chain": "btc", "connect_url": "http://127.0.0.1:4006/api/v1", "path": "/sync"},
            "http://127.0.0.1:4006/api/v1/sync",
            "connect",
        ),
        ({"service": "nodes", "path": "/a b?c=d e", "query": {"f": [1, True]}}, None, "nodes"),
        ({"url": "https://NODES.bloq.cloud:443/x/"}, "https://NODES.bloq.cloud:443/x/", "nodes"),
        ({"url": "https://ltc.connect.bloq.cloud/x?y=1"}, "https://ltc.connect.bloq.cloud/x?y=1", "connect"),
        ({"url": "https://connect.bloq.cloud/x"}, "https://connect.bloq.cloud/x", None),
        ({"url": "https://a.b.connect.bloq.cloud/x"}, "https://a.b.connect.bloq.cloud/x", None),
        ({"url": "https://btc.connect.bloq.cloud.example.com"}, "https://btc.connect.bloq.cloud.example.com/", None),
        ({"url": "https://nodes.bloq.cloud:8443/x"}, "https://nodes.bloq.cloud:8443/x", None),
    ],
)
def test_where_a_call_goes(options: dict[str, t.Any], url: str | None, service: str | None) -> None:
    target = _target(**options)
    assert _url(target) == (url or "https://nodes.bloq.cloud/a%20b?c=d%20e&f=1&f=true")
    assert target.service == service


def test_of_two_services_at_one_host_the_path_says_which() -> None:
    urls = {f"{name}_url": f"https://api.example.com/{name}" for name in ("accounts", "nodes")}
    assert _target(**urls, url="https://api.example.com/nodes/x").service == "nodes"
    assert _target(**urls, url="https://api.example.com/accounts/x").service == "accounts"


@given(path=st.text().map(lambda text: f"/{text}"), chain=st.text(min_size=1))
def test_no_path_and_no_chain_leads_elsewhere(path: str, chain: str) -> None:
    try:
        target = _target(service="connect", path=path, chain=chain)
    except InputError:
        return
    host = urllib.parse.urlsplit(_url(target)).hostname or ""
    assert host == f"{chain}.connect.bloq.cloud"
    assert _url(target).isascii()
    assert " " not in _url(target)


@given(url=st.text())
def test_no_text_for_a_url_is_a_fault(url: str) -> None:
    try:
        target = _target(url=f"https://{url}")
    except InputError:
        return
    parts = urllib.parse.urlsplit(_url(target))
    is_bloq = (parts.hostname or "").endswith(".bloq.cloud")
    assert target.service is None or is_bloq


def test_a_query_is_not_shown() -> None:
    for options in ({"url": "https://nodes.bloq.cloud/x?a=b"}, {"service": "nodes", "path": "/x", "query": {"a": "b"}}):
        assert _target(**options).shown == "https://nodes.bloq.cloud/x"
