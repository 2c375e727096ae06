# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A bounded wait for a node, which the user can follow."""

from __future__ import annotations

import time
from collections.abc import Callable

from ...module_utils._errors import ReplyError, UnreachableError
from ...module_utils._nodes import STARTED, STOPPED, Node

_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 5.0


def wait_until_started(
    node: Node,
    find: Callable[[str], Node | None],
    *,
    name: str,
    timeout: float,
    notify: Callable[[str], None],
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Node:
    """Return the node once it is started.

    Args:
        node: the node as it is now.
        find: returns the node with this id, or None.
        name: its name.
        timeout: seconds to wait at most.
        notify: shown what is waited for, before each pause.
        clock: returns the time.
        sleep: pauses.

    Raises:
        ReplyError: it was removed meanwhile.
        UnreachableError: it is not started in time.
        BloqError: the service could not be asked.
    """
    began, pause = clock(), _FIRST_PAUSE
    while node.state != STARTED:
        waited = clock() - began
        if waited >= timeout:
            raise UnreachableError(
                f"The {node.kind} {name!r} ({node.id}) is still {node.state} after {timeout:g} s. It goes on by "
                "itself: run the play again to wait on, or raise wait_timeout.",
                maybe_received=True,
                timed_out=True,
            )
        notify(f"The {node.kind} {name!r} ({node.id}) is {node.state}: waited {waited:.0f} s of {timeout:g} s")
        sleep(min(pause, timeout - waited))
        pause = min(pause * 1.5, _LONGEST_PAUSE)
        found = find(node.id)
        if found is None or found.state == STOPPED:
            raise ReplyError(
                f"The {node.kind} {name!r} ({node.id}) was removed by somebody else while it started. Run the play "
                "again to make another."
            )
        node = found
    return node
