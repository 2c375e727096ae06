# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A store of many controllers is asked for what the folder does not have, whatever their clocks say."""

from __future__ import annotations

import contextlib
import pathlib
import time
import typing as t

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._errors import CoordinationError, RefusedError
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.cache import TokenCache
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.cache_folder import CacheFolder
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._tokens.cache_world import (
    CREDENTIAL,
    KEY,
    Service,
    Use,
    sleep,
)


class Beyond(CacheFolder):
    """A folder in the place of a server, of which our clock is ahead by as much as is said."""

    ahead_by = 0.0
    is_lost = False

    @property
    def ahead(self) -> float:
        return self.ahead_by

    def complaint(self, error: Exception) -> str:
        return f"{error} Tokens are not shared."

    def read(self, name: str) -> bytes | None:
        self._reach()
        return super().read(name)

    def remove(self, name: str) -> bool:
        self._reach()
        return super().remove(name)

    def _reach(self) -> None:
        if self.is_lost:
            raise CoordinationError("The server is lost.")


class Fleet:
    """Two controllers with one store."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.store = Beyond(str(folder / "beyond"))
        self.service = Service()
        self.one, self.other = (self._controller(folder / name) for name in ("one", "other"))

    def _controller(self, folder: pathlib.Path) -> Use:
        use = Use(folder, self.service)
        use.cache = TokenCache(str(folder), use.warnings.append, beyond=lambda: self.store)
        return use


@pytest.fixture
def fleet(tmp_path: pathlib.Path) -> Fleet:
    """Two controllers that have nothing yet."""
    return Fleet(tmp_path)


def test_what_one_has_minted_the_other_takes_and_keeps(fleet: Fleet) -> None:
    first, minted = fleet.one.get()
    assert minted
    assert fleet.other.get() == (first, False)
    fleet.store.is_lost = True
    assert fleet.other.get() == (first, False)
    assert (fleet.one.warnings, fleet.other.warnings) == ([], [])


@pytest.mark.parametrize("strong", [True, False])
def test_a_lost_store_is_warned_of_and_done_without(fleet: Fleet, strong: bool) -> None:
    fleet.store.is_lost = True
    assert fleet.one.get(strong=strong)[1]
    assert fleet.one.warnings == ["The server is lost. Tokens are not shared."]
    fleet.one.cache.forget(KEY, CREDENTIAL, strong=strong)
    assert fleet.one.warnings == ["The server is lost. Tokens are not shared."] * 2
    assert fleet.one.get(strong=strong)[1]


@pytest.mark.parametrize(("ahead", "shift"), [(100.0, 100.0), (-100.0, -100.0), (1.5, 1.5), (1.0, 0.0), (-1.0, 0.0)])
def test_times_are_those_of_our_own_clock(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch, ahead: float, shift: float
) -> None:
    monkeypatch.setattr(time, "time", lambda: 1_800_000_000.0)
    fleet.service.skew = 7.0
    fleet.store.ahead_by = ahead
    first, _minted = fleet.one.get()
    fleet.store.ahead_by = 0.0
    monkeypatch.setattr(time, "time", lambda: 1_800_000_000.0 - shift)
    taken, minted = fleet.other.get()
    assert not minted
    assert taken == first._replace(skew=7.0 + shift)
    assert taken.remaining(time.time()) == first.remaining(1_800_000_000.0)


def test_a_token_minted_in_the_future_by_everybody_s_clock_is_not_believed(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet.one.get()
    fleet.store.ahead_by = 100.0
    # By our clock it was minted 100 s later than by that of whoever minted it, and that is later than now.
    assert fleet.other.get()[1]
    sleep(monkeypatch, 200)
    assert not fleet.one.get()[1]


def test_what_is_forgotten_is_forgotten_everywhere(fleet: Fleet) -> None:
    fleet.one.get()
    fleet.one.cache.forget(KEY, CREDENTIAL, strong=True)
    assert fleet.other.get()[1]


def test_what_is_cleared_beyond_is_counted(fleet: Fleet) -> None:
    fleet.one.get()
    fleet.service.fault = RefusedError("Wrong.", status=401)
    with pytest.raises(RefusedError):
        fleet.one.get(force=True)
    clear = fleet.other.cache.clear_beyond
    assert clear(KEY, "another", strong=True, check_mode=True) == clear(KEY, "another", strong=True) == 0
    assert clear(KEY, CREDENTIAL, strong=False) == 0
    assert clear(KEY, CREDENTIAL, strong=True, check_mode=True) == 1
    assert clear(KEY, CREDENTIAL, strong=True) == 1
    assert [path.suffix for path in pathlib.Path(fleet.store.path).iterdir()] == [".lock"]
    assert clear(KEY, CREDENTIAL, strong=True, check_mode=True) == clear(KEY, CREDENTIAL, strong=True) == 0
    fleet.store.is_lost = True
    with pytest.raises(CoordinationError):
        clear(KEY, CREDENTIAL, strong=True)


def test_without_a_store_there_is_nothing_to_clear_beyond(use: Use) -> None:
    use.get()
    assert use.cache.clear_beyond(KEY, CREDENTIAL, strong=True) == 0


def test_a_holder_is_waited_for_as_long_as_a_request_takes_and_half_a_minute(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[t.Any] = []

    def locked(_folder: CacheFolder, entry: str, *, timeout: float, notify: object) -> t.ContextManager[None]:
        seen.append((timeout, notify))
        return contextlib.nullcontext()

    monkeypatch.setattr(CacheFolder, "locked", locked)
    use = Use(tmp_path / "cache")
    tell: t.Callable[[str], object] = str
    (tmp_path / "cache").mkdir(mode=0o700)
    use.cache = TokenCache(str(use.folder), request_limit=lambda: 5.0, notify=tell)
    use.get()
    assert seen == [(35.0, tell)]
    TokenCache(str(use.folder)).get_or_mint(KEY, "another", strong=True, min_ttl=0, mint=use.service.mint)
    assert seen[1][0] == 120.0
