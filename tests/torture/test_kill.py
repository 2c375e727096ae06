# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A play that is killed with SIGKILL at any step; the next one leaves one key that works, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from harness import steps
from harness.batch import Batch
from harness.invariants import assert_settled
from harness.kills import JOBS, prepared
from harness.service import Accounts

pytestmark = pytest.mark.row("a play is killed before one of its steps")

#: Only these change what a next play finds; the others tidy up, or make what is there outlast a loss of power.
_TELLING = ("send", "write the intent", "rename", "remove the intent")
_SHORT = {
    # Before a temporary file is written, an empty one is there.
    "create": [step for step in steps.CREATE if step.startswith((*_TELLING, "write"))],
    # The rest is the same with and without overlap.
    "rotate": ["rename the vault file 2"],
    # Until the intent is written a rotation differs in nothing from the making of the first key.
    "rotate without overlap": [step for step in steps.ROTATE_WITHOUT_OVERLAP[9:] if step.startswith(_TELLING)],
}
CASES = [
    pytest.param(job, step, id=f"{job}: {step}", marks=[] if step in _SHORT.get(job, ()) else pytest.mark.long)
    for job in JOBS
    for step in JOBS[job].steps
]


@pytest.mark.parametrize("job", JOBS)
def test_the_steps_are_all_there_are(accounts: Accounts, tmp_path: Path, job: str) -> None:
    controller = prepared(tmp_path, accounts.new(), JOBS[job])
    assert tuple(controller.trace(**JOBS[job].options)) == JOBS[job].steps
    assert_settled(controller, retiring=JOBS[job].retiring)


@pytest.mark.parametrize(("job", "step"), CASES)
def test_killed_before_a_step_the_next_play_settles_it(kills: Batch, job: str, step: str) -> None:
    kills.join(f"{job}: {step}")
