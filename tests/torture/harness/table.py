# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table at the end: what was tried, how often, what was lost, leaked or let in.

Every test names its row with the marker ``row``: ``@pytest.mark.row("a play is killed before a step")``. A test is one
try, and when it fails, one thing lost; ``harm="leaked"`` or ``harm="let in"`` in the marker says what its failure means
otherwise. A test that tries many things takes the fixture ``row`` and counts them itself.
"""

from __future__ import annotations

import collections
import dataclasses
import json
import time
import typing as t
from collections.abc import Iterator
from pathlib import Path

import pytest

HARMS = ("lost", "leaked", "let in")
_LINE = "{:<50}{:>8}{:>6}{:>8}{:>8}"
_COUNTS = "torture"
#: Seconds that the whole may take.
_BOUND = 15 * 60


@dataclasses.dataclass
class Row:
    """A row of the table, or what one test adds to it.

    Attributes:
        tried: how often it was tried.
        harms: how often something was lost, leaked, or somebody let in.
        figures: further numbers to show, such as the tokens that were minted.
    """

    tried: int = 0
    harms: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)
    figures: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)

    def add(self, other: Row) -> None:
        """Add what another one counted."""
        self.tried += other.tried
        self.harms.update(other.harms)
        self.figures.update(other.figures)

    def lines(self, name: str) -> Iterator[str]:
        """Return the lines of the table that show it."""
        yield _LINE.format(name, self.tried, *(self.harms[harm] for harm in HARMS))
        for figure, number in self.figures.items():
            yield f"  {figure}: {number}"

    def plain(self) -> dict[str, t.Any]:
        """Return it as plain data."""
        return {
            "tried": self.tried,
            **{harm.replace(" ", "_"): self.harms[harm] for harm in HARMS},
            "figures": dict(self.figures),
        }


class Table:
    """Counts what the tests of a run try and find; a plugin of pytest.

    Args:
        report: the file that gets the table as JSON.
        bounded: whether the run ends when it has taken too long.
    """

    def __init__(self, report: Path, *, bounded: bool) -> None:
        self._report = report
        self._deadline = time.monotonic() + _BOUND if bounded else None
        self._rows: dict[str, Row] = {}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Refuse tests without a row, and begin the rows in the order of the tests."""
        for item in items:
            name, _harm = _marked(item)
            self._rows.setdefault(name, Row())

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Begin no test when there is no time left."""
        if self._deadline is not None and time.monotonic() > self._deadline:
            pytest.fail(f"not tried: there are {_BOUND // 60} minutes for all of it")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> t.Generator[None, pytest.TestReport, pytest.TestReport]:
        """Add what a test tried and found to its row."""
        report = yield
        if call.when == "call" or report.failed:
            self._count(item, report)
        return report

    def _count(self, item: pytest.Item, report: pytest.TestReport) -> None:
        name, harm = _marked(item)
        counted = item.stash.get(COUNTED, Row())
        if not counted.tried and not report.skipped:
            counted.tried = 1
        if report.failed and not counted.harms.total():
            counted.harms[harm] = 1
        item.stash[COUNTED] = Row()
        self._rows[name].add(counted)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Fail when anything was lost, leaked or let in, even if its test did not say so."""
        if session.exitstatus == pytest.ExitCode.OK and any(row.harms.total() for row in self._rows.values()):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the table and write it."""
        total = Row()
        for row in self._rows.values():
            total.add(dataclasses.replace(row, figures=collections.Counter()))
        terminalreporter.write_line("")
        terminalreporter.write_line(_LINE.format("what was tried", "tried", *HARMS))
        for name, row in [*self._rows.items(), ("total", total)]:
            for line in row.lines(name):
                terminalreporter.write_line(line)
        plain = {"rows": {name: row.plain() for name, row in self._rows.items()}, "total": total.plain()}
        self._report.parent.mkdir(exist_ok=True)
        self._report.write_text(json.dumps(plain, indent=2) + "\n", encoding="utf-8")


#: What a running test has counted itself.
COUNTED = pytest.StashKey[Row]()


def _marked(item: pytest.Item) -> tuple[str, str]:
    marker = item.get_closest_marker("row")
    if marker is None:
        raise pytest.UsageError(f"{item.nodeid} belongs to no row of the table: mark it with row(name)")
    name, harm = marker.args[0], marker.kwargs.get("harm", HARMS[0])
    assert len(name) <= 50 and harm in HARMS, f"row({name!r}, harm={harm!r}) does not fit into the table"
    return name, harm
