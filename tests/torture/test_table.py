# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table tells the truth: what is lost, leaked or let in is counted, and the run fails."""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.row("the table counts what is lost, leaked and let in")

_PLUGIN = """
import pytest
from harness.table import COUNTED, Row, Table
def pytest_configure(config):
    config.pluginmanager.register(Table(config.rootpath / "build" / "table.json", bounded=False))
@pytest.fixture
def row(request):
    return request.node.stash.setdefault(COUNTED, Row())
"""
_TESTS = """
import pytest
@pytest.mark.row("keys")
@pytest.mark.parametrize("kept", [True, {kept}])
def test_kept(kept):
    assert kept
@pytest.mark.row("doors", harm="let in")
def test_doors(row):
    row.tried = 40
    row.figures["knocks"] = 41
    row.harms["leaked"] = {leaked}
@pytest.mark.row("elsewhere")
def test_skipped():
    pytest.skip()
"""


@pytest.mark.parametrize(
    ("kept", "leaked", "status"),
    [(True, 0, pytest.ExitCode.OK), (False, 0, pytest.ExitCode.TESTS_FAILED), (True, 2, pytest.ExitCode.TESTS_FAILED)],
    ids=["nothing", "one lost", "two leaked"],
)
def test_a_run_ends_with_what_it_counted(
    pytester: pytest.Pytester, kept: bool, leaked: int, status: pytest.ExitCode
) -> None:
    pytester.makeconftest(_PLUGIN)
    pytester.makepyfile(_TESTS.format(kept=kept, leaked=leaked))
    run = pytester.runpytest("-q", "-p", "no:cacheprovider")
    assert run.ret == status
    lost = int(not kept)
    assert [line.split() for line in run.outlines if line.startswith(("keys", "doors", "elsewhere", "total"))] == [
        ["keys", "2", str(lost), "0", "0"],
        ["doors", "40", "0", str(leaked), "0"],
        ["elsewhere", "0", "0", "0", "0"],
        ["total", "42", str(lost), str(leaked), "0"],
    ]
    assert max(len(line) for line in run.outlines if line.startswith(("what was tried", "total"))) == 80
    table = json.loads((pytester.path / "build" / "table.json").read_text(encoding="utf-8"))
    assert table["rows"]["doors"] == {"tried": 40, "lost": 0, "leaked": leaked, "let_in": 0, "figures": {"knocks": 41}}


def test_a_test_without_a_row_is_refused(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(_PLUGIN)
    pytester.makepyfile("def test_nothing(): pass")
    assert pytester.runpytest("-q", "-p", "no:cacheprovider").ret == pytest.ExitCode.USAGE_ERROR
