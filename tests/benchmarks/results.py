# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the benchmarks' results have in common: how they are asked for, what they depend on, where they are written."""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import platform
import time
import typing as t
from collections.abc import Sequence
from pathlib import Path

from stage import COLLECTION, FORKS

FOLDER = COLLECTION / "docs" / "benchmarks"
#: Where the guides, the README and the results find pictures; the names of ours begin with "benchmark-".
PICTURES = COLLECTION / "docs" / "docsite" / "rst" / "images"
Row = Sequence[str]
_BEGIN, _END = "<!-- results -->\n", "<!-- end of results -->\n"


def is_quick(documentation: str | None) -> bool:
    """Return whether the command line asks for the small run."""
    parser = argparse.ArgumentParser(description=(documentation or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a small run for trying, whose results are not kept")
    return bool(parser.parse_args().quick)


class Surroundings:
    """What results depend on; made when a benchmark begins."""

    def __init__(self) -> None:
        self._started, self._load = time.monotonic(), os.getloadavg()[0]

    def told(self, versions: dict[str, str] | None = None) -> dict[str, t.Any]:
        """Return it by name, with the versions of what is measured beside ansible-core and Python."""
        used = os.times()
        return {
            "date": time.strftime("%Y-%m-%d", time.gmtime()),
            "ansible-core": importlib.metadata.version("ansible-core"),
            **(versions or {}),
            "Python": platform.python_version(),
            "processors": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
            "load when it began": round(self._load, 1),
            "load when it ended": round(os.getloadavg()[0], 1),
            "forks": FORKS,
            "minutes": round((time.monotonic() - self._started) / 60, 1),
            "minutes of processor time": round(
                (used.user + used.system + used.children_user + used.children_system) / 60, 1
            ),
        }


def in_words(told: dict[str, t.Any]) -> str:
    """Return what results depend on as a sentence."""
    return "Measured: " + ", ".join(f"{name} {value}" for name, value in told.items()) + "."


def write(path: Path, text: str) -> None:
    """Put results where a document has them."""
    before, rest = path.read_text(encoding="utf-8").split(_BEGIN)
    _old, after = rest.split(_END)
    path.write_text(f"{before}{_BEGIN}\n{text}\n{_END}{after}", encoding="utf-8")


def table(title: str, header: Row, rows: Sequence[Row]) -> str:
    """Return a section with one table, as Markdown."""
    lines = ["| " + " | ".join(row) + " |" for row in (header, ["---"] * len(header), *rows)]
    return "\n".join([f"### {title}", "", *lines, ""])
