# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controllers that share tokens on a real server, each with a cache of its own."""

from __future__ import annotations

import concurrent.futures
import pathlib
import sys
import threading
import time

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._errors import RefusedError, StatusError
from ansible_collections.bloq.cloud.plugins.module_utils._granted import Token
from ansible_collections.bloq.cloud.plugins.plugin_utils._fleet.server import Server
from ansible_collections.bloq.cloud.plugins.plugin_utils._fleet.tokens import SharedTokens
from ansible_collections.bloq.cloud.plugins.plugin_utils._fleet.url import checked_coordination_url
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens import cache as caches
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.cache import CacheKey, TokenCache
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._fleet.real_server import Coordination
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._tokens.alone import run_alone

_KEY = CacheKey("https://accounts.example.com", "me", "client_credentials")
_SECRET = "5" * 80


class Fleet:
    """Controllers, and the service that they ask.

    Attributes:
        minted: how often the service was asked.
        failure: what it answers in place of a token.
    """

    def __init__(self, folder: pathlib.Path, server: Server) -> None:
        self.folder = folder
        self.server = server
        self.minted = 0
        self.failure: Exception | None = None
        self.warnings: list[str] = []
        self._lock = threading.Lock()

    def use(self, name: str, *, force: bool = False, min_ttl: float = 300) -> tuple[Token, bool]:
        """Get a token on the controller of this name."""

        def mint() -> Token:
            with self._lock:
                self.minted += 1
                number = self.minted
            time.sleep(0.3)
            if self.failure is not None:
                raise self.failure
            return Token(f"token {number}", "client", time.time() + 3600, 3600.0)

        cache = TokenCache(
            str(self.folder / name), self.warnings.append, patience=5.0, beyond=lambda: SharedTokens(self.server)
        )
        return cache.get_or_mint(_KEY, _SECRET, strong=True, min_ttl=min_ttl, mint=mint, force=force)

    def at_once(self, number: int) -> list[concurrent.futures.Future[tuple[Token, bool]]]:
        """Use a token on many controllers at once."""
        with concurrent.futures.ThreadPoolExecutor(number) as pool:
            return [pool.submit(self.use, f"c{each}") for each in range(number)]


@pytest.fixture
def fleet(tmp_path: pathlib.Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> Fleet:
    # Each controller is a process elsewhere.
    monkeypatch.setattr(caches, "_known_failures", _Nothing())
    return Fleet(tmp_path, server)


class _Nothing(set[bytes]):
    def add(self, element: bytes) -> None:
        """Forget it: the other controllers are other processes."""


def test_one_asks_for_all(fleet: Fleet) -> None:
    used = [future.result() for future in fleet.at_once(8)]
    assert {token.access_token for token, _is_minted in used} == {"token 1"}
    assert [is_minted for _token, is_minted in used].count(True) == fleet.minted == 1


def test_the_next_one_finds_it_and_keeps_it(fleet: Fleet, coordination: Coordination) -> None:
    fleet.use("first")
    assert fleet.use("second") == (fleet.use("first")[0], False)
    coordination.client.flushall()
    assert fleet.use("second")[1] is False and fleet.minted == 1


def test_a_token_that_is_not_taken_any_more_is_replaced_for_all(fleet: Fleet) -> None:
    fleet.use("first")
    fleet.use("second")
    assert fleet.use("second", force=True)[0].access_token == "token 2"
    assert fleet.use("third")[0].access_token == "token 2"
    # Forced again, nobody has got a newer one meanwhile.
    assert fleet.use("third", force=True)[0].access_token == "token 3"


def test_a_refusal_is_for_all_who_wait(fleet: Fleet) -> None:
    fleet.failure = RefusedError("refused", status=401)
    ends = fleet.at_once(6)
    assert all(isinstance(future.exception(), RefusedError) for future in ends)
    assert fleet.minted == 1
    # Who comes later tries again.
    fleet.failure = None
    assert fleet.use("later")[1] is True


def test_nobody_asks_before_the_time_that_bloq_has_named(fleet: Fleet) -> None:
    fleet.failure = StatusError("too many", status=429, retry_after=1.5)
    with pytest.raises(StatusError):
        fleet.use("first")
    fleet.failure = None
    began = time.monotonic()
    fleet.use("second")
    assert time.monotonic() - began >= 1.4


def test_a_lease_of_one_that_died_ends_soon(fleet: Fleet, coordination: Coordination) -> None:
    fleet.use("first")
    (token,) = coordination.client.keys("bloq:*:token")
    lease = token.replace(b":token", b":lease")
    coordination.client.delete(token)
    coordination.client.hset(lease, mapping={"token": "somebody", "holder": "{}", "since": "0"})
    coordination.client.pexpire(lease, 700)
    began = time.monotonic()
    assert fleet.use("second")[1] is True
    assert time.monotonic() - began >= 0.5


def test_what_is_shared_is_cleared_on_request(fleet: Fleet, coordination: Coordination) -> None:
    fleet.use("first")
    cache = TokenCache(str(fleet.folder / "first"), beyond=lambda: SharedTokens(fleet.server))
    assert cache.clear_beyond(_KEY, _SECRET, strong=True, check_mode=True) == 1
    assert cache.clear_beyond(_KEY, _SECRET, strong=True) == 1
    assert cache.clear_beyond(_KEY, _SECRET, strong=True) == 0
    assert not coordination.client.keys("bloq:*:token")


def test_a_server_that_is_gone_costs_a_warning(tmp_path: pathlib.Path) -> None:
    fleet = Fleet(tmp_path, Server(checked_coordination_url("redis://127.0.0.1:9")))
    assert fleet.use("first")[1] is True
    assert fleet.use("first")[1] is False
    (warning,) = fleet.warnings
    assert "127.0.0.1:9 cannot be reached" in warning and "not shared" in warning


def test_a_controller_without_the_library_gets_its_token_with_a_warning(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)
    fleet = Fleet(tmp_path, Server(checked_coordination_url("redis://127.0.0.1:9")))
    assert fleet.use("first")[1] is True
    (warning,) = fleet.warnings
    assert "library redis, version 5 or newer, is missing" in warning and "not shared" in warning


_LOADS = """
import sys
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.cache import CacheKey, TokenCache
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.shared import shared_tokens
from ansible_collections.bloq.cloud.plugins.module_utils._granted import Token
import time
options = {"coordination_url": sys.argv[2], "ca_path": None, "validate_certs": True}
for miss in (True, False):
    cache = TokenCache(sys.argv[1], beyond=shared_tokens(options if not miss else {"coordination_url": None}))
    key = CacheKey("https://accounts.example.com", "me", "client_credentials")
    mint = lambda: Token("a", "client", time.time() + 3600, 3600.0)
    assert cache.get_or_mint(key, "5" * 80, strong=True, min_ttl=300, mint=mint)[1] is miss
loaded = [name for name in sys.modules if "._fleet" in name or name == "redis"]
sys.exit(repr(loaded) if loaded else 0)
"""


def test_nothing_is_loaded_without_the_option_nor_for_a_token_that_is_here(tmp_path: pathlib.Path) -> None:
    run_alone(_LOADS, str(tmp_path / "cache"), "redis://127.0.0.1:9")
