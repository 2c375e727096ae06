# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every error message that the collection's code can raise, found in the code itself."""

from __future__ import annotations

import ast
import re
import typing as t
from pathlib import Path

PLUGINS = Path(__file__).parents[3] / "plugins"

_ERRORS = {"BloqError", "InputError", "UnreachableError", "ReplyError", "StatusError", "RefusedError", "FileError"}

#: A message's parts: text that is always the same, or the source of an expression that is filled in.
Parts: t.TypeAlias = "tuple[tuple[str, str], ...]"


class Message(t.NamedTuple):
    """A message with blanks to fill in.

    Attributes:
        where: the file and line that raise it.
        shape: the text, with each blank as ``<name>``.
        pattern: what finds it in a text with single spaces, whatever the blanks are called there.
    """

    where: str
    shape: str
    pattern: t.Pattern[str]


def messages() -> list[Message]:
    """Return the messages of the plugins, in the order of the files."""
    found: dict[str, Message] = {}
    for path in sorted(PLUGINS.rglob("*.py")):
        source = _Source(path)
        for node, parts in source.messages():
            message = _message(f"{path.relative_to(PLUGINS)}:{node.lineno}", parts)
            if message is not None:
                found.setdefault(message.shape, message)
    return list(found.values())


def _message(where: str, parts: Parts) -> Message | None:
    fixed = "".join(text for kind, text in parts if kind == "text")
    if not re.search(r"[a-z]{3}", fixed):
        return None
    shape = "".join(text if kind == "text" else f"<{_blank(text)}>" for kind, text in parts)
    pattern = "".join(re.escape(text) if kind == "text" else ".+?" for kind, text in parts)
    return Message(where, shape, re.compile(pattern))


def _blank(expression: str) -> str:
    """Return the last name in an expression."""
    names = re.findall(r"[A-Za-z_]+", expression)
    return names[-1].strip("_") if names else "value"


class _Source:
    """One file of the collection."""

    def __init__(self, path: Path) -> None:
        self._tree = ast.parse(path.read_text(encoding="utf-8"))
        self._constants = {
            target.id: node.value
            for node in self._tree.body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        # Helpers that compose an error: what they are given is a part of the message.
        self._helpers = {
            node.name
            for node in ast.walk(self._tree)
            if isinstance(node, ast.FunctionDef) and isinstance(node.returns, ast.Name) and node.returns.id in _ERRORS
        }

    def messages(self) -> t.Iterator[tuple[ast.Call, Parts]]:
        for function in ast.walk(self._tree):
            if isinstance(function, ast.FunctionDef):
                for call in ast.walk(function):
                    if isinstance(call, ast.Call) and self._tells(call):
                        for argument in call.args:
                            for value in self._texts(argument, function):
                                yield call, self._parts(value)

    def _tells(self, call: ast.Call) -> bool:
        """Tell whether a call makes an error or gives a warning."""
        name = ast.unparse(call.func)
        last = name.rpartition(".")[2]
        if name == "super().__init__":
            return bool(call.args) and isinstance(call.args[0], ast.JoinedStr)
        return last in _ERRORS or last in self._helpers or last.strip("_") == "warn" or name.endswith("warnings.append")

    def _texts(
        self, value: ast.expr, function: ast.FunctionDef, seen: frozenset[str] = frozenset()
    ) -> t.Iterator[ast.expr]:
        """Yield a text, and the texts that can be filled into it."""
        if isinstance(value, ast.IfExp):
            yield from self._texts(value.body, function, seen)
            yield from self._texts(value.orelse, function, seen)
        elif isinstance(value, ast.Constant):
            if isinstance(value.value, str):
                yield value
        elif isinstance(value, (ast.Name, ast.Subscript)):
            name = ast.unparse(value).partition("[")[0]
            for assigned in () if name in seen else self._assigned(name, function):
                yield from self._texts(assigned, function, seen | {name})
        elif isinstance(value, ast.JoinedStr):
            yield value
            for part in value.values:
                if isinstance(part, ast.FormattedValue) and ast.unparse(part.value) not in self._constants:
                    yield from self._texts(part.value, function, seen)

    def _assigned(self, name: str, function: ast.FunctionDef) -> t.Iterator[ast.expr]:
        """Yield what a function or the file assigns to a name, or puts into the mapping of that name."""
        for node in [*self._tree.body, *ast.walk(function)]:
            if isinstance(node, ast.Assign):
                targets = node.targets
            elif isinstance(node, (ast.AugAssign, ast.AnnAssign)):
                targets = [node.target]
            else:
                continue
            if node.value is not None and name in map(ast.unparse, targets):
                yield from node.value.values if isinstance(node.value, ast.Dict) else [node.value]

    def _parts(self, node: ast.expr) -> Parts:
        if isinstance(node, ast.Constant):
            return (("text", str(node.value)),)
        if isinstance(node, ast.JoinedStr):
            return tuple(part for value in node.values for part in self._parts(value))
        if isinstance(node, ast.FormattedValue):
            return self._parts(node.value)
        if isinstance(node, ast.Name) and node.id in self._constants:
            return self._parts(self._constants[node.id])
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return self._parts(node.left) + self._parts(node.right)
        return (("blank", ast.unparse(node)),)
