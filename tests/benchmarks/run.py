# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a token costs in a play: with this collection, and in the ways that come with Ansible, side by side.

The results are written to docs/benchmarks. Goals are judged by processor time, since the clock says little on a busy
machine; a goal that is missed does not fail the run.
"""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
import sys
import tempfile
from pathlib import Path

import figures
import plays
import records
import report
import results
from figures import Requests
from measuring import Samples, measure, run
from stage import Stage, stage, write_private


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
        bootstrap: how many keys the long loop makes.
    """

    request_hosts: int
    growth: dict[int, int]
    cost_hosts: int
    templates: dict[int, int]
    repeated: int
    records: tuple[int, ...]
    loops: int
    bootstrap: int


_WHOLE = Plan(50, {10: 3, 100: 2, 1000: 1}, 100, {100: 1, 500: 1}, 5, (10, 100, 1000), 3, 500)
_QUICK = Plan(2, {20: 2}, 20, {4: 1}, 1, (10, 1000), 1, 50)


def main() -> int:
    """Measure, print the tables and write the results."""
    quick = results.is_quick(__doc__)
    plan = _QUICK if quick else _WHOLE
    surroundings, samples = results.Surroundings(), Samples()
    with tempfile.TemporaryDirectory(prefix="bloq-benchmark-") as name, stage(Path(name)) as made:
        requests = _count_requests(made, plan.request_hosts)
        _measure_all(made, samples, plan)
        keys = records.measure(made, plan.records, plan.loops, plan.bootstrap)
    goals = figures.goals(samples, requests, plan.cost_hosts, keys)
    tables = report.markdown(samples, requests, goals, plan.cost_hosts, keys)
    about = surroundings.told()
    print(f"\n\n{tables}\n{results.in_words(about)}")
    if quick:
        # What was wanted to know, last, where it is seen.
        print(f"\n{report.goals_table(goals)}")
        return 0
    # Drawing takes half a second to load, and nothing else needs it.
    import plot

    raw = {"about": about, "requests": requests, "samples": samples.all, "keys": vars(keys), "goals": goals}
    text = json.dumps(raw, default=dataclasses.asdict, indent=1)
    # A sample a line keeps differences readable.
    text = re.sub(r"\n {3,}", " ", text).replace("\n  }", " }")
    (results.FOLDER / "results.json").write_text(text + "\n", encoding="utf-8")
    pictures = plot.draw(samples, requests, keys, plan.cost_hosts, results.PICTURES)
    shown = "\n\n".join(f"![{title}](../docsite/rst/images/{name})" for name, title in pictures.items())
    results.write(results.FOLDER / "README.md", f"{results.in_words(about)}\n\n{shown}\n\n{tables}")
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


if __name__ == "__main__":
    sys.exit(main())
