# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""PyYAML's nodes: found, copied without aliases, and compared."""

from __future__ import annotations

import typing as t
from collections.abc import Set

import yaml

from ...module_utils._errors import InputError

MAP_TAG = "tag:yaml.org,2002:map"
MERGE_TAG = "tag:yaml.org,2002:merge"
NULL_TAG = "tag:yaml.org,2002:null"
SEQ_TAG = "tag:yaml.org,2002:seq"
STR_TAG = "tag:yaml.org,2002:str"
VAULT_TAGS = frozenset({"!vault", "!vault-encrypted"})


# No record needs more, and copies are made by functions that call themselves.
_DEEPEST = 50
# Aliases of aliases can stand for more than any memory holds.
_MOST_COPIES = 10_000


def deep_copy(node: yaml.Node, *, where: str) -> yaml.Node:
    """Return a copy of ``node`` that shares nothing: aliases become copies of what they stand for.

    Args:
        node: the node.
        where: the file, as a message should name it.

    Raises:
        InputError: an alias stands for something that contains it, aliases stand for too much, or it is nested too
            deeply.
    """
    return _Copier(where).copied(node)


class _Copier:
    """Copies nodes, and counts what is copied again because of aliases."""

    def __init__(self, where: str) -> None:
        self._where = where
        self._seen: set[int] = set()
        self._again = 0

    def copied(self, node: yaml.Node, within: tuple[yaml.Node, ...] = ()) -> yaml.Node:
        self._check(node, within)
        within = (*within, node)
        marks = (node.start_mark, node.end_mark)
        if isinstance(node, yaml.MappingNode):
            pairs = [tuple(self.copied(each, within) for each in pair) for pair in node.value]
            flow = node.flow_style and not any(_needs_lines(each) for pair in pairs for each in pair)
            return yaml.MappingNode(node.tag, pairs, *marks, flow_style=flow)
        if isinstance(node, yaml.SequenceNode):
            items = [self.copied(item, within) for item in node.value]
            flow = node.flow_style and not any(_needs_lines(item) for item in items)
            return yaml.SequenceNode(node.tag, items, *marks, flow_style=flow)
        style = "|" if node.tag in VAULT_TAGS else t.cast(yaml.ScalarNode, node).style
        return yaml.ScalarNode(node.tag, node.value, *marks, style=style)

    def _check(self, node: yaml.Node, within: tuple[yaml.Node, ...]) -> None:
        line = node.start_mark.line + 1 if node.start_mark else 1
        if node in within:
            raise InputError(f"{self._where} has a YAML alias at line {line} that contains itself. Remove it.")
        if len(within) > _DEEPEST:
            raise InputError(f"{self._where} is nested too deeply. Write it out plainly.")
        self._again += id(node) in self._seen
        if self._again > _MOST_COPIES:
            raise InputError(
                f"{self._where} has YAML aliases that stand for too much, what is at line {line} among it. "
                "Write it out plainly."
            )
        self._seen.add(id(node))


def _needs_lines(node: yaml.Node) -> bool:
    """Return whether a copied node needs lines of its own, as vaulttext in block style does."""
    return node.tag in VAULT_TAGS or (isinstance(node, yaml.CollectionNode) and not node.flow_style)


def child(node: yaml.Node | None, name: str) -> yaml.Node | None:
    """Return the node of the value that ``node``, when it is a mapping, has itself under ``name``."""
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    return next((value for key, value in pairs if key.tag == STR_TAG and key.value == name), None)


def loads_alike(one: yaml.Node, other: yaml.Node) -> bool:
    """Return whether two nodes load to the same value; aliases may go round in circles."""
    seen: set[tuple[int, int]] = set()
    pairs = [(one, other)]
    while pairs:
        left, right = pairs.pop()
        if (id(left), id(right)) in seen:
            continue
        seen.add((id(left), id(right)))
        if type(left) is not type(right) or left.tag != right.tag:
            return False
        if isinstance(left, yaml.ScalarNode):
            # Line ends mean nothing in vaulttext.
            same = left.value.split() == right.value.split() if left.tag in VAULT_TAGS else left.value == right.value
            if not same:
                return False
            continue
        if len(left.value) != len(right.value):
            return False
        for mine, yours in zip(left.value, right.value, strict=True):
            pairs.extend(zip(mine, yours, strict=True) if isinstance(left, yaml.MappingNode) else [(mine, yours)])
    return True


def scalars(node: yaml.Node, left_out: Set[str] = frozenset()) -> t.Iterator[yaml.ScalarNode]:
    """Yield each scalar below ``node``, each once however often aliases name it.

    Args:
        node: the node.
        left_out: names whose values are left out.
    """
    seen: set[int] = set()
    nodes = [node]
    while nodes:
        found = nodes.pop()
        if id(found) in seen:
            continue
        seen.add(id(found))
        if isinstance(found, yaml.MappingNode):
            nodes += [each for pair in found.value if not _is_named(pair[0], left_out) for each in pair]
        elif isinstance(found, yaml.SequenceNode):
            nodes += found.value
        else:
            yield t.cast(yaml.ScalarNode, found)


def _is_named(key: yaml.Node, names: Set[str]) -> bool:
    return key.tag == STR_TAG and key.value in names
