# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One bearer token for all requests of a task, replaced once when the service no longer takes it."""

from __future__ import annotations

import time
import typing as t
from collections.abc import Callable

from ..module_utils._errors import RefusedError
from ._tokens.source import Obtained

_T = t.TypeVar("_T")
#: Seconds before its end in which a token may be refused already, since no two clocks agree.
_DYING = 2.0


class BearerSession:
    """Carries out operations with a token.

    Args:
        obtain: returns the token; with True a new one, even when a fresh one is in the cache.
    """

    def __init__(self, obtain: Callable[[bool], Obtained]) -> None:
        self._obtain = obtain
        self._token: Obtained | None = None

    def call(self, operation: Callable[[str], _T]) -> _T:
        """Return what ``operation`` returns for the token.

        Raises:
            BloqError: there is no token, or what ``operation`` raises.
        """
        if self._token is None:
            self._token = self._obtain(False)
        try:
            return operation(self._token.grant.access_token)
        except RefusedError as error:
            if error.status != 401 or not _is_replaceable(self._token):
                raise
        self._token = self._obtain(True)
        return operation(self._token.grant.access_token)


def _is_replaceable(token: Obtained) -> bool:
    # A cached token can have died before its time, with the service's signing key for example, and one that was
    # minted for this task can have come to its end while the task waited.
    return token.source == "cache" or (token.source == "minted" and token.grant.remaining(time.time()) < _DYING)
