# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What became of a named client key."""

from __future__ import annotations

import dataclasses

from .._creation.outcome import Outcome
from .record import KeyRecord


@dataclasses.dataclass(kw_only=True)
class KeyOutcome(Outcome):
    """What happened, or in check mode would happen.

    Attributes:
        before: the record as it was.
        after: the record as it is; in check mode the ids and times that only the service can give are empty.
        rotated: whether the current key was replaced while it was alive.
        created_at: when the current key was made (ISO 8601), by the service where its list and the record differ.
        revoked: the ids of the living keys that the service was told to revoke, and has said to have revoked.
        unmanaged: the ids of the account's keys that the vault file does not know, as far as the service
            was asked.
    """

    before: KeyRecord | None
    after: KeyRecord | None = None
    rotated: bool = False
    created_at: str | None = None
    revoked: list[str] = dataclasses.field(default_factory=list)
    unmanaged: list[str] = dataclasses.field(default_factory=list)
