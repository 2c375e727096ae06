# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a failure counts for others, and how long they wait after it."""

from __future__ import annotations

import math
import pathlib
import time

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._errors import (
    BloqError,
    RefusedError,
    ReplyError,
    StatusError,
    UnreachableError,
    from_dict,
    to_dict,
)
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.cache import TokenCache
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.shared_failures import (
    is_for_all,
    not_before,
    turn_after,
)
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._tokens.cache_world import Service, Use, sleep

_TOO_MANY = StatusError("Too many.", status=429, retry_after=10.0)


@pytest.mark.parametrize(
    ("error", "for_all", "moment"),
    [
        (_TOO_MANY, True, 110.0),
        (StatusError("Too many.", status=429), True, None),
        (RefusedError("Wrong.", status=401), True, None),
        (StatusError("Broken.", status=503), False, None),
        (UnreachableError("Nobody.", maybe_received=False), False, None),
        (ReplyError("HTML."), False, None),
    ],
)
def test_what_a_failure_means_for_others(error: BloqError, for_all: bool, moment: float | None) -> None:
    # As another process or another host tells it.
    for told in (error, from_dict(str(error), to_dict(error))):
        assert is_for_all(told) == for_all and not_before(told, 100.0) == moment


@pytest.mark.parametrize("moment", [None, "110", 100.0, 99.0, -1e9, 161.0, math.inf, math.nan])
def test_when_there_is_nothing_to_wait_for(moment: object) -> None:
    assert turn_after(moment, 100.0, 60.0) == 0.0


def test_who_waits_comes_back_a_little_later_and_each_at_a_time_of_its_own() -> None:
    waits = [turn_after(110.0, 100.0, 60.0) for _one in range(20)]
    assert len(set(waits)) == 20 and all(10 <= wait <= 12.5 for wait in waits)
    assert turn_after(110.0, 100.0, 10.5) <= 10.5


@pytest.mark.parametrize(("patience", "waited"), [(60.0, True), (5.0, False), (0.0, False)])
def test_a_call_after_a_429_waits_as_long_as_it_may(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, patience: float, waited: bool
) -> None:
    service = Service()
    use = Use(tmp_path / "cache", service)
    use.cache = TokenCache(str(use.folder), patience=patience)
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    service.fault = _TOO_MANY
    with pytest.raises(StatusError):
        use.get()
    service.fault = None
    assert use.get()[1] and service.minted == 2
    assert [wait > 9 for wait in waits if wait] == [True] * waited
    # Once it has granted a token, nobody waits any more.
    assert use.get(force=True)[1] and len([wait for wait in waits if wait]) == waited


@pytest.mark.parametrize("later", [11.0, 86400.0])
def test_nobody_waits_when_the_time_has_passed(use: Use, monkeypatch: pytest.MonkeyPatch, later: float) -> None:
    use.cache = TokenCache(str(use.folder), patience=60.0)
    waits: list[float] = []
    use.service.fault = _TOO_MANY
    with pytest.raises(StatusError):
        use.get()
    use.service.fault = None
    sleep(monkeypatch, later)
    monkeypatch.setattr(time, "sleep", waits.append)
    assert use.get()[1] and not any(waits)


def test_a_clock_set_back_holds_nobody_up(use: Use, monkeypatch: pytest.MonkeyPatch) -> None:
    use.cache = TokenCache(str(use.folder), patience=60.0)
    waits: list[float] = []
    use.service.fault = _TOO_MANY
    with pytest.raises(StatusError):
        use.get()
    use.service.fault = None
    sleep(monkeypatch, -3600.0)
    monkeypatch.setattr(time, "sleep", waits.append)
    assert use.get()[1] and not any(waits)
