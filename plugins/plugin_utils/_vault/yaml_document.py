# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which characters of a YAML text stand for which entry, and edits that touch nothing else.

PyYAML parses and emits; from its event marks come the spans.
"""

from __future__ import annotations

import bisect
import contextlib
import dataclasses
import re
import typing as t

import yaml
from yaml.composer import Composer
from yaml.resolver import Resolver

from ...module_utils._errors import InputError
from .yaml_nodes import MAP_TAG, NULL_TAG

BOM = "\ufeff"
# Ansible parses with libyaml where it is there, and libyaml reads some files that PyYAML's own parser refuses.
PARSER: t.Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BLANK = " \t\r\n\x85\u2028\u2029"
# The line breaks of YAML 1.1.
_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_REST_OF_LINE = re.compile("(?P<comment>[ \t]+#[^\n\r\x85\u2028\u2029]*)?[ \t]*(?:\r\n|[\n\r\x85\u2028\u2029])?")
_BEFORE_KEY = re.compile(r" *(\?[ ]+)?")
_COLON = re.compile(r"[ \t]*:")
_NEVER_FOLD = 2**31


class NotEditableError(Exception):
    """An entry does not have lines of its own: flow style, or something else on its line."""


class Edit(t.NamedTuple):
    """Characters ``start`` to ``end`` become ``text``."""

    start: int
    end: int
    text: str


@dataclasses.dataclass(frozen=True)
class Entry:
    """A key and its value in a mapping.

    Attributes:
        key: the key's node.
        value: the value's node; for an alias, the node it stands for.
        key_start: where the key begins.
        colon_end: where the colon behind the key ends; the key's end when it has none there.
        value_end: where the value ends, trailing blank lines and comments not included; ``colon_end`` when it is
            left out.
    """

    key: yaml.Node
    value: yaml.Node
    key_start: int
    colon_end: int
    value_end: int


class _SpanComposer(Composer, Resolver):
    """PyYAML's composer over a list of events, which notes each entry's characters."""

    def __init__(self, text: str, events: list[yaml.Event]) -> None:
        Composer.__init__(self)
        Resolver.__init__(self)
        self.entries: dict[int, list[Entry]] = {}
        self._text = text
        self._events = events
        self._position = 0
        self._end = 0
        self._key_spans: dict[int, tuple[int, int]] = {}

    def check_event(self, *choices: type[yaml.Event]) -> bool:
        return isinstance(self._events[self._position], choices)

    def peek_event(self) -> yaml.Event:
        return self._events[self._position]

    def get_event(self) -> yaml.Event:
        event = self._events[self._position]
        self._position += 1
        first, last = _index(event.start_mark), _index(event.end_mark)
        # The end of a block collection and a value left out have no characters, and marks that lie far behind.
        if first != last:
            if isinstance(event, yaml.ScalarEvent) and event.style in ("|", ">"):
                last = first + len(self._text[first:last].rstrip(_BLANK))
            self._end = max(self._end, last)
        return event

    def compose_node(self, parent: yaml.Node | None, index: t.Any) -> yaml.Node:
        start = _index(self.peek_event().start_mark)
        node = t.cast(yaml.Node, super().compose_node(parent, index))
        if isinstance(parent, yaml.MappingNode):
            # What it has consumed ends where the last of it that has characters does.
            span = start, max(start, self._end)
            if index is None:
                self._key_spans[id(parent)] = span
            else:
                key_start, key_end = self._key_spans.pop(id(parent))
                colon = _COLON.match(self._text, key_end)
                colon_end = colon.end() if colon else key_end
                value_end = span[1] if span[0] < span[1] else colon_end
                entry = Entry(index, node, key_start, colon_end, value_end)
                self.entries.setdefault(id(parent), []).append(entry)
        return node


class Document:
    """The one YAML document of a text whose top level is a mapping, or empty.

    Attributes:
        text: the text, without byte order mark.
        root: the top level; None when it is empty.
        has_aliases: whether a node may stand in more than one place.
        line_break: what ends the text's lines.
    """

    def __init__(self, text: str, *, where: str) -> None:
        """Parse ``text``.

        Args:
            text: the whole text, without byte order mark.
            where: the file, as a message should name it.

        Raises:
            InputError: not YAML, several documents, or the top level is something else.
        """
        self.text = text
        self._where = where
        self._line_starts = [0, *(found.end() for found in _BREAK.finditer(text))]
        events = self._parse()
        self.has_aliases = any(isinstance(event, yaml.AliasEvent) for event in events)
        composer = _SpanComposer(text, events)
        with yaml_errors_as_input_errors(where):
            root = composer.get_single_node() if any(isinstance(e, yaml.DocumentStartEvent) for e in events) else None
        self._entries = composer.entries
        if isinstance(root, yaml.ScalarNode) and root.tag == NULL_TAG and not root.value:
            root = None
        if root is not None and not (isinstance(root, yaml.MappingNode) and root.tag == MAP_TAG):
            raise InputError(f"{where} is not a vars file: its top level must be a mapping of variables to values.")
        self.root: yaml.MappingNode | None = root
        found = re.search("\r\n|[\n\r]", text)
        self.line_break = found.group() if found else "\n"
        ends = [_index(e.start_mark) for e in events if isinstance(e, yaml.DocumentEndEvent) and e.explicit]
        self._document_end = self._line_start(ends[0]) if ends else len(text)

    def _parse(self) -> list[yaml.Event]:
        with yaml_errors_as_input_errors(self._where):
            events = list(yaml.parse(self.text, Loader=PARSER))
        if sum(isinstance(event, yaml.DocumentStartEvent) for event in events) > 1:
            raise InputError(f"{self._where} holds several YAML documents; a vars file holds one. Split it.")
        return events

    def entries(self, mapping: yaml.Node) -> list[Entry]:
        """Return the entries that ``mapping`` has in this text, in their order."""
        return self._entries.get(id(mapping), [])

    def appended(self, mapping: yaml.MappingNode, pairs: t.Sequence[tuple[yaml.Node, yaml.Node]]) -> Edit:
        """Return the edit that adds entries behind the last one of a block mapping.

        Raises:
            NotEditableError: ``mapping`` is in flow style, or its last entry has no lines of its own.
        """
        entries = self.entries(mapping)
        if mapping.flow_style or not entries:
            raise NotEditableError
        _start, end = self.lines(entries[-1])
        return self._inserted(end, self._rendered(pairs, self._indent(entries[-1])))

    def added_last(self, key: yaml.Node, value: yaml.Node) -> Edit:
        """Return the edit that adds a variable at the document's end.

        Raises:
            NotEditableError: the top level is in flow style.
        """
        if not self.root:
            return self._inserted(self._document_end, self._rendered([(key, value)], 0))
        if not self.entries(self.root):
            return self._instead_of_empty_root(key, value)
        if self.root.flow_style:
            raise NotEditableError
        indent = self._indent(self.entries(self.root)[0])
        return self._inserted(self._document_end, self._rendered([(key, value)], indent))

    def added_first(self, key: yaml.Node, value: yaml.Node) -> Edit:
        """Return the edit that adds a variable before the first one.

        Raises:
            NotEditableError: there is no other variable, or the top level is in flow style.
        """
        if not self.root or self.root.flow_style:
            raise NotEditableError
        first = self.entries(self.root)[0]
        start, _end = self.lines(first)
        return self._inserted(start, self._rendered([(key, value)], self._indent(first)))

    def removed(self, entry: Entry) -> Edit:
        """Return the edit that removes an entry's lines.

        Raises:
            NotEditableError: it has no lines of its own.
        """
        return Edit(*self.lines(entry), "")

    def replaced(self, entry: Entry, value: yaml.Node) -> Edit:
        """Return the edit that gives an entry another value; a comment behind its key or value stays.

        Raises:
            NotEditableError: it has no lines of its own.
        """
        start, end = self.lines(entry)
        first, *others = self._rendered([(entry.key, value)], self._indent(entry))
        return Edit(start, end, self._ended([first + self._comment(entry), *others]))

    def with_edits(self, edits: t.Iterable[Edit]) -> str:
        """Return the text with ``edits``, which don't overlap, applied."""
        parts, position = [], 0
        # Of two edits at one place that of the inner mapping goes first: its lines begin with more spaces.
        for edit in sorted(edits):
            parts += [self.text[position : edit.start], edit.text]
            position = edit.end
        return "".join([*parts, self.text[position:]])

    def _instead_of_empty_root(self, key: yaml.Node, value: yaml.Node) -> Edit:
        root = t.cast(yaml.MappingNode, self.root)
        start, end = root.start_mark.index, root.end_mark.index
        if self._line_start(start) != start or not self._rest_of_line(end):
            raise NotEditableError
        return Edit(start, self._line_end(end), self._ended(self._rendered([(key, value)], 0)))

    def lines(self, entry: Entry) -> tuple[int, int]:
        """Return where the lines begin and end that an entry has for itself.

        Raises:
            NotEditableError: it has none.
        """
        start = self._line_start(entry.key_start)
        if not _BEFORE_KEY.fullmatch(self.text, start, entry.key_start) or not self._rest_of_line(entry.value_end):
            raise NotEditableError
        return start, self._line_end(entry.value_end)

    def _indent(self, entry: Entry) -> int:
        start = self._line_start(entry.key_start)
        return len(self.text[start : entry.key_start].partition("?")[0])

    def _comment(self, entry: Entry) -> str:
        one_line = self._line_start(entry.value_end) == self._line_start(entry.key_start)
        rest = self._rest_of_line(entry.value_end if one_line else entry.colon_end)
        return (rest.group("comment") or "").rstrip() if rest else ""

    def _line_start(self, position: int) -> int:
        return self._line_starts[bisect.bisect_right(self._line_starts, position) - 1]

    def _line_end(self, position: int) -> int:
        following = bisect.bisect_right(self._line_starts, position)
        return self._line_starts[following] if following < len(self._line_starts) else len(self.text)

    def _rest_of_line(self, position: int) -> re.Match[str] | None:
        return _REST_OF_LINE.fullmatch(self.text, position, self._line_end(position))

    def _inserted(self, position: int, lines: list[str]) -> Edit:
        whole = position == self._line_start(position)
        return Edit(position, position, ("" if whole else self.line_break) + self._ended(lines))

    def _ended(self, lines: list[str]) -> str:
        return "".join(line + self.line_break for line in lines)

    def _rendered(self, pairs: t.Sequence[tuple[yaml.Node, yaml.Node]], indent: int) -> list[str]:
        node = yaml.MappingNode(MAP_TAG, list(pairs), flow_style=False)
        text = yaml.serialize(node, Dumper=_Dumper, allow_unicode=True, width=_NEVER_FOLD)
        return [" " * indent + line for line in text.split("\n")[:-1]]


def _index(mark: t.Any) -> int:
    return t.cast(int, mark.index)


class _Dumper(yaml.SafeDumper):
    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        # Lists stand deeper than their key, as ansible-lint wants them.
        super().increase_indent(flow, False)


@contextlib.contextmanager
def yaml_errors_as_input_errors(where: str) -> t.Iterator[None]:
    """Turn PyYAML's errors, which quote what they read, into one that names the place only.

    Raises:
        InputError: the block raised an error of PyYAML's.
    """
    try:
        yield
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise InputError(f"{where} is not valid YAML{place}. Correct it and run the play again.") from None
    except yaml.YAMLError:
        raise InputError(
            f"{where} has a character that YAML forbids, a control character most likely. Remove it."
        ) from None
    except RecursionError:
        raise InputError(f"{where} is nested too deeply. Write it out plainly.") from None
