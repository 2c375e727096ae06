# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays that are killed at a step and run again."""

from __future__ import annotations

import dataclasses
import typing as t
from pathlib import Path

from harness import steps
from harness.controller import Controller
from harness.invariants import assert_settled
from harness.service import Account, Accounts
from harness.vault import write_record

_LONG_AGO = "2020-01-01T00:00:00.000Z"
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


def prepared(home: Path, account: Account, job: Job) -> Controller:
    """Return a controller with what the job needs to begin with."""
    controller = Controller(home, account)
    if job.rotation:
        client_id, secret = account.make_key()
        account.service.age(client_id, _LONG_AGO)
        record = {"accounts_url": account.service.url, "client_id": client_id, "created_at": _LONG_AGO}
        write_record(controller.vault_file, controller.password_file, "ci", {**record, "client_secret": secret})
    return controller


def kill(accounts: Accounts, home: Path, job: Job, step: str) -> None:
    """Kill the play at a step, run it again and see."""
    controller = prepared(home, accounts.new(), job)
    killed = controller.run_to(step, **job.options)
    assert killed.status == -9, killed.output
    again = controller.run(**job.options)
    assert again.status == 0, again.output
    suspects = set(again.result["suspects"])
    # Only between the request and its reply is nothing known of what it has created.
    assert len(suspects) == (1 if step == "write the intent 1" else 0), again.output
    assert_settled(controller, retiring=job.retiring, left_over=suspects, interrupted=True)
    if suspects:
        cleaned = controller.run(orphans="remove")
        assert cleaned.result["orphans_removed"] == sorted(suspects)
        assert_settled(controller, retiring=job.retiring, interrupted=True)
