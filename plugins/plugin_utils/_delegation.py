# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests sent from the host that a task is delegated to: one module run there for each."""

from __future__ import annotations

import base64
import json
import secrets
import time
import typing as t
from collections.abc import Mapping

from ansible.errors import AnsibleConnectionFailure
from ansible.module_utils.common.parameters import remove_values

from ..module_utils._argspec import RELAY
from ..module_utils._connection import Connection, Pause
from ..module_utils._errors import BloqError, UnreachableError, from_dict
from ..module_utils._request import Answer, Request
from ..module_utils._retries import Patience, after_answer, after_problem, retry
from ._far_reports import crash, secrets_of

_RELAY = "bloq.cloud.bloq_relay"
_LOST = "What it asked for may have been done. Run the task again, which finds out."


class RunModule(t.Protocol):
    """Runs a module on the far host."""

    def __call__(self, name: str, arguments: dict[str, t.Any], *, repeatable: bool) -> Mapping[str, t.Any]:
        """Return the module's result.

        Args:
            name: the module.
            arguments: its options.
            repeatable: whether the connection may run it again when it is lost meanwhile.
        """


class FarHost:
    """Carries requests to one service from another host. Waits between attempts are on the controller.

    Args:
        connection: how to reach the service from there.
        run_module: runs a module there.
        host: that host's name, for messages.
    """

    def __init__(self, connection: Connection, run_module: RunModule, host: str) -> None:
        self._settings = connection
        self._run_module = run_module
        self._host = host

    def carry(self, request: Request, *, repeatable: bool, pause: Pause) -> Answer:
        """Send a request, again where that is safe, and return the answer: see ``Carrier``."""
        settings = self._settings
        ends = time.monotonic() + settings.longest
        attempts = retry(settings, Patience(settings.max_retry_wait, ends, pause), repeatable=repeatable)
        while True:
            try:
                answer = self._attempt(request) if repeatable else self._attempt_once(request, ends)
            except UnreachableError as problem:
                following = None if problem.is_partial else after_problem(attempts, request, problem)
                if following is None:
                    raise
            else:
                following = after_answer(attempts, request, answer)
                if following is None:
                    return answer
            attempts = following
            attempts.sleep()

    def _attempt(self, request: Request) -> Answer:
        return self._answer(self._run(request, {}, repeatable=True))

    def _attempt_once(self, request: Request, ends: float) -> Answer:
        """Send a request that makes something: never twice, and by the far host's own clock never late.

        Args:
            request: the request.
            ends: when it must have ended, by ``time.monotonic``.
        """
        theirs = float(self._ran({}, repeatable=True)["now"])
        left = ends - time.monotonic() - self._settings.timeout
        once = {"id": secrets.token_hex(16), "not_after": theirs + left}
        try:
            result = self._run(request, once, repeatable=False)
        except AnsibleConnectionFailure as error:
            reason = str(remove_values(str(error), secrets_of(request)))
            raise UnreachableError(
                f"The connection to {self._host} was lost while a request was under way ({reason}). {_LOST}",
                maybe_received=True,
                timed_out=True,
            ) from None
        return self._answer(result)

    def _run(self, request: Request, more: Mapping[str, t.Any], *, repeatable: bool) -> Mapping[str, t.Any]:
        sent = {name: value for name, value in {**vars(request), **more}.items() if value is not None}
        result = self._ran({"request": json.dumps(sent)}, repeatable=repeatable)
        if result.get("failed") and not isinstance(result.get("failure"), Mapping):
            report = crash(result, self._host, secrets_of(request))
            if repeatable:
                raise BloqError(report)
            raise UnreachableError(f"{report} {_LOST}", maybe_received=True, timed_out=True)
        return result

    def _ran(self, arguments: Mapping[str, t.Any], *, repeatable: bool) -> Mapping[str, t.Any]:
        settings = {name: getattr(self._settings, name) for name in RELAY if name != "request"}
        given = {name: value for name, value in settings.items() if value is not None}
        result = self._run_module(_RELAY, {**given, **arguments}, repeatable=repeatable)
        if result.get("failed") and not arguments:
            raise BloqError(crash(result, self._host, frozenset()))
        return result

    def _answer(self, result: Mapping[str, t.Any]) -> Answer:
        if result.get("failed"):
            message = f"{result.get('msg')} This was tried from {self._host}."
            raise from_dict(message, result["failure"])
        content = base64.b64decode(result["content"])
        return Answer(int(result["status"]), dict(result["headers"]), content, result["unreadable"])
