# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A bounded wait for a node, which the user can follow."""

from __future__ import annotations

import dataclasses
import time
import typing as t
from collections.abc import Callable

from ...module_utils._errors import ReplyError, UnreachableError
from ...module_utils._nodes import STARTED, STOPPED, Node

_FIRST_PAUSE = 0.5
#: Seconds that a look has, however little is left.
LEAST = 1.0

_T = t.TypeVar("_T")


class NotYetError(Exception):
    """What is waited for is not so yet. Its text goes on where the node's name ends."""


@dataclasses.dataclass(frozen=True)
class Wait:
    """How long is waited, and who gets to know.

    Attributes:
        timeout: seconds at most.
        notify: shown what is waited for, before each pause.
        clock: returns the time.
        sleep: pauses.
        before: seconds that the user has waited already, which messages count as well.
    """

    timeout: float
    notify: Callable[[str], None]
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    before: float = 0.0

    def until(self, look: Callable[[float], _T], who: str, longest_pause: float) -> _T:
        """Return what a look returns, once it is no longer too early.

        Args:
            look: raises NotYetError when it is, and takes no longer than the seconds that it is given.
            who: the node, as messages begin.
            longest_pause: seconds between two looks at most.

        Raises:
            UnreachableError: it was too early all the time.
        """
        began, pause, all_of_it = self.clock(), _FIRST_PAUSE, self.before + self.timeout
        while True:
            try:
                return look(max(LEAST, self.timeout - (self.clock() - began)))
            except NotYetError as not_yet:
                state = str(not_yet)
            waited = self.clock() - began
            if waited >= self.timeout:
                raise UnreachableError(
                    f"{who} {state} after {all_of_it:.0f} s. It goes on by itself: run the play again to wait on, "
                    "or raise wait_timeout.",
                    maybe_received=True,
                    timed_out=True,
                )
            self.notify(f"{who} {state}: waited {self.before + waited:.0f} s of {all_of_it:.0f} s")
            self.sleep(min(pause, self.timeout - waited))
            pause = min(pause * 1.5, longest_pause)


def wait_until_started(node: Node, find: Callable[[float], Node | None], who: str, wait: Wait) -> Node:
    """Return the node once it is started.

    Args:
        node: the node as it is now.
        find: returns it as it is then, or None, and takes no longer than the seconds that it is given.
        who: the node, as messages begin.
        wait: how long.

    Raises:
        ReplyError: it was removed meanwhile.
        UnreachableError: it is not started in time.
        BloqError: the service could not be asked.
    """
    known: Node | None = node

    def look(seconds: float) -> Node:
        nonlocal known
        # What is known at first was asked for just now.
        found, known = known or find(seconds), None
        if found is None or (found is not node and found.state == STOPPED):
            raise ReplyError(
                f"{who} was removed by somebody else while it started. Run the play again to make another."
            )
        if found.state != STARTED:
            raise NotYetError(f"is still {found.state}")
        return found

    return wait.until(look, who, longest_pause=5.0)
