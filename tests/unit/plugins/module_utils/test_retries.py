# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which answers and problems are asked about again, here and from a far host, and how soon."""

from __future__ import annotations

import contextlib
import email.utils
import time
import typing as t

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._connection import Connection
from ansible_collections.bloq.cloud.plugins.module_utils._errors import StatusError, UnreachableError
from ansible_collections.bloq.cloud.plugins.module_utils._request import Answer as FarAnswer
from ansible_collections.bloq.cloud.plugins.module_utils._request import Request
from ansible_collections.bloq.cloud.plugins.module_utils._retries import (
    Patience,
    PatientRetry,
    after_answer,
    after_problem,
    retry,
)
from ansible_collections.bloq.cloud.tests.unit.plugins.module_utils.http_service import Answer, Service
from ansible_collections.bloq.cloud.tests.unit.plugins.module_utils.raw_service import RawService

_REQUEST = Request("POST", "https://accounts.bloq.cloud/x")


def _attempts(
    *, repeatable: bool = True, retries: int = 2, seconds: float = 60.0, within: float = 60.0
) -> PatientRetry:
    settings = Connection("https://accounts.bloq.cloud", retries=retries)
    patience = Patience(seconds, time.monotonic() + within, contextlib.nullcontext)
    return retry(settings, patience, repeatable=repeatable)


def _after(status: int, headers: dict[str, str] | None = None, **settings: t.Any) -> PatientRetry | None:
    return after_answer(_attempts(**settings), _REQUEST, FarAnswer(status, headers or {}, b""))


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_busy_service_is_asked_again_when_that_is_safe(status: int) -> None:
    assert _after(status) is not None
    assert (_after(status, repeatable=False) is not None) is (status == 429)


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 413, 501])
def test_other_answers_are_the_ones_to_return(status: int) -> None:
    assert _after(status) is None
    assert _after(status, repeatable=False) is None


def test_what_is_refused_for_now_is_sent_again_where_a_wait_is_named() -> None:
    for name in ("Retry-After", "retry-after"):
        following = _after(413, {name: "2", "X-Other": "1"})
        assert following is not None and 2 <= following.wait <= 3
    assert _after(413, {"X-Other": "2"}) is None
    assert _after(413, {"Retry-After": "2"}, repeatable=False) is None


def test_all_retries_are_used_and_none_beyond() -> None:
    answer, left, count = FarAnswer(503, {}, b""), _attempts(), 0
    while (following := after_answer(left, _REQUEST, answer)) is not None:
        left, count = following, count + 1
    assert count == 2
    assert _after(503, retries=0) is None and _after(429, retries=0) is None


def test_a_wait_that_ends_after_the_call_is_not_begun() -> None:
    assert _after(429, {"Retry-After": "3"}, within=2.9) is None
    assert _after(429, {"Retry-After": "3"}, seconds=2.9) is None
    following = _after(429, {"Retry-After": "3"}, seconds=3.0)
    assert following is not None and following.wait == 3.0


@pytest.mark.parametrize(("maybe_received", "repeatable", "again"), [(True, False, False), (False, False, True)])
def test_a_problem_is_tried_again_when_nothing_can_have_been_done(
    maybe_received: bool, repeatable: bool, again: bool
) -> None:
    problem = UnreachableError("no", maybe_received=maybe_received)
    assert (after_problem(_attempts(repeatable=repeatable), _REQUEST, problem) is not None) is again
    assert after_problem(_attempts(), _REQUEST, problem) is not None
    assert after_problem(_attempts(retries=0), _REQUEST, problem) is None


def test_the_first_failure_is_tried_again_at_once(service: Service, waits: list[float]) -> None:
    service.answer(Answer(503), Answer())
    assert service.transport().send("GET", "/").status == 200
    assert len(service.requests) == 2 and waits == []


def test_after_429_nobody_comes_back_within_a_second(
    service: Service, waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("random.uniform", lambda least, _most: least)
    now = 1_800_000_000.75
    monkeypatch.setattr(time, "time", lambda: now)
    date = email.utils.formatdate(now + 0.25, usegmt=True)
    service.answer(Answer(429, headers={"Retry-After": date}), Answer(503, headers={"Retry-After": date}), Answer())
    service.transport().send("GET", "/")
    assert waits == [1.0, 0.25]


def test_the_longer_a_service_is_busy_the_further_apart_all_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.uniform", lambda _least, most: most)
    answer, left, waits = FarAnswer(503, {"Retry-After": "1"}, b""), _attempts(retries=5), list[float]()
    while (following := after_answer(left, _REQUEST, answer)) is not None:
        left = following
        waits.append(left.wait)
    # The second that is asked for, and by chance as much more as there was between the attempts.
    assert waits[:2] == [2.0, 2.0]
    assert [int(wait) for wait in waits[2:]] == [2, 3, 5]


@pytest.mark.parametrize("seconds", [0.0, 0.01])
def test_a_problem_is_told_as_it_was_when_there_is_no_time_to_wait(waits: list[float], seconds: float) -> None:
    cut_off = RawService(lambda connection: None)
    try:
        with pytest.raises(UnreachableError, match="closed the connection before its answer was whole") as error:
            cut_off.transport(retries=9, max_retry_wait=seconds).send("GET", "/")
    finally:
        cut_off.stop()
    assert error.value.maybe_received and cut_off.visits == 2
    with pytest.raises(UnreachableError, match="refuses connections") as error:
        cut_off.transport(retries=9, max_retry_wait=seconds).send("GET", "/")
    assert not error.value.maybe_received


def test_what_is_answered_is_told_when_there_is_no_time_to_wait(service: Service, waits: list[float]) -> None:
    service.answer(Answer(503))
    with pytest.raises(StatusError, match="answered 503"):
        service.transport(retries=9, max_retry_wait=0.0).send("GET", "/")
    assert len(service.requests) == 2
