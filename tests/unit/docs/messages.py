# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every error message that the collection's code can raise, found in the code itself."""

from __future__ import annotations

import ast
import re
import typing as t
from pathlib import Path

COLLECTION = Path(__file__).parents[3]

_ERRORS = {
    "BloqError",
    "CertificateError",
    "InputError",
    "UnreachableError",
    "ReplyError",
    "StatusError",
    "RefusedError",
    "FileError",
    "CoordinationError",
    "LostLockError",
    "UnknownFateError",
}
# An event source raises Python's own: it can import nothing of the collection.
_ERRORS_OF_EXTENSIONS = {"ValueError", "UnreadableError"}
# What a role's assertion says, on its own line or folded over the lines below.
_YAML_MESSAGE = re.compile(r"^( +)fail_msg: (?:>-\n)?((?:.+)(?:\n\1 +\S.*)*)", re.MULTILINE)

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
    pattern: re.Pattern[str]


def messages() -> list[Message]:
    """Return the messages of the plugins, in the order of the files."""
    trees = {
        path: ast.parse(path.read_text(encoding="utf-8"))
        for folder in ("plugins", "extensions")
        for path in sorted((COLLECTION / folder).rglob("*.py"))
    }
    shared = {name: value for tree in trees.values() for name, value in _constants(tree) if not name.startswith("_")}
    found: dict[str, Message] = {}
    for path, tree in trees.items():
        name = path.relative_to(COLLECTION)
        errors = _ERRORS | (_ERRORS_OF_EXTENSIONS if name.parts[0] == "extensions" else set())
        for node, parts in _Source(tree, shared, errors).messages():
            message = _message(f"{name}:{node.lineno}", parts)
            if message is not None:
                found.setdefault(message.shape, message)
    for path in sorted((COLLECTION / "roles").rglob("tasks/*.yml")):
        for _indent, text in _YAML_MESSAGE.findall(path.read_text(encoding="utf-8")):
            pieces = re.split(r"{{(.*?)}}", " ".join(text.split()))
            parts = tuple(("blank" if place % 2 else "text", piece) for place, piece in enumerate(pieces))
            message = _message(str(path.relative_to(COLLECTION)), parts)
            if message is not None:
                found.setdefault(message.shape, message)
    return list(found.values())


def _last_name(node: ast.expr) -> str:
    return ast.unparse(node).rpartition(".")[2]


def _constants(tree: ast.Module) -> t.Iterator[tuple[str, ast.expr]]:
    """Yield the names and values of a file's constants."""
    for node in tree.body:
        if isinstance(node, ast.Assign):
            yield from ((target.id, node.value) for target in node.targets if isinstance(target, ast.Name))


def _message(where: str, parts: Parts) -> Message | None:
    fixed = "".join(text for kind, text in parts if kind == "text")
    if not re.search(r"[a-z]{3}", fixed):
        return None
    shape = " ".join("".join(text if kind == "text" else f"<{_blank(text)}>" for kind, text in parts).split())
    return Message(where, shape, re.compile(re.sub(r"<\w+>", ".+?", re.escape(shape))))


def _blank(expression: str) -> str:
    """Return the last name in an expression."""
    names = re.findall(r"[A-Za-z_]+", expression)
    return names[-1].strip("_") if names else "value"


class _Source:
    """One file of the collection."""

    def __init__(self, tree: ast.Module, shared: t.Mapping[str, ast.expr], errors: set[str]) -> None:
        """Take a file.

        Args:
            tree: the file.
            shared: the constants that files share.
            errors: the names of the errors that users see.
        """
        self._tree = tree
        self._errors = errors
        self._constants = {**shared, **dict(_constants(tree))}
        # Helpers that compose an error: what they are given is a part of the message.
        self._helpers = {
            node.name
            for node in ast.walk(self._tree)
            if isinstance(node, ast.FunctionDef) and isinstance(node.returns, ast.Name) and node.returns.id in errors
        }

    def messages(self) -> t.Iterator[tuple[ast.stmt | ast.expr, Parts]]:
        for function in ast.walk(self._tree):
            if isinstance(function, ast.FunctionDef):
                for node in ast.walk(function):
                    for told in self._told(node, function):
                        for value in self._texts(told, function):
                            yield t.cast("ast.stmt | ast.expr", node), self._parts(value)

    def _told(self, node: ast.AST, function: ast.FunctionDef) -> t.Sequence[ast.expr]:
        """Return the expressions in a node that users see."""
        if isinstance(node, ast.Call) and self._tells(node):
            return node.args
        # What a store of tokens says when it cannot be used; the cache warns of it.
        is_complaint = isinstance(node, ast.Return) and function.name == "complaint"
        return [node.value] if is_complaint and isinstance(node, ast.Return) and node.value else []

    def _tells(self, call: ast.Call) -> bool:
        """Return whether a call makes an error or gives a warning."""
        name = ast.unparse(call.func)
        last = name.rpartition(".")[2]
        if name == "super().__init__":
            return bool(call.args) and isinstance(call.args[0], ast.JoinedStr)
        return (
            last in self._errors
            or last in self._helpers
            # Of a refusal, the same with more to say.
            or last == "advised"
            or last.strip("_") == "warn"
            or name.endswith("warnings.append")
        )

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
        elif isinstance(value, (ast.Name, ast.Attribute)) and _last_name(value) in self._constants:
            yield from self._texts(self._constants[_last_name(value)], function, seen)
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
        return (("blank", ast.unparse(node)),)
