# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The end of a process and of all that came from it."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path


def end_all(leader: int) -> None:
    """Kill the process group of ``leader``, and the groups that its children made for themselves, with SIGKILL.

    The workers of ansible-core 2.19 have sessions of their own, which no signal to the group reaches.
    """
    groups = {leader, *map(os.getpgid, descendants(leader))}
    for group in groups:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)


def descendants(process: int) -> list[int]:
    """Return the processes that came from ``process`` and whose parents still live."""
    children = [
        int(child)
        for listing in Path(f"/proc/{process}/task").glob("*/children")
        for child in listing.read_text(encoding="ascii").split()
    ]
    return [descendant for child in children for descendant in (child, *descendants(child))]


@contextlib.contextmanager
def stopped(leader: int) -> Iterator[None]:
    """Stop a process and all that came from it, as Ctrl-Z or a debugger does, while the block runs."""
    processes = [leader, *descendants(leader)]
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            os.kill(process, signal.SIGCONT)
