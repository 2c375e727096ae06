# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which records a change needs to look at, and that the others come back as they were or not at all."""

from __future__ import annotations

import re

import pytest
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault.cut import Cut, Lines, record_lines
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault.yaml_document import Document


def text_of(number: int, more: str = "") -> str:
    return "keys:\n" + "".join(f"  k{each}:\n    a: {each}\n" for each in range(number)) + more


def lines_of(text: str) -> Lines | None:
    document = Document(text, where="It")
    entries = document.entries(document.root) if document.root else []
    return record_lines(document, next((entry for entry in entries if entry.key.value == "keys"), None))


def found(text: str) -> Lines:
    lines = lines_of(text)
    assert lines is not None
    return lines


def names(text: str) -> list[int]:
    return [int(each) for each in re.findall(r"k(\d+):", text)]


@pytest.mark.parametrize(("number", "is_worth_it"), [(7, False), (8, True), (20, True)])
def test_a_few_records_are_looked_at_together(number: int, is_worth_it: bool) -> None:
    text = text_of(number)
    lines = lines_of(text)
    assert (lines is not None) is is_worth_it
    for name, (start, end) in (lines or {}).items():
        assert text[start:end] == f"  {name}:\n    a: {name[1:]}\n"


@pytest.mark.parametrize(
    "text",
    [
        text_of(9, "b: &b 1\n"),
        text_of(9, "b: '*'\n"),
        text_of(9, "b: '<<'\n"),
        text_of(9, "...\n"),
        "# ours\n%YAML 1.1\n---\n" + text_of(9),
        "keys: {" + ", ".join(f"k{each}: {{a: 1}}" for each in range(9)) + "}\n",
        "keys: [" + ", ".join(f"{{a: {each}}}" for each in range(9)) + "]\n",
        "{keys: {" + ", ".join(f"k{each}: {{a: 1}}" for each in range(9)) + "}}\n",
        "other: 1\n",
        "",
    ],
)
def test_what_is_tied_together_or_has_no_lines_is_looked_at_whole(text: str) -> None:
    assert lines_of(text) is None


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("k0", [0, 1, 11]),
        ("k1", [0, 1, 2, 11]),
        ("k5", [0, 4, 5, 6, 11]),
        ("k10", [0, 9, 10, 11]),
        ("k11", [0, 10, 11]),
        ("new", [0, 10, 11]),
    ],
)
def test_the_first_the_last_and_the_neighbours_are_kept(name: str, kept: list[int]) -> None:
    text = text_of(12, "last: 1\n")
    lines = found(text)
    cut = Cut(text, lines, name)
    assert names(cut.text) == kept
    assert cut.text.startswith("keys:\n") and cut.text.endswith("last: 1\n")
    assert cut.restored(cut.text, found_near(cut.text)) == (text, lines)


def found_near(text: str) -> Lines:
    document = Document(text, where="It")
    assert document.root is not None
    return {each.key.value: document.lines(each) for each in document.entries(document.entries(document.root)[0].value)}


@pytest.mark.parametrize("longer", ["", "    b: more\n"])
def test_a_changed_neighbour_moves_what_comes_behind_it(longer: str) -> None:
    text = text_of(12)
    cut = Cut(text, found(text), "k5")
    changed = cut.text.replace("    a: 5\n", "    a: 5\n" + longer)
    whole = text.replace("    a: 5\n", "    a: 5\n" + longer)
    assert cut.restored(changed, found_near(changed)) == (whole, found(whole))


def test_where_a_comment_is_lost_doubled_or_moved_nothing_is_restored() -> None:
    text = text_of(12)
    cut = Cut(text, found(text), "k5")
    first, second = (line for line in cut.text.splitlines(keepends=True) if line.startswith("#"))
    for bad in (
        cut.text.replace(first, ""),
        cut.text.replace(first, first + first),
        cut.text.replace(first, " " + first),
        cut.text.replace(first, "").replace(second, second + first),
    ):
        assert cut.restored(bad, found_near(cut.text)) is None
