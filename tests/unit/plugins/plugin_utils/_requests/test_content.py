# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task gives is made into what a request can hold, or refused."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._errors import InputError
from ansible_collections.bloq.cloud.plugins.plugin_utils._requests.content import (
    body_of,
    headers_of,
    holds_secret,
    query_text,
)
from hypothesis import given
from hypothesis import strategies as st

_ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@pytest.mark.parametrize(
    ("given_body", "sent"),
    [({"a": [1, None]}, {"a": [1, None]}), ('{"a": 1}', {"a": 1}), ([True], [True]), (None, None), (0, 0)],
)
def test_a_body(given_body: t.Any, sent: t.Any) -> None:
    assert body_of(given_body) == sent


@given(value=_ANY)
def test_whatever_a_body_is_it_can_be_sent_or_is_refused(value: t.Any) -> None:
    try:
        body = body_of(value)
    except InputError:
        return
    json.dumps(body, allow_nan=False).encode()


@pytest.mark.parametrize("body", ["{", "NaN", [float("inf")], "\ud800", ["\ud800"]])
def test_what_is_not_json_is_refused(body: t.Any) -> None:
    with pytest.raises(InputError):
        body_of(body)


def test_a_query() -> None:
    assert query_text({"a": "x y", "b": [1, False], "c": None}) == "a=x+y&b=1&b=false"


@pytest.mark.parametrize(
    "name", ["Authorization", "AUTHORIZATION", "Proxy-Authorization", "Cookie", "Host", "Content-Length", "a b", ""]
)
def test_some_headers_are_not_the_users(name: str) -> None:
    with pytest.raises(InputError):
        headers_of({name: "x"})


@given(headers=st.dictionaries(st.text(), _ANY))
def test_no_header_holds_a_second_line(headers: dict[str, t.Any]) -> None:
    try:
        found = headers_of(headers)
    except InputError:
        return
    for name, value in found.items():
        assert not set("\r\n\0") & set(name + value)
        (name + value).encode("latin-1")


@pytest.mark.parametrize(
    ("content", "secret"),
    [
        (b'{"clientId": "a", "clientSecret" : "b"}', True),
        (b'[{"auth": {"type": "basic", "user": "a", "pass": "b"}}]', True),
        (b'{"x": "eyJhbGciOiJI.eyJh"}', True),
        (b'{"info": {"blocks": 10}}', False),
        (b'{"nodePass": null}', False),
    ],
)
def test_an_answer_that_holds_a_secret(content: bytes, secret: bool) -> None:
    assert holds_secret(content) is secret
