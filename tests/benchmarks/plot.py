# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The results as pictures, one message each, which its title says; to be read at 600 pixels."""

from __future__ import annotations

import statistics
import typing as t
from collections.abc import Mapping, Sequence
from pathlib import Path

import figures
import matplotlib as mpl
from figures import Requests
from measuring import Samples
from plays import LOOKUPS, MODULES
from records import LAYOUTS, KeyCosts

mpl.use("Agg")

from matplotlib import pyplot as plt

_OURS, _OTHER = "tab:blue", "tab:gray"
_HEIGHT, _WIDTH = 3.4, 6.0
#: Twice what is shown, for screens that are fine.
_DOTS = 200
#: How many keys of the bootstrap a point of its curve is the median of.
_WINDOW = 15


class Pictures:
    """Pictures in a folder.

    Attributes:
        titles: what each of them says, by its file's name.
    """

    def __init__(self, folder: Path) -> None:
        self.titles: dict[str, str] = {}
        self._folder = folder

    def bars(self, name: str, title: str, axis: str, values: Mapping[str, float], *, log: bool = False) -> None:
        """Draw a bar for each value, ours in a colour."""
        figure, axes = plt.subplots(figsize=(_WIDTH, _HEIGHT), layout="constrained")
        colours = [_OURS if label.startswith("bloq") else _OTHER for label in values]
        bars = axes.barh(list(values), list(values.values()), color=colours, log=log)
        axes.bar_label(bars, labels=[_short(value) for value in values.values()], padding=3)
        axes.invert_yaxis()
        axes.margins(x=0.15)
        axes.set_xlabel(axis)
        self._save(figure, axes, name, title)

    def lines(
        self,
        name: str,
        title: str,
        axes_are: tuple[str, str],
        lines: Mapping[str, tuple[Sequence[float], Sequence[float]]],
        *,
        log: bool = False,
    ) -> None:
        """Draw a line for each pair of positions and values; one whose name begins with "bare" is dashed."""
        figure, axes = plt.subplots(figsize=(_WIDTH, _HEIGHT), layout="constrained")
        for label, (positions, values) in lines.items():
            style: dict[str, t.Any] = {"linestyle": "--", "color": _OTHER} if label.startswith("bare") else {}
            marker: dict[str, t.Any] = {"marker": "o"} if len(positions) < _WINDOW and not style else {}
            axes.plot(positions, values, label=label, **style, **marker)
        if log:
            axes.set_xscale("log")
            ticks = next(iter(lines.values()))[0]
            axes.set_xticks(ticks, [f"{tick:,.0f}" for tick in ticks])
            axes.minorticks_off()
        axes.set_ylim(bottom=0, top=1.05 * max(max(values) for _positions, values in lines.values()))
        axes.set(xlabel=axes_are[0], ylabel=axes_are[1])
        axes.grid(visible=True, alpha=0.3)
        figure.legend(loc="outside lower center", ncols=2, frameon=False)
        self._save(figure, axes, name, title)

    def _save(self, figure: t.Any, axes: t.Any, name: str, title: str) -> None:
        figure.get_layout_engine().set(w_pad=0.1, h_pad=0.08)
        figure.suptitle(title, fontsize=10.5, fontweight="bold", x=0.02, ha="left")
        axes.spines[["top", "right"]].set_visible(False)
        figure.savefig(self._folder / name, dpi=_DOTS, metadata={"Software": None})
        plt.close(figure)
        self.titles[name] = title


def draw(
    samples: Samples, requests: Sequence[Requests], keys: KeyCosts, cost_hosts: int, folder: Path
) -> dict[str, str]:
    """Draw what the tables say into PNG files, and return what each of them says by its name."""
    pictures = Pictures(folder)
    _draw_requests(pictures, requests)
    costs = {name: figures.first_cost(samples, name, cost_hosts) for name in LOOKUPS[1:]}
    ratio = costs["bloq_token, callback"] / costs["file"]
    pictures.bars(
        "benchmark-first-lookup.png",
        f"With its callback, a host's first lookup costs {ratio:.1f} times lookup file",
        "processor time over a literal, ms",
        costs,
    )
    tasks = {name: figures.task_cost(samples, name, cost_hosts) for name in MODULES[1:]}
    pictures.bars(
        "benchmark-tasks.png",
        f"A call with bloq_request takes {tasks['bloq_request'] / tasks['uri']:.0%} of what uri takes",
        "processor time of a task over debug, ms",
        tasks,
    )
    _draw_hosts(pictures, samples)
    _draw_keys(pictures, keys)
    return pictures.titles


def _draw_requests(pictures: Pictures, requests: Sequence[Requests]) -> None:
    counts = {entry.name: float(entry.requests) for entry in requests}
    uses = requests[0].uses
    pictures.bars(
        "benchmark-requests.png",
        f"{uses:,} uses of a token in a play: {counts['bloq_token']:,.0f} request",
        "requests (each step is ten times as many)",
        counts,
        log=True,
    )


def _draw_hosts(pictures: Pictures, samples: Samples) -> None:
    shown = ("literal", "file", "bloq_token", "bloq_token, vaulted")
    lines = {}
    for name in shown:
        hosts = samples.hosts("first lookup", name)
        each = [samples.times("first lookup", name, count).processor * 1000 / count for count in hosts]
        lines[name] = (hosts, each)
    most = lines["bloq_token"][0][-1]
    more = lines["bloq_token"][1][-1] - lines["file"][1][-1]
    title = f"On {most:,} hosts, a token costs {more:.0f} ms a host more than a file"
    pictures.lines("benchmark-hosts.png", title, ("hosts", "processor time a host, ms"), lines, log=True)


def _draw_keys(pictures: Pictures, keys: KeyCosts) -> None:
    kinds = [(what, layout) for what in ("created", "unchanged") for layout in LAYOUTS]
    lines: dict[str, tuple[Sequence[float], Sequence[float]]] = {
        f"{what}, {'values encrypted' if layout == 'inline' else 'whole file encrypted'}": (
            keys.sizes,
            [keys.further(what, layout, size) for size in keys.sizes],
        )
        for what, layout in kinds
    }
    most = max(keys.growth(what, layout) for what, layout in kinds)
    title = f"With {keys.sizes[-1]:,} records a key costs {most:.1f} times what it does with {keys.sizes[0]}"
    pictures.lines(
        "benchmark-records.png", title, ("records in the vault file", "processor time of a key, ms"), lines, log=True
    )
    made = keys.bootstrap[1:]
    smooth = [statistics.median(made[begin : begin + _WINDOW]) for begin in range(len(made) - _WINDOW + 1)]
    numbers = [number + 2 + _WINDOW // 2 for number in range(len(smooth))]
    pictures.lines(
        "benchmark-bootstrap.png",
        f"{len(keys.bootstrap)} keys in one loop: the last cost {keys.bootstrap_growth():.1f} times the first",
        ("keys made so far", "processor time of a key, ms"),
        {
            "bloq_client_key": (numbers, smooth),
            "bare requests and one durable write": ([2, len(keys.bootstrap)], [keys.bare, keys.bare]),
        },
    )


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.2g}"
