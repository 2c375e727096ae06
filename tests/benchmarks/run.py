# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a token costs in a play: with this collection, and in the ways that come with Ansible, side by side.

The results are written to docs/benchmarks. Goals are judged by processor time, since the clock says little on a busy
machine; a goal that is missed does not fail the run.
"""

from __future__ import annotations

import argparse
import dataclasses
import importlib.metadata
import json
import os
import platform
import re
import shutil
import sys
import tempfile
import time
import typing as t
from pathlib import Path

import figures
import plays
import plot
import records
import report
from figures import Requests
from measuring import Samples, measure, run
from stage import COLLECTION, FORKS, Stage, stage, write_private

_RESULTS = COLLECTION / "docs" / "benchmarks"
_BEGIN, _END = "<!-- results -->\n", "<!-- end of results -->\n"


@dataclasses.dataclass(frozen=True)
class Plan:
    """How much is measured.

    Attributes:
        request_hosts: hosts of the plays whose requests are counted.
        growth: numbers of hosts, and how often each is repeated.
        cost_hosts: the one of them that costs are taken from, and the most for what is slow.
        templates: the same for the template play.
        repeated: how often the template with many lookups is played.
        records: how many records the vault files have in which a key's cost is compared.
        loops: how often each loop over keys is played.
    """

    request_hosts: int
    growth: dict[int, int]
    cost_hosts: int
    templates: dict[int, int]
    repeated: int
    records: tuple[int, ...]
    loops: int


_WHOLE = Plan(50, {10: 3, 100: 2, 1000: 1}, 100, {100: 1, 500: 1}, 5, (10, 100, 1000), 3)
_QUICK = Plan(2, {20: 2}, 20, {4: 1}, 1, (10, 100), 1)


def main() -> int:
    """Measure, print the tables and write the results."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="a small run for trying, whose results are not kept")
    quick = parser.parse_args().quick
    plan = _QUICK if quick else _WHOLE
    started, load = time.monotonic(), os.getloadavg()[0]
    samples = Samples()
    with tempfile.TemporaryDirectory(prefix="bloq-benchmark-") as name, stage(Path(name)) as made:
        requests = _count_requests(made, plan.request_hosts)
        _measure_all(made, samples, plan)
        bare = min(records.bare_cost(made, 10) for _time in range(3))
        records.measure_growth(made, samples, plan.records, records.LAYOUTS, plan.loops)
    minutes = (time.monotonic() - started) / 60
    goals = figures.goals(samples, requests, plan.cost_hosts, plan.records, bare)
    tables = report.markdown(samples, requests, goals, plan.cost_hosts, plan.records)
    about = _about(load, minutes)
    print(f"\n\n{tables}\n" + ", ".join(f"{name}: {value}" for name, value in about.items()))
    if quick:
        return 0
    raw = {"about": about, "requests": requests, "samples": samples.all, "goals": goals}
    text = json.dumps(raw, default=dataclasses.asdict, indent=1)
    # A sample a line keeps differences readable.
    text = re.sub(r"\n {3,}", " ", text).replace("\n  }", " }")
    (_RESULTS / "results.json").write_text(text + "\n", encoding="utf-8")
    plot.draw(samples, requests, plan.cost_hosts, _RESULTS / "results.png")
    _write_readme(tables, about)
    return 0


def _count_requests(stage: Stage, hosts: int) -> list[Requests]:
    counted = []
    ways = [plays.requests_of_lookup, plays.requests_of_uri, plays.requests_of_url]
    if shutil.which("curl"):
        ways.append(plays.requests_of_curl)
    for way in ways:
        stage.forget_tokens()
        case = way(hosts)
        tokens, others = stage.token_requests(), stage.other_requests()
        wall = run(stage, case).wall
        print(".", end="", flush=True)
        tokens, others = stage.token_requests() - tokens, stage.other_requests() - others
        of = "token" if tokens else "start page: this lookup cannot POST"
        counted.append(Requests(case.name, hosts, tokens or others, of, wall))
    return counted


def _measure_all(stage: Stage, samples: Samples, plan: Plan) -> None:
    for file, content in plays.templates().items():
        write_private(stage.folder / file, content)
    # From here on the tokens are in the cache, and bytecode is in Python's.
    for name in ("bloq_token", "bloq_token, vaulted"):
        run(stage, plays.lookup_on_hosts(name, 1))
    run(stage, plays.task_on_hosts("bloq_request, account", 1))
    repeated = {(name, plays.repeated(other)) for other in plays.REPEATED for name in ("literal", other)}
    measure(stage, samples, [plays.lookup_repeated(*each) for each in sorted(repeated)], plan.repeated)
    for hosts, repetitions in plan.growth.items():
        left_out = plays.SLOW if hosts > plan.cost_hosts else frozenset()
        cases = [plays.lookup_on_hosts(name, hosts) for name in plays.LOOKUPS if name not in left_out]
        cases += [plays.task_on_hosts(name, hosts) for name in plays.MODULES if name not in left_out]
        measure(stage, samples, cases, repetitions)
    for hosts, repetitions in plan.templates.items():
        measure(stage, samples, [plays.template_on_hosts(name, hosts) for name in plays.TEMPLATES], repetitions)


def _about(load: float, minutes: float) -> dict[str, t.Any]:
    return {
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "ansible-core": importlib.metadata.version("ansible-core"),
        "Python": platform.python_version(),
        "processors": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "load when it began": round(load, 1),
        "forks": FORKS,
        "minutes": round(minutes, 1),
    }


def _write_readme(tables: str, about: dict[str, t.Any]) -> None:
    readme = _RESULTS / "README.md"
    before, rest = readme.read_text(encoding="utf-8").split(_BEGIN)
    _old, after = rest.split(_END)
    facts = ", ".join(f"{name} {value}" for name, value in about.items())
    results = f"{_BEGIN}\nMeasured: {facts}.\n\n![The results as a picture](results.png)\n\n{tables}\n{_END}"
    readme.write_text(before + results + after, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
