# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings that cannot be used, or would send secrets in the clear, are told before anything is sent."""

from __future__ import annotations

import math
import typing as t

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._connection import Connection
from ansible_collections.bloq.cloud.plugins.module_utils._errors import InputError, MissingLibraryError
from ansible_collections.bloq.cloud.plugins.module_utils._http import local_transport
from ansible_collections.bloq.cloud.plugins.module_utils._urls import checked_url


@pytest.mark.parametrize(
    "settings",
    [
        {"timeout": 0.0},
        {"timeout": -1.0},
        {"timeout": math.nan},
        {"timeout": 1e30},
        {"retries": -1},
        {"retries": 10**9},
        {"max_retry_wait": -5.0},
        {"max_retry_wait": math.inf},
    ],
    ids=str,
)
def test_what_cannot_be_waited_or_counted_is_told(settings: dict[str, t.Any]) -> None:
    with pytest.raises(InputError, match=f"{next(iter(settings))} must be"):
        Connection("https://accounts.bloq.cloud", **settings)


@pytest.mark.parametrize("option", ["ca_path", "client_cert"])
def test_a_tls_file_that_is_not_there(option: str) -> None:
    settings: dict[str, t.Any] = {option: "/nowhere/file.pem"}
    with pytest.raises(InputError, match=f"{option}: /nowhere/file.pem cannot be used"):
        local_transport(Connection("https://127.0.0.1:1", retries=0, **settings)).send("GET", "/")


@pytest.mark.parametrize(
    ("url", "checked"),
    [
        ("https://accounts.bloq.cloud/", "https://accounts.bloq.cloud"),
        (" https://accounts.bloq.cloud/base/ ", "https://accounts.bloq.cloud/base"),
        ("http://localhost:4000", "http://localhost:4000"),
        ("http://127.9.9.9", "http://127.9.9.9"),
        ("http://[::1]:4000", "http://[::1]:4000"),
    ],
)
def test_urls_that_are_safe(url: str, checked: str) -> None:
    assert checked_url(url, allow_http=False) == checked


@pytest.mark.parametrize(
    "url",
    [
        "accounts.bloq.cloud",
        "ftp://accounts.bloq.cloud",
        "https://",
        "https://host:99999",
        "https://host:0",
        "https://user:word@host",
        "https://host/?token=x",
        "https://host/#x",
        "http://accounts.bloq.cloud",
        "http://localhost.example.com",
        "http://127.0.0.1.example.com",
        "http://0.0.0.0",
        "",
    ],
)
def test_urls_that_are_not(url: str) -> None:
    with pytest.raises(InputError):
        local_transport(Connection(url))


def test_http_to_elsewhere_must_be_allowed() -> None:
    assert checked_url("http://10.0.0.1", allow_http=True) == "http://10.0.0.1"


def test_no_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ansible_collections.bloq.cloud.plugins.module_utils._http.requests", None)
    with pytest.raises(MissingLibraryError, match=r"pip install requests$"):
        local_transport(Connection("http://127.0.0.1:9"))


def test_a_urllib3_that_is_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("urllib3.BaseHTTPResponse")
    with pytest.raises(MissingLibraryError, match=r"pip install urllib3~=2\.0$"):
        local_transport(Connection("http://127.0.0.1:9"))
