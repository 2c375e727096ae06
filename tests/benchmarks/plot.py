# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The results as a picture."""

from __future__ import annotations

import typing as t
from pathlib import Path

import figures
import matplotlib as mpl
from figures import Requests
from measuring import Samples
from plays import LOOKUPS, MODULES, REPEATED

mpl.use("Agg")

from matplotlib import pyplot as plt

_OURS, _OTHER = "tab:blue", "tab:gray"


def draw(samples: Samples, requests: list[Requests], cost_hosts: int, path: Path) -> None:
    """Draw requests, costs and growth into a PNG file."""
    figure, ((counted, further, first), (tasks, lookups_grow, tasks_grow)) = plt.subplots(2, 3, figsize=(13, 7))
    _bars(counted, "Requests of one play", {r.name: float(r.requests) for r in requests}, log=True)
    costs = {name: figures.further_cost(samples, name) for name in REPEATED[1:]}
    _bars(further, "One more lookup over a literal, ms", costs, log=True)
    costs = {name: figures.first_cost(samples, name, cost_hosts) for name in LOOKUPS[1:]}
    _bars(first, "First lookup of a process over a literal, ms", costs)
    costs = {name: figures.task_cost(samples, name, cost_hosts) for name in MODULES[1:]}
    _bars(tasks, "Task over debug, ms", costs)
    _growth(lookups_grow, samples, "first lookup")
    _growth(tasks_grow, samples, "task")
    figure.tight_layout()
    figure.savefig(path, dpi=80, metadata={"Software": None})
    plt.close(figure)


def _bars(axes: t.Any, title: str, values: dict[str, float], *, log: bool = False) -> None:
    colours = [_OURS if name.startswith("bloq") else _OTHER for name in values]
    bars = axes.barh(list(values), list(values.values()), color=colours, log=log)
    axes.bar_label(bars, fmt="%.3g", padding=3)
    axes.invert_yaxis()
    axes.margins(x=0.2)
    axes.set_title(title, fontsize=10)


def _growth(axes: t.Any, samples: Samples, group: str) -> None:
    for name in samples.names(group):
        hosts = samples.hosts(group, name)
        seconds = [samples.times(group, name, count).processor for count in hosts]
        axes.plot(hosts, seconds, marker="o", label=name, linewidth=2.5 if name.startswith("bloq") else 1)
    axes.set(xscale="log", yscale="log", xlabel="hosts", ylabel="processor time of the play, s")
    axes.set_title(f"Growth: {group}", fontsize=10)
    axes.legend(fontsize=7)
