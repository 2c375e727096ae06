# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The results in words and numbers: ratios first, as Markdown."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence

import figures
from figures import Goal, Requests
from measuring import Samples
from plays import LOOKUPS, MODULES, REPEATED, TASKS, TEMPLATES, USES
from records import LAYOUTS, KeyCosts
from results import table


def markdown(samples: Samples, requests: list[Requests], goals: list[Goal], cost_hosts: int, keys: KeyCosts) -> str:
    """Return the tables.

    Args:
        samples: what was measured.
        requests: what was counted.
        goals: how the goals were judged.
        cost_hosts: the number of hosts that the costs of a first lookup and of a task are taken from.
        keys: what client keys cost in loops.
    """
    sections = [
        goals_table(goals),
        _requests(requests),
        _further(samples),
        _first(samples, cost_hosts),
        _tasks(samples, cost_hosts),
        _templates(samples),
        _growth(samples, "first lookup", LOOKUPS),
        _growth(samples, "task", MODULES),
        _keys("A further bloq_client_key in a loop, by the records of its vault file", keys, keys.further),
        _keys("The first bloq_client_key of a process, by the records of its vault file", keys, keys.first),
        _bootstrap(keys),
    ]
    return "\n".join(sections)


def goals_table(goals: Sequence[Goal]) -> str:
    """Return every goal and whether it holds."""
    return table("Goals", ("Goal", "Found", ""), [(goal.wanted, goal.found, _verdict(goal)) for goal in goals])


def _requests(requests: list[Requests]) -> str:
    ours = next(entry for entry in requests if entry.name == "bloq_token")
    rows = [
        (f"{r.requests / ours.requests:.0f} times", str(r.requests), _WAYS[r.name], r.of, f"{r.wall:.0f} s")
        for r in requests
    ]
    title = f"Requests of one play: {ours.hosts} hosts, {TASKS} tasks, {USES} uses in each"
    return table(title, ("Ratio", "Requests", "Way", "Of what", "Play took"), rows)


def _further(samples: Samples) -> str:
    costs = {name: figures.further_cost(samples, name) for name in REPEATED[1:]}
    rows = [(_times(cost, costs["file"]), f"{cost:.3f} ms", name) for name, cost in costs.items()]
    title = "A lookup in a process that has used it already, over a literal (many in one template)"
    return table(title, ("Ratio to file", "Processor time", "Lookup"), rows)


def _first(samples: Samples, hosts: int) -> str:
    costs = {name: figures.first_cost(samples, name, hosts) for name in LOOKUPS[1:]}
    wall = {name: figures.first_cost(samples, name, hosts, "wall") for name in costs}
    rows = [
        (_times(cost, costs["file"]), f"{cost:.1f} ms", f"{wall[name]:.1f} ms", name) for name, cost in costs.items()
    ]
    title = f"The first lookup of a process, over a literal (one on each of {hosts} hosts)"
    return table(title, ("Ratio to file", "Processor time", "Clock", "Lookup"), rows)


def _tasks(samples: Samples, hosts: int) -> str:
    debug = samples.times("task", "debug", hosts).processor
    rows = [
        (
            _times(samples.times("task", name, hosts).processor, debug),
            f"{figures.task_cost(samples, name, hosts):.1f} ms",
            f"{figures.task_cost(samples, name, hosts, 'wall'):.1f} ms",
            name,
        )
        for name in MODULES
    ]
    title = f"A task, over debug (one on each of {hosts} hosts)"
    return table(title, ("Whole play to debug's", "Processor time", "Clock", "Task"), rows)


def _templates(samples: Samples) -> str:
    rows = []
    for hosts in samples.hosts("template", "literal"):
        for name in TEMPLATES:
            ratio = figures.template_ratio(samples, name, hosts)
            wall_ratio = figures.template_ratio(samples, name, hosts, "wall")
            times = samples.times("template", name, hosts)
            row = (f"{ratio:.3f}", f"{wall_ratio:.3f}", f"{times.processor:.1f} s", f"{times.wall:.1f} s")
            rows.append((*row, str(hosts), name))
    header = ("Ratio", "On the clock", "Processor time", "Clock", "Hosts", "Token in the template")
    return table("A play that makes a file from a template, over the same with a literal", header, rows)


def _growth(samples: Samples, group: str, names: Sequence[str]) -> str:
    hosts = samples.hosts(group, names[0])
    rows = []
    for name in names:
        played = samples.hosts(group, name)
        times = [samples.times(group, name, count) for count in played]
        cells = [f"{each.processor:.1f} s ({each.wall:.1f} s)" for each in times]
        cells += ["not played"] * (len(hosts) - len(played))
        growth = times[-1].processor / times[0].processor
        rows.append((f"{growth:.0f} times for {played[-1] // played[0]}", *cells, name))
    header = ("Growth", *(f"{count} hosts" for count in hosts), group.capitalize())
    return table(f"How plays grow ({group}): processor time, and on the clock", header, rows)


def _keys(title: str, keys: KeyCosts, cost: Callable[[str, str, int], float]) -> str:
    rows = []
    for layout in LAYOUTS:
        for what in ("unchanged", "created"):
            costs = [cost(what, layout, size) for size in keys.sizes]
            rows.append((_times(costs[-1], costs[0]), *(f"{each:.1f} ms" for each in costs), f"{what}, {layout}"))
    header = ("Ratio", *(f"{size} records" for size in keys.sizes), "Key, layout of the vault file")
    return table(title, header, rows)


def _bootstrap(keys: KeyCosts) -> str:
    made, tenth = keys.bootstrap[1:], max(2, len(keys.bootstrap) // 10)
    parts = [made[begin : begin + tenth] for begin in range(0, len(made), tenth)]
    medians = [statistics.median(part) for part in parts if len(part) > tenth // 2]
    rows = [
        (_times(median, medians[0]), f"{median:.1f} ms", f"{number * tenth + 1} to {(number + 1) * tenth}")
        for number, median in enumerate(medians)
    ]
    title = (
        f"{len(keys.bootstrap)} new keys in one loop, from an empty file on (bare requests: {keys.bare:.1f} ms a key)"
    )
    return table(title, ("Ratio", "Each", "Keys"), rows)


_WAYS = {
    "bloq_token": "`lookup('bloq.cloud.bloq_token')` at each use",
    "uri": "`ansible.builtin.uri` in a task of each host, its result registered",
    "url": "`lookup('ansible.builtin.url')` at each use",
    "curl": "`lookup('ansible.builtin.pipe', 'curl ...')` at each use",
}


def _times(value: float, of: float) -> str:
    return f"{value / of:.2f}"


def _verdict(goal: Goal) -> str:
    return "reached" if goal.reached else "missed"
