# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A token is kept for whoever holds its credential, tells others nothing, and costs next to nothing to use again."""

from __future__ import annotations

import errno
import fcntl
import pathlib
import stat
import typing as t

import pytest
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.cache import CacheKey
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._tokens.alone import run_alone
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._tokens.cache_world import (
    CREDENTIAL,
    KEY,
    WORD,
    Use,
    fail_in,
)


def test_the_second_use_asks_nobody(use: Use) -> None:
    first, minted = use.get()
    assert minted
    assert use.get() == (first, False)
    assert use.service.minted == 1 and use.warnings == []


def test_a_hit_needs_no_lock(use: Use, monkeypatch: pytest.MonkeyPatch) -> None:
    first, _minted = use.get()
    fail_in(monkeypatch, fcntl, "flock", errno.ENOLCK)
    assert use.get() == (first, False)
    assert use.warnings == []


def test_another_run_and_a_password_find_their_token(use: Use) -> None:
    first, _minted = use.get(strong=False)
    assert Use(use.folder, use.service).get(strong=False) == (first, False)


@pytest.mark.parametrize(
    "change",
    [
        {"credential": "rotated"},
        {"key": CacheKey("https://other.example", "ci", "client_credentials")},
        {"key": CacheKey("https://accounts.bloq.cloud", "cd", "client_credentials")},
        {"key": CacheKey("https://accounts.bloq.cloud", "ci", "refresh_token")},
    ],
)
def test_whatever_else_is_asked_for_has_its_own_entry(use: Use, change: dict[str, t.Any]) -> None:
    mine, _minted = use.get()
    assert use.get(**change)[1]
    assert use.get() == (mine, False)


def test_files_are_private_and_tell_nothing(use: Use) -> None:
    use.get()
    assert stat.S_IMODE(use.folder.stat().st_mode) == 0o700
    files = list(use.folder.iterdir())
    assert sorted(file.suffix for file in files) == [".lock", ".token"]
    for file in files:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        found = file.read_bytes() + file.name.encode()
        for secret in (CREDENTIAL, WORD, "the-refresh-token", "accounts", KEY.identity + "."):
            assert secret.encode() not in found


def test_nothing_of_a_grant_is_represented(use: Use) -> None:
    grant, _minted = use.get()
    assert WORD not in repr((grant, use.cache)) and "the-refresh-token" not in repr(grant)
    assert CREDENTIAL not in repr(use.cache)


def test_a_hit_imports_no_http_and_no_jwt_library(tmp_path: pathlib.Path) -> None:
    program = """
import sys, time
from ansible_collections.bloq.cloud.plugins.module_utils._granted import Token
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.cache import CacheKey, TokenCache
cache = TokenCache(sys.argv[1])
now = time.time()
grants = [Token("opaque", "client", now + 3600, 3600.0)]
for strong in (True, False):
    for minted in (True, False):
        found = cache.get_or_mint(CacheKey("u", "i", "g"), "c", strong=strong, min_ttl=300.0, mint=lambda: grants[0])
        assert found == (grants[0], minted), found
heavy = {"requests", "urllib3", "jwt", "http", "ssl", "yaml", "ansible"} & {name.split(".")[0] for name in sys.modules}
assert not heavy, heavy
"""
    run_alone(program, str(tmp_path / "cache"))
