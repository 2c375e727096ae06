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
        self._names, self._spans = list(lines), list(lines.values())
        last = len(self._names) - 1
        place = self._names.index(name) if name in lines else last
        kept = sorted({0, place - 1, place, place + 1, last} & set(range(last + 1)))
        # Between the kept ones: the comment, and the first and the end of the run that it stands for.
        self._runs: list[tuple[str, int, int]] = []
        self._whole = text
        parts, position = [], 0
        for before, after in zip(kept, kept[1:]):
            if after > before + 1:
                comment = f"# {secrets.token_hex(16)}\n"
                self._runs.append((comment, before + 1, after))
                parts += [text[position : self._spans[before + 1][0]], comment]
                position = self._spans[after][0]
        self.text = "".join([*parts, text[position:]])

    def restored(self, text: str, lines: Lines) -> tuple[str, Lines] | None:
        """Return a text with what was cut out of it, and where its records are, or None when a comment is not there.

        Args:
            text: what the text that is left was changed into.
            lines: where the records in it are.
        """
        order = [(start, 0, name) for name, (start, _end) in lines.items()]
        parts, position = [], 0
        shifts: list[tuple[int, int]] = []
        for number, (comment, first, end) in enumerate(self._runs):
            at = text.find(comment)
            if at < position or (at and text[at - 1] != "\n") or text.count(comment) != 1:
                return None
            removed = self._whole[self._spans[first][0] : self._spans[end][0]]
            parts += [text[position:at], removed]
            position = at + len(comment)
            shifts.append((at, len(removed) - len(comment)))
            order.append((at, number, ""))
        found: Lines = {}
        for start, number, name in sorted(order):
            moved = start + sum(by for at, by in shifts if at < start)
            if name:
                found[name] = (moved, moved + lines[name][1] - start)
            else:
                found.update(self._moved(number, moved))
        return "".join([*parts, text[position:]]), found

    def _moved(self, number: int, begin: int) -> Lines:
        """Return where a run's records are when it begins there."""
        _comment, first, end = self._runs[number]
        names, spans = self._names[first:end], self._spans[first:end]
        by = begin - spans[0][0]
        return dict(zip(names, ((start + by, stop + by) for start, stop in spans) if by else spans))
