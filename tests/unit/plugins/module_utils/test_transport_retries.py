# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests are repeated when that is safe, as long as we have patience."""

from __future__ import annotations

import contextlib
import email.utils
import time

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._errors import StatusError, UnreachableError
from ansible_collections.bloq.cloud.tests.unit.plugins.module_utils.http_service import CANARY, Answer, Service


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_busy_service_is_asked_again(service: Service, waits: list[float], status: int) -> None:
    service.answer(Answer(status), Answer(status), Answer())
    assert service.transport().send("GET", "/").status == 200
    assert len(service.requests) == 3 and all(0 <= wait <= 5 for wait in waits)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 501])
def test_other_answers_are_final(service: Service, waits: list[float], status: int) -> None:
    service.answer(Answer(status))
    with pytest.raises(StatusError):
        service.transport().send("GET", "/")
    assert len(service.requests) == 1 and waits == []


def test_after_the_last_attempt_the_answer_is_told(service: Service, waits: list[float]) -> None:
    service.answer(Answer(503))
    with pytest.raises(StatusError, match="raise retries") as error:
        service.transport(retries=1).send("GET", "/")
    assert error.value.status == 503 and len(service.requests) == 2


def test_retry_after_in_seconds_is_waited(service: Service, waits: list[float]) -> None:
    service.answer(Answer(429, headers={"Retry-After": "3"}), Answer())
    service.transport().send("GET", "/")
    assert len(waits) == 1 and 3 <= waits[0] <= 4


def test_retry_after_as_a_date_is_waited(service: Service, waits: list[float]) -> None:
    date = email.utils.formatdate(time.time() + 4, usegmt=True)
    service.answer(Answer(503, headers={"Retry-After": date}), Answer())
    service.transport().send("GET", "/")
    assert len(waits) == 1 and 2 < waits[0] <= 5


@pytest.mark.parametrize(
    "value",
    ["soon", "", "-3", "1e3", "NaN", "Tue, 99 Nov 2026", "Fri, 31 Dec 99999 23:59:59 GMT", "\xb2", "Mon, 0 0 0"],
)
def test_an_absurd_retry_after_is_as_good_as_none(service: Service, waits: list[float], value: str) -> None:
    service.answer(Answer(429, headers={"Retry-After": value}), Answer())
    assert service.transport().send("GET", "/").status == 200
    assert all(0 <= wait <= 5 for wait in waits)


@pytest.mark.parametrize("value", ["6", "86400", "9" * 400, "9" * 5000, "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_a_retry_after_beyond_our_patience_ends_the_attempts(service: Service, waits: list[float], value: str) -> None:
    service.answer(Answer(429, headers={"Retry-After": value}))
    with pytest.raises(StatusError) as error:
        service.transport(max_retry_wait=5.0).send("GET", "/")
    assert error.value.status == 429
    assert len(service.requests) == 1 and waits == []


def test_all_waits_together_are_bounded(service: Service, waits: list[float]) -> None:
    service.answer(Answer(429, headers={"Retry-After": "2"}))
    with pytest.raises(StatusError):
        service.transport(retries=10, max_retry_wait=5.0).send("GET", "/")
    assert len(waits) == 2 and min(waits) >= 2 and sum(waits) <= 5 and len(service.requests) == 3


def test_waits_that_are_asked_for_differ(service: Service, waits: list[float]) -> None:
    """Who was told together to wait must not come back together."""
    service.answer(Answer(429, headers={"Retry-After": "3"}))
    for _turn in range(5):
        with pytest.raises(StatusError):
            service.transport(max_retry_wait=4.0).send("GET", "/")
    assert len(waits) == len(set(waits)) == 5 and all(3 <= wait <= 4 for wait in waits)


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "0"}], ids=["no Retry-After", "Retry-After: 0"])
def test_after_429_the_waits_count_and_not_the_retries(
    service: Service, waits: list[float], headers: dict[str, str]
) -> None:
    service.answer(Answer(429, headers=headers))
    with pytest.raises(StatusError, match="raise max_retry_wait"):
        service.transport(retries=1, max_retry_wait=60.0).send("GET", "/")
    # All of it is used, and not in haste.
    assert 59 <= sum(waits) < 60.001 and 5 <= len(waits) <= 12 and min(waits[:-1]) >= 1


@pytest.mark.parametrize("status", [429, 503])
def test_a_day_of_short_waits_comes_to_an_end(service: Service, waits: list[float], status: int) -> None:
    """urllib3 calls itself for each attempt: that many would be the end of Python's stack."""
    service.answer(Answer(status, headers={"Retry-After": "1"}))
    with pytest.raises(StatusError) as error:
        service.transport(retries=1000, max_retry_wait=86400.0).send("GET", "/")
    assert error.value.status == status and 100 < len(service.requests) <= 501


def test_without_retries_nothing_is_sent_again(service: Service, waits: list[float]) -> None:
    service.answer(Answer(429, headers={"Retry-After": "1"}))
    with pytest.raises(StatusError) as error:
        service.transport(retries=0, max_retry_wait=60.0).send("GET", "/")
    assert waits == [] and len(service.requests) == 1
    assert error.value.retry_after == 1


@pytest.mark.parametrize("raw", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"])
@pytest.mark.parametrize(("repeatable", "attempts"), [(True, 3), (False, 1)])
def test_a_broken_answer_is_asked_for_again_only_when_that_is_safe(
    service: Service, waits: list[float], raw: bytes, repeatable: bool, attempts: int
) -> None:
    service.answer(Answer(raw=raw))
    with pytest.raises(UnreachableError, match="closed the connection") as error:
        service.transport().send("POST", "/", bearer=CANARY, repeatable=repeatable)
    assert error.value.maybe_received and not error.value.timed_out and CANARY not in str(error.value)
    # Once the head is there, the request was carried out: asking again is for the caller to decide.
    assert len(service.requests) == (1 if raw else attempts)


@pytest.mark.parametrize(("status", "attempts"), [(429, 2), (500, 1), (502, 1), (503, 1)])
def test_what_must_not_be_done_twice_is_repeated_only_after_429(
    service: Service, waits: list[float], status: int, attempts: int
) -> None:
    service.answer(Answer(status, headers={"Retry-After": "1"}), Answer())
    with contextlib.suppress(StatusError):
        service.transport().send("POST", "/", repeatable=False)
    assert len(service.requests) == attempts
