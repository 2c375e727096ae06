# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A task's arguments as callbacks may have them."""

from __future__ import annotations

import base64
import typing as t
import urllib.parse

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._argspec import SECRET_OPTIONS
from ansible_collections.bloq.cloud.plugins.plugin_utils._hiding import HIDDEN, hidden_arguments
from ansible_collections.bloq.cloud.plugins.plugin_utils._known_secrets import KnownSecrets
from hypothesis import given
from hypothesis import strategies as st

NOTHING = KnownSecrets(set(), set(), complete=True)
SECRET = "a secret/word?"


@pytest.mark.parametrize("name", sorted({*SECRET_OPTIONS, "headers", "body", "query", "params", "batch", "pasword"}))
@pytest.mark.parametrize("value", ["text", 1234, {"name": "text"}, [["text"]]])
def test_what_may_be_a_secret_is_hidden_whole(name: str, value: t.Any) -> None:
    assert hidden_arguments({name: value}, NOTHING) == {name: HIDDEN}


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://host:8080/path", "https://host:8080/path"),
        ("{{ templated }}", "{{ templated }}"),
        ("https://user:word@host/path", "https://********@host/path"),
        ("https://word@host", "https://********@host"),
        ("user:word@host", "********@host"),
        ("https://user:w/o:r@d@host", "https://********@host"),
        ("https://host/path?key=word", "https://host/path?********"),
        ("https://host/path#word\nword", "https://host/path#********"),
        (["https://host"], HIDDEN),
        (None, None),
    ],
)
@pytest.mark.parametrize("name", ["url", "accounts_url", "nodes_url", "connect_url"])
def test_a_url_has_neither_user_nor_query(name: str, url: t.Any, shown: t.Any) -> None:
    assert hidden_arguments({name: url}, NOTHING) == {name: shown}


@given(st.text(min_size=1), st.text(), st.sampled_from(["https://", "", "http://"]))
def test_no_password_is_left_in_a_url(user: str, password: str, scheme: str) -> None:
    shown = hidden_arguments({"url": f"{scheme}{user}:{password}@host"}, NOTHING)["url"]
    assert shown in {f"{scheme}********@host", "https://********@host", "http://********@host"}


def test_a_path_has_no_query() -> None:
    path = "/users/me@example.com"
    assert hidden_arguments({"path": path}, NOTHING) == {"path": path}
    assert hidden_arguments({"path": f"{path}?key=word"}, NOTHING) == {"path": f"{path}?********"}


@pytest.mark.parametrize(
    "write",
    [
        str,
        urllib.parse.quote,
        urllib.parse.quote_plus,
        lambda text: urllib.parse.quote(text, safe=""),
        lambda text: base64.b64encode(text.encode()).decode(),
    ],
)
def test_a_known_secret_is_hidden_however_it_is_written(write: t.Callable[[str], str]) -> None:
    known = NOTHING._replace(texts={SECRET})
    shown = hidden_arguments({"name": f"it is {write(SECRET)}!", "dismiss": [{write(SECRET): 1}]}, known)
    assert shown["name"] == "it is ********!"
    assert write(SECRET) not in repr(shown)


def test_names_of_options_and_what_is_no_secret_stay() -> None:
    arguments = {"name": "ci", "state": "present", "retries": 4, "cache": False, "dismiss": ["one"], "max_age": None}
    assert hidden_arguments(arguments, NOTHING._replace(texts={"state"})) == arguments
