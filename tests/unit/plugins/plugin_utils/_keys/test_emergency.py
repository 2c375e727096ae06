# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What leaked is revoked by its id when its record cannot be removed."""

from __future__ import annotations

from ansible_collections.bloq.cloud.plugins.module_utils._errors import FileError, ReplyError
from ansible_collections.bloq.cloud.plugins.plugin_utils._keys.emergency import revoke_by_id
from ansible_collections.bloq.cloud.plugins.plugin_utils._keys.states import KeyState

PROBLEM = FileError("It is locked.")


def held(client_id: str, *names: str, state: str = "current") -> KeyState:
    return KeyState(client_id, None, names[0] if names else None, bool(names), state, names=list(names))


STATES = [
    held("1", "ci"),
    held("2", "ci", "twin", state="retiring"),
    held("3", "other", "ci"),
    held("4", "other"),
    held("5"),
    held("6", "ci", state="missing on the server"),
]


def test_what_the_leaked_names_hold_alone_is_revoked() -> None:
    asked: list[str] = []
    outcome = revoke_by_id("ci", ["ci", "twin"], STATES, asked.append)
    assert (outcome.revoked, outcome.kept, asked) == (["1", "2"], ["3"], ["1", "2"])
    told = outcome.told(PROBLEM, "ci", check_mode=False)
    assert isinstance(told, FileError)
    assert str(told) == (
        "It is locked. Revoked by its id all the same: 1, 2. Another record names these too: 3. The record of 'ci' "
        "stays. Run this again when that is mended."
    )
    assert "Would be revoked by" in str(outcome.told(PROBLEM, "ci", check_mode=True))


def test_one_key_that_cannot_be_revoked_holds_up_no_other() -> None:
    def revoke(client_id: str) -> None:
        if client_id == "1":
            raise ReplyError("Not now.")

    outcome = revoke_by_id("ci", ["twin"], STATES, revoke)
    assert outcome.revoked == ["2"]
    assert "Revoked by its id all the same: 2. " in str(outcome.told(PROBLEM, "ci", check_mode=False))
    assert " Not now. The record" in str(outcome.told(PROBLEM, "ci", check_mode=False))
