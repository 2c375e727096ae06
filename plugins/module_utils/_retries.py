# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: BSD-2-Clause
"""When a request is sent again, and after which wait."""

from __future__ import annotations

import time
import typing as t

from ._connection import Connection, Pause
from ._errors import MissingLibraryError, UnreachableError
from ._request import Answer, Request, retry_after
from ._times import spread

try:
    import urllib3
    from urllib3.util.retry import Retry
except ImportError:
    Retry = object  # type: ignore[assignment,misc]

TOO_MANY = 429
_BUSY = (TOO_MANY, 500, 502, 503, 504)
#: How often a request is tried again at most: urllib3 calls itself for each time, and Python's stack ends.
_MOST = 500
#: The least wait after a 429, whatever the service asks for.
_LEAST = 1.0


class Patience:
    """What the waits between the attempts of one call have in common.

    Args:
        seconds: how long they may take, all together.
        ends: when the call must have ended, by ``time.monotonic``.
        pause: entered for each of them.
    """

    def __init__(self, seconds: float, ends: float, pause: Pause) -> None:
        self._left = seconds
        self._ends = ends
        self.pause = pause

    def take(self, least: float, most: float) -> float | None:
        """Take a wait from what is left, and return it, or None when there is none to be had.

        Args:
            least: the seconds that it must have at least.
            most: the seconds that it should have.
        """
        wait = min(most, self._left)
        if wait < least or time.monotonic() + wait >= self._ends:
            return None
        self._left -= wait
        return wait


class PatientRetry(Retry):
    """urllib3's Retry with one bound on all its waits together.

    After a 429 that bound alone counts, and not how often the request was sent: whoever is asked to wait has done
    nothing wrong. ``retries: 0`` turns that off as well.
    """

    patience: Patience
    #: Seconds until the next attempt.
    wait = 0.0

    def sleep(self, response: urllib3.BaseHTTPResponse | None = None) -> None:
        """Wait for the next attempt."""
        with self.patience.pause():
            if self.wait > 0:
                time.sleep(self.wait)

    def new(self, **changes: t.Any) -> PatientRetry:
        """Return a copy with changes."""
        following = super().new(**changes)
        following.patience = self.patience
        return following

    def increment(self, *args: t.Any, **kwargs: t.Any) -> PatientRetry:
        """Return what is left after an attempt that failed.

        Raises:
            MaxRetryError: nothing is, or no time.
        """
        response = kwargs.get("response")
        too_many = response is not None and response.status == TOO_MANY and bool(self.total)
        before = self.new(total=int(self.total or 0) + too_many if len(self.history) < _MOST else 0)
        following = super(PatientRetry, before).increment(*args, **kwargs)
        asked = None if response is None else retry_after(response.headers.get("Retry-After"))
        wait = self._next_wait(asked, following.get_backoff_time(), too_many)
        if wait is None:
            reason = urllib3.exceptions.ResponseError("no time left to wait")
            raise urllib3.exceptions.MaxRetryError(kwargs.get("_pool"), "", kwargs.get("error") or reason)  # type: ignore[arg-type]
        if response is not None:
            # Else urllib3 would read on to its end, however long that takes, to use the connection once more.
            response.close()
        following.wait = wait
        return following

    def _next_wait(self, asked: float | None, backoff: float, too_many: bool) -> float | None:
        if asked:
            return self.patience.take(asked, spread(max(asked, _LEAST) if too_many else asked, max(backoff, 1.0)))
        if too_many:
            return self.patience.take(_LEAST, spread(max(backoff, _LEAST)))
        return self.patience.take(backoff, backoff)


class OnceRetry(PatientRetry):
    """For a request that must not be carried out twice: only 429 is said before anything is done."""

    RETRY_AFTER_STATUS_CODES = frozenset({TOO_MANY})


def retry(settings: Connection, patience: Patience, *, repeatable: bool) -> PatientRetry:
    """Return how a request is tried again.

    Args:
        settings: how often, and for how long.
        patience: what is left of the waits.
        repeatable: whether it may be sent again when it may have been received already.

    Raises:
        MissingLibraryError: requests, with which urllib3 comes, is not installed here.
    """
    if Retry is object:
        raise MissingLibraryError("requests")
    kind = PatientRetry if repeatable else OnceRetry
    made = kind(
        total=settings.retries,
        connect=settings.retries,
        read=settings.retries if repeatable else 0,
        status_forcelist=_BUSY if repeatable else kind.RETRY_AFTER_STATUS_CODES,
        allowed_methods=None,
        backoff_factor=0.25,
        backoff_jitter=0.25,
        respect_retry_after_header=True,
        raise_on_status=False,
    )
    made.patience = patience
    return made


def after_answer(attempts: PatientRetry, request: Request, answer: Answer) -> PatientRetry | None:
    """Return what is left of the attempts after an answer, or None when it is the one to return."""
    names_a_wait = any(name.lower() == "retry-after" for name in answer.headers)
    if not attempts.is_retry(request.method, answer.status, names_a_wait):
        return None
    return _after(attempts, request, response=urllib3.HTTPResponse(b"", answer.headers, answer.status))


def after_problem(attempts: PatientRetry, request: Request, problem: UnreachableError) -> PatientRetry | None:
    """Return what is left of the attempts after a request that got no answer, or None when nothing is."""
    error = urllib3.exceptions.ProtocolError if problem.maybe_received else urllib3.exceptions.ConnectTimeoutError
    return _after(attempts, request, error=error(str(problem)))


def _after(attempts: PatientRetry, request: Request, **outcome: t.Any) -> PatientRetry | None:
    try:
        return attempts.increment(request.method, request.url, **outcome)
    except urllib3.exceptions.HTTPError:
        return None
