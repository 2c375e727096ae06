# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controllers that are killed and removed with all that they had: the next one completes what they began."""

from __future__ import annotations

import concurrent.futures
import functools
import time
import typing as t
from pathlib import Path

import pytest
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._fleet.real_server import (
    Coordination,
    serve_coordination,
)
from harness import steps
from harness.coordination import LONG_AGO, assert_one_key, ended, world
from harness.service import KEYS
from harness.table import Row

_KILLED: dict[str, tuple[tuple[str, ...], dict[str, t.Any]]] = {
    "create": (steps.CREATE, {}),
    "rotate": (steps.ROTATE, {"rotate": "when_older_than", "max_age": "1h", "overlap": "24h"}),
    "rotate without overlap": (
        steps.ROTATE_WITHOUT_OVERLAP,
        {"rotate": "when_older_than", "max_age": "1h", "overlap": "0"},
    ),
}

_FEW = {
    "create": ("send POST /users/me/client-keys 1", "write the intent 1", "rename the vault file 1", steps.CREATE[-1]),
    "rotate": ("write the intent 1", "send POST /auth/token 1", "rename the vault file 2"),
    "rotate without overlap": ("send DELETE /users/me/client-keys 1", steps.ROTATE_WITHOUT_OVERLAP[-1]),
}


def _kill(folder: Path, url: str, step: str, options: dict[str, t.Any], *, rotates: bool) -> None:
    """Kill a run before a step and remove its container; the next one has what was committed before."""
    with world(folder, url) as (service, fleet, _log):
        olds = []
        if rotates:
            first = fleet.controller()
            fleet.run(first, timeout=5)
            fleet.commit(first)
            olds = [first.records()["ci"]["client_id"]]
            service.age(olds[0], LONG_AGO)
        # A key that is nobody's of ours stays.
        foreign, _secret = fleet.account.make_key()
        killed = fleet.controller()
        environment = {**killed.killing(step), **fleet.environment}
        run = killed.start(environment=environment, timeout=5, **options).wait()
        assert run.status == -9, run.output
        fleet.lose(killed)
        heir = fleet.controller()
        again = fleet.run(heir, timeout=5, **options)
        assert again.result["suspects"] == [], again.output
        others = [foreign, *(olds if options.get("overlap") == "24h" else [])]
        assert_one_key(fleet, heir, others=others)


@pytest.mark.row("a container is killed and removed")
@pytest.mark.parametrize("job", _KILLED)
def test_killed_at_every_step_with_the_container_removed(
    request: pytest.FixtureRequest, tmp_path: Path, row: Row, job: str
) -> None:
    all_steps, options = _KILLED[job]
    chosen = all_steps if request.config.getoption("--long") else _FEW[job]
    if job != "create":
        # The run before has left its login on the server.
        chosen = tuple(step for step in chosen if step != "send POST /auth 1")
    with (
        serve_coordination(tmp_path / "data") as coordination,
        concurrent.futures.ThreadPoolExecutor(4) as pool,
    ):
        tries = {}
        for number, step in enumerate(chosen):
            folder = tmp_path / str(number)
            folder.mkdir()
            kill = functools.partial(_kill, folder, coordination.url, step, options, rotates=job != "create")
            tries[step] = pool.submit(kill)
        row.tried = len(chosen)
        failed = {step: error for step, each in tries.items() if (error := each.exception())}
    row.harms["lost"] = len(failed)
    assert not failed, failed


@pytest.mark.row("a container is killed and removed")
def test_killed_before_the_reply_it_leaves_a_suspect_that_every_clone_names(
    tmp_path: Path, coordination: Coordination
) -> None:
    with world(tmp_path, coordination.url) as (service, fleet, _log):
        killed = fleet.controller()
        service.set_faults({"method": "POST", "path": KEYS, "delay_after": 30})
        running = fleet.start(killed, timeout=5)
        service.wait_until_struck()
        time.sleep(0.2)
        assert running.kill().status == -9
        fleet.lose(killed)
        (left,) = fleet.account.key_ids()
        heir = fleet.controller()
        run = fleet.run(heir, timeout=5)
        assert run.result["suspects"] == [left]
        other = fleet.controller()
        task = {"bloq.cloud.bloq_client_key_info": {"vault_file": str(other.vault_file)}}
        (info,) = ended([other.start_play([task], environment=fleet.environment)])
        states = {key["client_id"]: key["state"] for key in info.result["client_keys"]}
        assert states[left] == "suspect"
        cleaned = fleet.run(other, orphans="remove")
        assert cleaned.result["orphans_removed"] == [left]
        assert_one_key(fleet, heir, other)
