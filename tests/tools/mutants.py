# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mutants of a file: the file with one small fault each, as mutmut makes them."""

from __future__ import annotations

import collections
import dataclasses
import difflib
import hashlib
import typing as t
from pathlib import Path

import libcst as cst
import yaml
from libcst import matchers as m
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation.mutators import mutation_operators, operator_string

_EQUIVALENTS = Path(__file__).parent / "mutants_equivalent.yml"

# What is nowhere evaluated, or only for those who look at types.
_TYPES = m.Name("TYPE_CHECKING") | m.Attribute(attr=m.Name("TYPE_CHECKING"))
_TYPE_VAR = m.Call(func=m.Name("TypeVar") | m.Attribute(attr=m.Name("TypeVar")))
_ALIAS = m.AnnAssign(annotation=m.Annotation(m.Name("TypeAlias") | m.Attribute(attr=m.Name("TypeAlias"))))
_NEVER_RUN = m.Annotation() | m.Decorator() | m.If(test=_TYPES) | _TYPE_VAR | _ALIAS
_CAST = m.Call(func=m.Name("cast") | m.Attribute(attr=m.Name("cast")))
# ansible-core starts in no locale but UTF-8, which makes this what is the default.
_ENCODING = m.Arg(keyword=m.Name("encoding"))
# None for nothing at all: its mutant is another empty value, which almost nothing can tell apart.
_NOTHING = m.Assign(value=m.Name("None")) | m.AnnAssign(value=m.Name("None"))


@dataclasses.dataclass(frozen=True)
class Mutant:
    """A file with one fault.

    Attributes:
        path: the file, below the root of the collection.
        lines: the numbers of the first and the last line of what is at fault, from 1.
        code: the whole file with the fault.
        diff: the lines that differ, without their indentation, each with ``-`` or ``+`` before it.
    """

    path: str
    lines: tuple[int, int]
    code: str
    diff: str


class Mutants(cst.CSTVisitor):
    """All mutants of one file, of which each is made when it is asked for."""

    METADATA_DEPENDENCIES = (PositionProvider,)

    def __init__(self, root: Path, path: str) -> None:
        """Find what can be at fault.

        Args:
            root: the collection's folder.
            path: the file, below it.
        """
        super().__init__()
        self._path = path
        self._code = (root / path).read_text(encoding="utf-8")
        self._found: list[tuple[cst.CSTNode, cst.CSTNode]] = []
        wrapper = MetadataWrapper(cst.parse_module(self._code))
        self._module = wrapper.module
        self._positions = wrapper.resolve(PositionProvider)
        wrapper.visit(self)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._found)

    def ranks(self, seed: str) -> list[str]:
        """Return a number for each, by which they come in an order that the seed decides.

        It hangs on what is at fault and on the line around it, not on where that is: when something else in the file
        changes, they keep it.
        """
        lines = self._code.splitlines()
        seen = collections.Counter[tuple[str, ...]]()
        ranks = []
        for node, fault in self._found:
            line = lines[self._positions[node].start.line - 1].strip()
            what = (seed, self._path, line, *map(self._module.code_for_node, (node, fault)))
            ranks.append(hashlib.sha256(repr((*what, seen[what])).encode()).hexdigest())
            seen[what] += 1
        return ranks

    def __getitem__(self, index: int) -> Mutant:
        """Make one of them."""
        node, fault = self._found[index]
        code = t.cast(cst.Module, self._module.deep_replace(node, fault)).code
        position = self._positions[node]
        return Mutant(self._path, (position.start.line, position.end.line), code, _difference(self._code, code))

    def on_visit(self, node: cst.CSTNode) -> bool:
        """Keep the faults of a node. Returns whether those of what is in it are wanted too."""
        if m.matches(node, _NEVER_RUN | _ENCODING):
            return False
        if m.matches(node, _CAST):
            t.cast(cst.Call, node).args[1].visit(self)
            return False
        for kind, operator in mutation_operators:
            if isinstance(node, kind) and not m.matches(node, _NOTHING):
                faults = _faults_of_text(node) if operator is operator_string else operator(node)
                self._found += [(node, fault) for fault in faults if not _is_about_encoding(node, fault)]
        return True


def _faults_of_text(node: cst.CSTNode) -> list[cst.CSTNode]:
    # Names and keys are behaviour, and one fault shows whether somebody looks. How prose reads is no behaviour.
    if not isinstance(node, cst.SimpleString) or " " in node.value:
        return []
    faults: list[cst.CSTNode] = list(operator_string(node))
    return faults[:1]


def _is_about_encoding(node: cst.CSTNode, fault: cst.CSTNode) -> bool:
    if not (isinstance(node, cst.Call) and isinstance(fault, cst.Call)):
        return False
    changed = [argument for argument in node.args if argument not in fault.args]
    return len(changed) == 1 and m.matches(changed[0], _ENCODING)


def _difference(before: str, after: str) -> str:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return "\n".join(f"{line[0]} {line[1:].strip()}" for line in list(lines)[2:] if line[0] in "-+")


def equivalents(root: Path) -> set[tuple[str, str]]:
    """Return path and diff of the mutants that behave as the file does.

    Raises:
        ValueError: one of them is of a line that is not there any more.
    """
    known = set()
    for entry in yaml.safe_load(_EQUIVALENTS.read_text(encoding="utf-8")):
        lines = {line.strip() for line in (root / entry["path"]).read_text(encoding="utf-8").splitlines()}
        for line in entry["diff"].splitlines():
            if line.startswith("- ") and line[2:] not in lines:
                raise ValueError(f"{_EQUIVALENTS.name}: {entry['path']} has no such line any more: {line[2:]}")
        known.add((entry["path"], entry["diff"].strip()))
    return known
