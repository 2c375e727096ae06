# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The threat model names tests that there are, in each of its rows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
_ROWS = [
    line.split(" | ")
    for line in (ROOT / "SECURITY.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and not line.startswith(("| asset ", "| ---"))
]


@pytest.mark.parametrize("row", _ROWS, ids=lambda row: f"{row[0]} - {row[1]}"[:60])
def test_the_tests_of_a_row_exist(row: list[str]) -> None:
    asset, _who, what_stops_them, tests = row
    assert asset.strip("| ") and what_stops_them
    named = re.findall(r"`(tests/[^`]+)`", tests)
    assert named
    for test in named:
        path, _colons, function = test.partition("::")
        if function:
            content = (ROOT / path).read_text(encoding="utf-8")
            assert re.search(rf"^ *def {function}\(", content, re.MULTILINE), test
        else:
            assert (ROOT / path / "runme.sh").is_file(), test


def test_there_are_rows() -> None:
    assert len(_ROWS) >= 9
