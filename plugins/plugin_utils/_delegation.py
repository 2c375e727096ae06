# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests sent from the host that a task is delegated to: one module run there for each."""

from __future__ import annotations

import base64
import json
import time
import typing as t
from collections.abc import Callable, Mapping

import urllib3
from urllib3.util.retry import Retry

from ..module_utils._argspec import RELAY
from ..module_utils._connection import Connection, Pause
from ..module_utils._errors import BloqError, UnreachableError, from_dict
from ..module_utils._request import Answer, Request
from ..module_utils._retries import Patience, retry

RunModule = Callable[[str, dict[str, t.Any]], Mapping[str, t.Any]]


class FarHost:
    """Carries requests to one service from another host. Waits between attempts are on the controller.

    Args:
        connection: how to reach the service from there.
        run_module: runs a module there with these arguments and returns its result.
    """

    def __init__(self, connection: Connection, run_module: RunModule) -> None:
        self._settings = connection
        self._run_module = run_module

    def carry(self, request: Request, *, repeatable: bool, pause: Pause) -> Answer:
        """Send a request, again where that is safe, and return the answer: see ``Carrier``."""
        settings = self._settings
        patience = Patience(settings.max_retry_wait, time.monotonic() + settings.longest, pause)
        attempts: Retry = retry(settings, patience, repeatable=repeatable)
        while True:
            try:
                answer = self._attempt(request)
            except UnreachableError as problem:
                following = _after(attempts, request, error=_cause(problem))
                if following is None:
                    raise
            else:
                if not attempts.is_retry(request.method, answer.status, _names_a_wait(answer)):
                    return answer
                following = _after(attempts, request, response=_seen(answer))
                if following is None:
                    return answer
            attempts = following
            attempts.sleep()

    def _attempt(self, request: Request) -> Answer:
        settings = {name: getattr(self._settings, name) for name in RELAY if name != "request"}
        sent = {name: value for name, value in vars(request).items() if value is not None}
        arguments = {name: value for name, value in settings.items() if value is not None}
        result = self._run_module("bloq.cloud.bloq_relay", {**arguments, "request": json.dumps(sent)})
        if result.get("failed"):
            failure = result.get("failure")
            message = str(result.get("msg") or "A module failed on the host that the task is delegated to.")
            raise from_dict(message, failure) if isinstance(failure, Mapping) else BloqError(message)
        return Answer(
            int(result["status"]), dict(result["headers"]), base64.b64decode(result["content"]), result["unreadable"]
        )


def _names_a_wait(answer: Answer) -> bool:
    return any(name.lower() == "retry-after" for name in answer.headers)


def _after(attempts: Retry, request: Request, **outcome: t.Any) -> Retry | None:
    """Return what is left of the attempts after one of them, or None."""
    try:
        return attempts.increment(request.method, request.url, **outcome)
    except urllib3.exceptions.HTTPError:
        return None


def _seen(answer: Answer) -> urllib3.HTTPResponse:
    """Return an answer as urllib3's Retry wants to see it."""
    return urllib3.HTTPResponse(b"", answer.headers, answer.status)


def _cause(problem: UnreachableError) -> Exception:
    """Return a problem as urllib3's Retry wants to see it: before the request was sent, or after."""
    if problem.maybe_received:
        return urllib3.exceptions.ProtocolError(str(problem))
    return urllib3.exceptions.ConnectTimeoutError(str(problem))
