# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The login throttle: repeated wrong passwords make an account wait."""

from __future__ import annotations

import collections
import math
import typing as t

MAX_FAILURES = 10
WINDOW_SECONDS = 60
_MAX_NAMES = 10_000


class Throttle:
    """Counts wrong passwords for each name that somebody tried to log in with, in memory."""

    def __init__(self, clock: t.Callable[[], float], *, enabled: bool = True) -> None:
        self._clock = clock
        self._enabled = enabled
        self._failures: collections.OrderedDict[str, list[float]] = collections.OrderedDict()

    def wait(self, name: str) -> int:
        """Return how many seconds the name must wait; 0 when it may try now."""
        recent = self._recent(name)
        if not self._enabled or len(recent) < MAX_FAILURES:
            return 0
        return max(1, math.ceil(recent[-MAX_FAILURES] + WINDOW_SECONDS - self._clock()))

    def failed(self, name: str) -> None:
        """Count a wrong password."""
        self._failures[name.lower()] = [*self._recent(name)[-MAX_FAILURES:], self._clock()]
        self._failures.move_to_end(name.lower())
        if len(self._failures) > _MAX_NAMES:
            self._failures.popitem(last=False)

    def succeeded(self, name: str) -> None:
        """Forget the name's wrong passwords."""
        self._failures.pop(name.lower(), None)

    def _recent(self, name: str) -> list[float]:
        start = self._clock() - WINDOW_SECONDS
        return [moment for moment in self._failures.get(name.lower(), []) if moment > start]
