# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""YAML nodes are copied without aliases, found, and compared by what they load to."""

from __future__ import annotations

import pytest
import yaml
from ansible_collections.bloq.cloud.plugins.module_utils._errors import InputError
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault.yaml_nodes import (
    child,
    deep_copy,
    loads_alike,
    scalars,
)


def composed(text: str) -> yaml.Node:
    node = yaml.compose(text)
    assert node is not None
    return node


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("a: 1", "'a': 0x1", False),
        ("a: 1", "{a: 1}", True),
        ("a: 1", "a: '1'", False),
        ("a: [1]", "a: {1: }", False),
        ("a: [1]", "a: [1, 2]", False),
        ("a: 1\nb: 2", "b: 2\na: 1", False),
        ("a: &a [1]\nb: *a", "a: [1]\nb: [1]", True),
        ("a: &a [*a]", "a: &b [*b]", True),
        ("a: &a [*a]", "a: &b [[*b]]", True),
        ("a: &a [*a]", "a: [[1]]", False),
        ("a: !vault |\n  1\n  2", "a: !vault '1\n\n  2\n\n'", True),
        ("a: !vault 12", "a: !unsafe 12", False),
        ("a: |\n  b", "a: |\n  b\n", False),
        ("a: 1\nb: 2", "a: 3\nb: 2", False),
        ("d: 1\na: &a [2]\nb: *a", "d: 9\na: &a [2]\nb: *a", False),
        ("{}", "[]", False),
    ],
)
def test_loads_alike(one: str, other: str, alike: bool) -> None:
    assert loads_alike(composed(one), composed(other)) is alike
    assert loads_alike(composed(other), composed(one)) is alike


@pytest.mark.parametrize(
    ("text", "lists", "is_flow"),
    [
        ("{a: [1], b: {c: 2}}", 3, True),
        ("a: 1", 1, False),
        ("{a: !vault x}", 1, False),
        ("[!vault x]", 1, False),
        ("{a: [!vault x]}", 2, False),
        ("[[1], {a: 2}]", 3, True),
        ("[[!vault x]]", 2, False),
    ],
)
def test_a_copy_in_flow_style_has_no_vaulttext(text: str, lists: int, is_flow: bool) -> None:
    found: list[bool | None] = []

    def look(node: yaml.Node) -> None:
        if isinstance(node, yaml.CollectionNode):
            found.append(node.flow_style)
            for each in node.value:
                for part in each if isinstance(each, tuple) else (each,):
                    look(part)

    copy = deep_copy(composed(text), where="It")
    look(copy)
    assert found == [is_flow] * lists
    assert loads_alike(copy, composed(text))


def test_a_copy_has_vaulttext_in_lines_of_its_own_and_other_text_as_it_was() -> None:
    copy = deep_copy(composed("a: !vault '1'\nb: 'x'\nc: !vault-encrypted '1'\nd: y"), where="It")
    assert [value.style for _key, value in copy.value] == ["|", "'", "|", None]
    assert (copy.start_mark.line, copy.value[1][1].start_mark.line, copy.end_mark.line) == (0, 1, 3)


@pytest.mark.parametrize(("depth", "is_copied"), [(51, True), (52, False)])
def test_what_is_nested_deeper_than_any_record_is_refused(depth: int, is_copied: bool) -> None:
    node = composed("[" * depth + "]" * depth)
    if is_copied:
        assert loads_alike(deep_copy(node, where="It"), node)
    else:
        with pytest.raises(InputError, match="It is nested too deeply"):
            deep_copy(node, where="It")


@pytest.mark.parametrize(("copies", "is_copied"), [(10_000, True), (10_001, False)])
def test_aliases_stand_for_ten_thousand_copies_at_most(copies: int, is_copied: bool) -> None:
    node = composed("- 1\n- &a 2\n")
    node.value += [node.value[1]] * copies
    if is_copied:
        assert len(deep_copy(node, where="It").value) == copies + 2
    else:
        with pytest.raises(InputError, match="It has YAML aliases that stand for too much, what is at line 2"):
            deep_copy(node, where="It")


def test_an_alias_of_what_contains_it_is_refused_with_its_line() -> None:
    with pytest.raises(InputError, match="It has a YAML alias at line 2 that contains itself"):
        deep_copy(composed("a: 1\nb: &b\n  - 1\n  - *b\n"), where="It")


def test_a_child_is_found_by_its_text() -> None:
    node = composed("1: a\nx: b\ny: c")
    assert child(node, "1") is None
    found = child(node, "y")
    assert found is not None and found.value == "c"
    assert child(node, "z") is child(composed("[x]"), "x") is child(None, "x") is None


def test_each_scalar_comes_once() -> None:
    node = composed("a: &a [1, {b: 2}]\nc: *a\nd: *a\ne: 3\nf: &f [*f, 4]")
    assert sorted(str(scalar.value) for scalar in scalars(node)) == ["1", "2", "3", "4", "a", "b", "c", "d", "e", "f"]
