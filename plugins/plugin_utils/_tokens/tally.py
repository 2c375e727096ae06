# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many tokens a run minted and how many it took from the cache, in all the processes that Ansible forks for it."""

from __future__ import annotations

import os
import tempfile

from . import source

_MARKS = {"minted": b"m", "cache": b"c"}


class Tally:
    """Counts from when it is made on, in this process and those that it forks, without a lock and without waiting.

    Each token is one byte at the end of a file that has no name: the system appends each as a whole.
    """

    def __init__(self) -> None:
        """Begin to count.

        Raises:
            OSError: there is no room for temporary files.
        """
        # Open as long as the run lasts, and closed by its end.
        self._file = tempfile.TemporaryFile("ab+")  # noqa: SIM115
        source.observe = self._note

    def count(self, where: str) -> int:
        """Return how many tokens came from there.

        Args:
            where: ``minted`` or ``cache``.
        """
        descriptor = self._file.fileno()
        return os.pread(descriptor, os.fstat(descriptor).st_size, 0).count(_MARKS[where])

    def _note(self, where: str) -> None:
        os.write(self._file.fileno(), _MARKS[where])
