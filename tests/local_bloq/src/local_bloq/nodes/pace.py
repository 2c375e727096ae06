# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How soon nodes and clusters are there: started, then answering, then up to date with the chain."""

from __future__ import annotations

import dataclasses

from local_bloq.chain import BLOCKS
from local_bloq.settings import Settings


@dataclasses.dataclass(kw_only=True)
class Pace:
    """Times in seconds. Tests change them while the services run, see ``/_local/pace``.

    Attributes:
        start_seconds: from the creation to the state ``started``, for what is made from now on.
        answer_seconds: from then until it answers JSON-RPC.
        block_seconds: from then, for each block; 0 when it has all blocks at once.
    """

    start_seconds: float
    answer_seconds: float
    block_seconds: float

    @classmethod
    def of(cls, settings: Settings) -> Pace:
        """Return the pace that the operator chose."""
        return cls(
            start_seconds=settings.node_start_seconds,
            answer_seconds=settings.node_answer_seconds,
            block_seconds=settings.node_block_seconds,
        )

    def answers_at(self, starts_at: float) -> float:
        """Return the Unix time from which an instance that starts at this one answers."""
        return starts_at + self.answer_seconds

    def reaches(self, height: int, starts_at: float) -> float:
        """Return the Unix time at which such an instance has the block of a height."""
        return self.answers_at(starts_at) + height * self.block_seconds

    def height(self, starts_at: float, now: float) -> int:
        """Return the height of the last block that it has by now."""
        last = BLOCKS[-1].height
        behind = max(0.0, now - self.answers_at(starts_at))
        if behind >= last * self.block_seconds:
            return last
        return int(behind / self.block_seconds)
