# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The edits that change records in a vars file, the smallest first."""

from __future__ import annotations

import typing as t

import yaml

from .records import RecordWriter, key_node, same_value
from .yaml_document import Document, Edit, Entry, NotEditableError
from .yaml_nodes import MAP_TAG, MERGE_TAG


class RecordEditor:
    """Edits of one document.

    None of them is proved here: YAML's anchors, aliases and merge keys can make an edit mean something else, so
    the caller must parse the text that comes of it.

    Args:
        document: the text to edit.
        writer: makes the nodes of what is new.
    """

    def __init__(self, document: Document, writer: RecordWriter) -> None:
        self._document = document
        self._writer = writer

    def candidate_edits(
        self, entry: Entry | None, variable: str, records: dict[str, t.Any], name: str
    ) -> t.Iterator[list[Edit]]:
        """Yield the ways to change the record ``name``, from the smallest to the largest.

        Args:
            entry: the variable's entry; None when it is new.
            variable: the variable's name.
            records: all records as they are wanted.
            name: the record that changes.

        Raises:
            InputError: the vault cannot encrypt.
        """
        if entry and self._document.root and self._document.root.flow_style:
            return
        ways: list[t.Callable[[], list[Edit]]]
        if entry is None:
            key, value = key_node(variable), self._writer.node(records)
            ways = [
                lambda: [self._document.added_last(key, value)],
                # Behind a block scalar whose last line has no end nothing can be added without changing it.
                lambda: [self._document.added_first(key, value)],
            ]
        else:
            ways = [
                lambda: self._in_mapping(entry, records, {name}),
                lambda: [self._document.replaced(entry, self._writer.node(records, entry.value))],
            ]
        for way in ways:
            try:
                edits = way()
            except NotEditableError:
                continue
            yield edits

    def _in_mapping(self, entry: Entry, wanted: dict[str, t.Any], names: t.Collection[str]) -> list[Edit]:
        """Return the edits that give the block mapping in ``entry`` the wanted values of ``names``."""
        mapping = entry.value
        if not isinstance(mapping, yaml.MappingNode) or mapping.tag != MAP_TAG or mapping.flow_style:
            raise NotEditableError
        there = {child.key.value: child for child in self._document.entries(mapping) if child.key.tag != MERGE_TAG}
        if there.keys().isdisjoint(wanted):
            raise NotEditableError
        edits: list[Edit] = []
        for key, child in there.items():
            if key in names and key in wanted:
                edits += self._in_entry(child, key, wanted[key])
            elif key in names:
                edits.append(self._document.removed(child))
        inherited = self._writer.inherited(mapping)
        new = [
            (key_node(key), self._writer.node(value, field=key))
            for key, value in wanted.items()
            if key in names and key not in there and not (key in inherited and same_value(inherited[key], value))
        ]
        return [*edits, self._document.appended(mapping, new)] if new else edits

    def _in_entry(self, entry: Entry, key: str, value: t.Any) -> list[Edit]:
        if self._writer.already_equal(value, entry.value, field=key):
            return []
        if isinstance(value, dict):
            present = {child.key.value for child in self._document.entries(entry.value)}
            try:
                return self._in_mapping(entry, value, present | value.keys())
            except NotEditableError:
                pass
        return [self._document.replaced(entry, self._writer.node(value, entry.value, field=key))]
