# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must be so after all that happened."""

from __future__ import annotations

from collections.abc import Set

from harness.controller import Controller


def assert_settled(
    *controllers: Controller, retiring: int = 0, left_over: Set[str] = frozenset(), interrupted: bool = False
) -> None:
    """Assert that every controller holds one key that works, and that the account has no key besides.

    Args:
        controllers: all controllers of one account, each with a name of its own where they share a file.
        retiring: the keys on their way out that each record must name.
        left_over: further keys that the account has, each of which a run has named as a suspect.
        interrupted: whether a request may have been under way that nobody saw the end of, so that a note may be there.
    """
    held: set[str] = set()
    for controller in controllers:
        record = controller.records()[controller.name]
        assert controller.account.service.works(record["client_id"], record["client_secret"])
        assert "pending" not in record
        on_their_way_out = {key["client_id"] for key in record.get("retiring", [])}
        assert len(on_their_way_out) == retiring
        held |= {record["client_id"], *on_their_way_out}
        assert controller.left_behind(notes=not interrupted) == []
    assert len(held) == len(controllers) * (1 + retiring)
    assert controllers[0].account.key_ids() == held | left_over
