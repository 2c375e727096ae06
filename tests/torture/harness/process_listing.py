# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What anybody on the machine sees of processes while they run: their command lines, titles and environments."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

from harness.processes import descendants

_PERIOD = 0.03
_FILES = ("cmdline", "comm", "environ")


class ProcessListing:
    """What was seen of a process and of all that came from it.

    Attributes:
        seen: the contents of the files in /proc, each once.
    """

    def __init__(self) -> None:
        self.seen: set[bytes] = set()

    def look(self, leader: int) -> None:
        """Look at all of them once."""
        # One that ends meanwhile is seen the next time, or never.
        with contextlib.suppress(OSError):
            for process in (leader, *descendants(leader)):
                self.seen.update(Path(f"/proc/{process}/{name}").read_bytes() for name in _FILES)


@contextlib.contextmanager
def watched(leader: int) -> Iterator[ProcessListing]:
    """Look at a process and its descendants again and again while the block runs."""
    listing, ended = ProcessListing(), threading.Event()

    def look() -> None:
        while not ended.wait(_PERIOD):
            listing.look(leader)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield listing
    finally:
        ended.set()
        thread.join()
