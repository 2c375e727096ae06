# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where secrets may be sent, and which URLs mean the same service."""

from __future__ import annotations

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._errors import InputError
from ansible_collections.bloq.cloud.plugins.module_utils._urls import (
    checked_url,
    is_loopback,
    must_stay_here,
    refuse_local_token,
    same_service,
)

PROD = "https://accounts.bloq.cloud"


@pytest.mark.parametrize(
    ("url", "checked"),
    [
        (PROD, PROD),
        (f" {PROD}/ ", PROD),
        (f"{PROD}:8443/base/path//", f"{PROD}:8443/base/path"),
        (f"{PROD}:1", f"{PROD}:1"),
        ("http://localhost:4000/", "http://localhost:4000"),
        ("http://127.0.0.2", "http://127.0.0.2"),
        ("http://[::1]:4000", "http://[::1]:4000"),
        ("https://büro.example.com", "https://büro.example.com"),
    ],
)
def test_a_url_that_keeps_secrets_is_taken(url: str, checked: str) -> None:
    assert checked_url(url, allow_http=False) == checked


@pytest.mark.parametrize(
    "url",
    [
        "",
        "accounts.bloq.cloud",
        "ftp://accounts.bloq.cloud",
        "https://",
        "https://[::1",
        f"https://{'a' * 64}.example.com",
        "https://a..example.com",
        *(f"{PROD}{end}" for end in (":0", ":x", ":65536", "/\ud800")),
    ],
)
def test_what_leads_nowhere_is_told(url: str) -> None:
    with pytest.raises(InputError, match="accounts_url must look like"):
        checked_url(url, allow_http=True)


@pytest.mark.parametrize(
    "url", ["https://me:the-secret@a.example.com", "https://@a.example.com", "https://a.example.com/?the-secret"]
)
def test_a_url_holds_no_credential(url: str) -> None:
    with pytest.raises(InputError, match=r"The URL of a\.example\.com must not carry a user") as told:
        checked_url(url, allow_http=True)
    assert "the-secret" not in str(told.value)
    with pytest.raises(InputError, match="a fragment"):
        checked_url("https://a.example.com/#f", allow_http=True)


def test_http_leaves_this_machine_only_where_it_may() -> None:
    for url in ("http://a.example.com", "http://localhost.example.com", "http://128.0.0.1"):
        with pytest.raises(InputError, match="http:// would send secrets to"):
            checked_url(url, allow_http=False)
        assert checked_url(url, allow_http=True) == url


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (PROD, f" {PROD}:443/ ", True),
        (PROD, f"{PROD}:444", False),
        (PROD, "http://accounts.bloq.cloud", False),
        (PROD, f"{PROD}/elsewhere", False),
        (PROD, "https://ACCOUNTS.bloq.cloud", True),
        (PROD, "https://nodes.bloq.cloud", False),
        ("http://localhost", "http://127.0.0.1:80", True),
        ("http://localhost:4000", "http://[::1]:4000/", True),
        ("http://localhost:4000", "http://127.0.0.2:4000", False),
        ("http://localhost:x", "http://localhost:x", True),
        ("http://localhost:x", "http://localhost:y", False),
    ],
)
def test_two_urls_of_one_service(one: str, other: str, same: bool) -> None:
    for pair in ((one, other), (other, one)):
        assert same_service(*pair) is same


@pytest.mark.parametrize("local", ["http://localhost:4000", " http://127.0.0.1 ", "http://[::1]:1"])
def test_a_token_of_this_machine_is_not_sent_to_bloq(local: str) -> None:
    with pytest.raises(InputError, match=r"no use to nodes\.bloq\.cloud. Set nodes_url, or BLOQ_NODES_URL in"):
        refuse_local_token(local, "https://nodes.bloq.cloud")
    with pytest.raises(InputError, match="Set connect_url, or BLOQ_CONNECT_URL in"):
        refuse_local_token(local, "https://connect.bloq.cloud", "connect_url")
    refuse_local_token(local, "https://nodes.example.com")
    refuse_local_token(local, "https://evilbloq.cloud")
    refuse_local_token(PROD, "https://nodes.bloq.cloud")


@pytest.mark.parametrize(
    ("url", "proxy", "allow_http", "stays"),
    [
        (PROD, "http://proxy.example.com", False, False),
        ("http://localhost", "http://proxy.example.com", True, False),
        ("http://localhost", None, False, True),
        ("http://localhost", "", False, True),
        ("http://localhost", "http://127.0.0.1:3128", False, True),
    ],
)
def test_what_is_in_the_clear_stays_here(url: str, proxy: str | None, allow_http: bool, stays: bool) -> None:
    assert must_stay_here(url, proxy, allow_http=allow_http) is stays


@pytest.mark.parametrize("proxy", ["http://proxy.example.com:3128", "http://[::1", "proxy"])
def test_a_proxy_elsewhere_sees_nothing_in_the_clear(proxy: str) -> None:
    with pytest.raises(InputError, match="The proxy would see secrets in the clear"):
        must_stay_here("http://localhost", proxy, allow_http=False)


@pytest.mark.parametrize(
    ("host", "is_here"),
    [
        *((host, True) for host in ("localhost", "127.0.0.1", "127.255.0.1", "::1")),
        *((host, False) for host in ("", "example", "128.0.0.1", "::2")),
    ],
)
def test_names_of_this_machine(host: str, is_here: bool) -> None:
    assert is_loopback(host) is is_here
