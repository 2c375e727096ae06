# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One call with a bearer token: a token that is over is replaced once, and whatever comes then is the answer."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from ...module_utils._errors import RefusedError
from ...module_utils._transport import Reply
from .._sessions import BearerSession
from .._tokens.source import ObtainedToken


class _UnauthorizedError(RefusedError):
    """The service that was called, and not the one that grants tokens, answered 401."""


class BearerCall:
    """One call.

    Args:
        send: sends it with the token that it is given, and returns the answer.
        obtain: returns the token; with True a new one, even when a fresh one is in the cache.

    Attributes:
        tokens: the tokens that were sent.
    """

    def __init__(self, send: Callable[[str], Reply], obtain: Callable[[bool], ObtainedToken]) -> None:
        self._send = send
        self._session = BearerSession(None, obtain)
        self._replies: list[Reply] = []
        self.tokens: set[str] = set()

    def reply(self) -> Reply:
        """Make the call and return the answer, whatever its status.

        Raises:
            BloqError: there is no token, or no answer.
        """
        with contextlib.suppress(_UnauthorizedError):
            self._session.ask(self._attempt)
        return self._replies[-1]

    def _attempt(self, token: str) -> None:
        self.tokens.add(token)
        reply = self._send(token)
        self._replies.append(reply)
        if reply.status == 401:
            raise _UnauthorizedError("", status=401, code=reply.code)
