# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waits that take no time."""

from __future__ import annotations


class OwnTime:
    """The time of one module, which goes on by what is slept there and by nothing else.

    Attributes:
        passed: how many seconds that was.
    """

    def __init__(self) -> None:
        self.passed = 0.0

    def monotonic(self) -> float:
        return self.passed

    def sleep(self, seconds: float) -> None:
        self.passed += seconds
