# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cases that run side by side, so that a machine's cores are used while plays wait for disks and replies."""

from __future__ import annotations

import concurrent.futures
import os
import typing as t


class Batch:
    """Runs cases in the background; each test then waits for its own.

    Attributes:
        workers: how many run at the same time.
    """

    def __init__(self) -> None:
        self.workers = (os.cpu_count() or 1) + 1
        self._pool = concurrent.futures.ThreadPoolExecutor(max_workers=self.workers)
        self._cases: dict[str, concurrent.futures.Future[None]] = {}

    def add(self, name: str, case: t.Callable[[], None]) -> None:
        """Start a case as soon as there is room."""
        self._cases[name] = self._pool.submit(case)

    def join(self, name: str) -> None:
        """Wait for a case and raise what it raised."""
        self._cases[name].result()

    def close(self) -> None:
        """Drop the cases that have not begun, and wait for the others."""
        self._pool.shutdown(cancel_futures=True)
