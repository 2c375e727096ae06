# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A vars file without the records that a change is far from, so that a change of one need not parse a thousand.

A record that has lines of its own means the same whatever stands in its neighbours' lines, unless an anchor, an alias
or a merge key ties them together. So where a text has nothing of that kind, comments can stand for the records that are
far from the changed one, and the change be made and proved among what is left.
"""

from __future__ import annotations

import secrets
import typing as t

from .yaml_document import Document, Entry, NotEditableError

Lines: t.TypeAlias = dict[str, tuple[int, int]]

# What may tie a record to others: anchors, aliases, merge keys; and what may end a document or change its rules.
_TIES = ("&", "*", "<<", "\n%", "\n...")
#: With fewer records nothing is gained.
_FEWEST = 8


def record_lines(document: Document, entry: Entry | None) -> Lines | None:
    """Return where each record's lines begin and end, in their order, or None where a part cannot be looked at alone.

    Args:
        document: the whole text.
        entry: the entry of the variable that holds the records.
    """
    text = document.text
    if entry is None or any(tie in text for tie in _TIES):
        return None
    entries = document.entries(entry.value)
    # What is in flow style has nothing but flow style in it.
    if len(entries) < _FEWEST or getattr(entry.value, "flow_style", True):
        return None
    try:
        return {each.key.value: document.lines(each) for each in entries}
    except NotEditableError:
        return None


class Cut:
    """A text in which comments stand for all but a few records: the first, the last, one and its neighbours.

    Attributes:
        text: what is left.
    """

    def __init__(self, text: str, lines: Lines, name: str) -> None:
        """Cut a text.

        Args:
            text: the whole text.
            lines: see ``record_lines``.
            name: the record that is to be changed.
        """
        names = list(lines)
        place = names.index(name) if name in lines else len(names) - 1
        kept = {0, place - 1, place, place + 1, len(names) - 1}
        self._runs: list[tuple[str, str, Lines]] = []
        parts, position, number = [], 0, 0
        while number < len(names):
            first = number
            while number < len(names) and number not in kept:
                number += 1
            if number > first:
                begin, end = lines[names[first]][0], lines[names[number]][0]
                comment = f"# {secrets.token_hex(16)}\n"
                run = {each: (lines[each][0] - begin, lines[each][1] - begin) for each in names[first:number]}
                self._runs.append((comment, text[begin:end], run))
                parts += [text[position:begin], comment]
                position = end
            number += 1
        self.text = "".join([*parts, text[position:]])

    def restored(self, text: str, lines: Lines) -> tuple[str, Lines] | None:
        """Return a text with what was cut out of it, and where its records are, or None when a comment is not there.

        Args:
            text: what the text that is left was changed into.
            lines: where the records in it are.
        """
        order = [(start, {name: (0, end - start)}) for name, (start, end) in lines.items()]
        parts, position = [], 0
        shifts: list[tuple[int, int]] = []
        for comment, removed, run in self._runs:
            at = text.find(comment)
            if at < position or (at and text[at - 1] != "\n") or text.count(comment) != 1:
                return None
            parts += [text[position:at], removed]
            position = at + len(comment)
            shifts.append((at, len(removed) - len(comment)))
            order.append((at, run))
        found: Lines = {}
        for start, run in sorted(order, key=lambda each: each[0]):
            moved = start + sum(by for at, by in shifts if at < start)
            found.update({name: (moved + begin, moved + end) for name, (begin, end) in run.items()})
        return "".join([*parts, text[position:]]), found
