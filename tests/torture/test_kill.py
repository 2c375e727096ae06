# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A play that is killed with SIGKILL at any step; the next one leaves one key that works, and nothing else."""

from __future__ import annotations

import dataclasses
import functools
import typing as t
from pathlib import Path

import pytest
from harness import steps
from harness.batch import Batch
from harness.controller import Controller
from harness.service import Account, Accounts
from harness.vault import write_record
from harness.verdict import assert_settled

_LONG_AGO = "2020-01-01T00:00:00Z"
_DUE = {"rotate": "when_older_than", "max_age": "1h"}


@dataclasses.dataclass(frozen=True)
class Job:
    """What a play does.

    Attributes:
        options: the task's options.
        steps: the steps that it takes.
        rotation: whether there is an old key to begin with.
        retiring: the keys that it leaves on their way out.
    """

    options: dict[str, t.Any]
    steps: tuple[str, ...]
    rotation: bool
    retiring: int = 0


JOBS = {
    "create": Job({}, steps.CREATE, rotation=False),
    "create, whole file": Job({"vault_layout": "file"}, steps.CREATE, rotation=False),
    "rotate": Job({**_DUE, "overlap": "24h"}, steps.ROTATE, rotation=True, retiring=1),
    "rotate without overlap": Job({**_DUE, "overlap": "0"}, steps.ROTATE_WITHOUT_OVERLAP, rotation=True),
}
#: Only these change what a next play finds; the others tidy up, or make what is there outlast a loss of power.
_TELLING = ("send", "make", "write", "rename", "remove the intent")
_SHORT = {
    "create": steps.CREATE,
    "rotate": [step for step in steps.ROTATE[-6:] if step.startswith(_TELLING)],
    "rotate without overlap": [step for step in steps.ROTATE_WITHOUT_OVERLAP if step.startswith(_TELLING)],
}
CASES = [
    pytest.param(job, step, id=f"{job}: {step}", marks=[] if step in _SHORT.get(job, ()) else pytest.mark.long)
    for job in JOBS
    for step in JOBS[job].steps
]


def prepared(home: Path, account: Account, job: Job) -> Controller:
    """Return a controller with what the job needs to begin with."""
    controller = Controller(home, account)
    if job.rotation:
        client_id, secret = account.make_key()
        record = {"accounts_url": account.service.url, "client_id": client_id, "created_at": _LONG_AGO}
        write_record(controller.vault_file, controller.password_file, "ci", {**record, "client_secret": secret})
    return controller


@pytest.fixture(scope="module", autouse=True)
def killed(
    request: pytest.FixtureRequest, batch: Batch, accounts: Accounts, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Start all cases that are to run."""
    for item in request.session.items:
        callspec = getattr(item, "callspec", None)
        if item.path == request.path and callspec and "step" in callspec.params:
            job, step = callspec.params["job"], callspec.params["step"]
            home = tmp_path_factory.mktemp("controller")
            batch.add(f"{job}: {step}", functools.partial(kill, accounts, home, JOBS[job], step))


def kill(accounts: Accounts, home: Path, job: Job, step: str) -> None:
    """Kill the play at a step, run it again and see."""
    controller = prepared(home, accounts.new(), job)
    killed = controller.run_to(step, **job.options)
    assert killed.status == -9, killed.output
    again = controller.run(**job.options)
    assert again.status == 0, again.output
    assert_settled(controller, retiring=job.retiring)


@pytest.mark.parametrize("job", JOBS)
def test_the_steps_are_all_there_are(accounts: Accounts, tmp_path: Path, job: str) -> None:
    controller = prepared(tmp_path, accounts.new(), JOBS[job])
    assert tuple(controller.trace(**JOBS[job].options)) == JOBS[job].steps
    assert_settled(controller, retiring=JOBS[job].retiring)


@pytest.mark.parametrize(("job", "step"), CASES)
def test_killed_before_a_step_the_next_play_settles_it(batch: Batch, job: str, step: str) -> None:
    batch.join(f"{job}: {step}")
