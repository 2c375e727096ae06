# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What became of something that a vault file names, whatever it is."""

from __future__ import annotations

import dataclasses
import typing as t

from .creator import CrashSafeCreator


@dataclasses.dataclass(kw_only=True)
class Outcome:
    """What happened, or in check mode would happen.

    Attributes:
        drift: whether what the record names was gone from the service, or its secret was not its own.
        adopted: the id of what another run had made for this name; None when nothing was taken over.
        orphans_removed: the ids of what an earlier run had left behind.
        suspects: the ids of what an earlier run may have left behind, unproven and alive.
        changed: whether anything changed.
        warnings: what the user should know.
    """

    drift: bool = False
    adopted: str | None = None
    orphans_removed: list[str] = dataclasses.field(default_factory=list)
    suspects: list[str] = dataclasses.field(default_factory=list)
    changed: bool = False
    warnings: list[str] = dataclasses.field(default_factory=list)

    def conclude(self, creation: CrashSafeCreator[t.Any, t.Any], *, changed: bool) -> None:
        """Take over what the creation has found and done.

        Args:
            creation: what made, or would make, what the vault file names.
            changed: whether anything else changed.
        """
        creation.report_suspects()
        self.orphans_removed, self.suspects = creation.orphans_removed, creation.suspects
        self.warnings += creation.warnings
        # What was adopted only to be removed leaves no record.
        self.changed = changed or bool(self.orphans_removed or self.adopted)
