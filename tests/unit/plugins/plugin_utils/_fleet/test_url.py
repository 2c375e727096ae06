# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which URLs of a coordination server can be used, and how messages name it."""

from __future__ import annotations

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._errors import InputError
from ansible_collections.bloq.cloud.plugins.plugin_utils._fleet.url import checked_coordination_url


@pytest.mark.parametrize(
    ("url", "where"),
    [
        ("redis://127.0.0.1:7000/3", "127.0.0.1:7000"),
        ("redis://localhost", "localhost:6379"),
        ("redis://[::1]:7000", "[::1]:7000"),
        ("rediss://me:canary@valkey.example.com:6380/0?ssl_ca_certs=/ca.pem", "valkey.example.com:6380"),
        ("unix:///run/valkey/socket?db=2", "/run/valkey/socket"),
        (
            "rediss+sentinel://:canary@a.example:1,b.example/bloq/0",
            "'bloq' of the sentinels a.example:1,b.example:26379",
        ),
        ("redis+sentinel://[::1]/bloq", "'bloq' of the sentinels [::1]:26379"),
    ],
)
def test_a_server_is_named_without_what_is_secret(url: str, where: str) -> None:
    found = checked_coordination_url(f" {url} ")
    assert (found.text, found.where) == (url, where)
    assert "canary" not in repr(found)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://valkey.example.com", "does not name a Redis or Valkey server"),
        ("valkey.example.com:6379", "does not name a Redis or Valkey server"),
        ("", "does not name a Redis or Valkey server"),
        ("redis://canary@[::1", "cannot be read"),
        ("redis://:canary@127.0.0.1:port", "cannot be read"),
        ("redis://:canary@valkey.example.com", "without TLS"),
        ("redis://127.0.0.1/canary", "number of a database"),
        ("redis://127.0.0.1?socket_connect_timeout=60", "may set only"),
        ("rediss://valkey.example.com?ssl_cert_reqs=none", "may set only"),
        ("unix://run/socket", "whole path"),
        ("rediss://:canary@a.example,b.example/0", "more than one server"),
        ("rediss+sentinel://:canary@a.example,b.example", "which server the sentinels"),
        ("redis+sentinel://:canary@127.0.0.1,b.example/bloq", "without TLS"),
        ("redis+sentinel://:canary@127.0.0.1/bloq/x", "number of a database"),
        ("rediss+sentinel://a.example:port/bloq", "cannot be read"),
        ("rediss://valkey.example.com?sentinel_password=canary", "may set only"),
        ("redis+cluster://127.0.0.1", "does not name"),
    ],
)
def test_another_url_is_refused_without_what_is_secret(url: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as refused:
        checked_coordination_url(url)
    assert "canary" not in str(refused.value)
