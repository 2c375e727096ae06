# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One variable of ours in a user's Ansible vars file, of which nothing else ever changes."""

from __future__ import annotations

import collections
import itertools
import os
import re
import typing as t

import yaml

from ...module_utils._errors import BloqError, FileError, InputError
from ...module_utils._ordinary import NotOrdinaryError, read_ordinary
from .._files.durable import prove_writable, remove_leftovers, write_durably
from .._files.rights import rights_of
from . import yaml_document as span
from . import yaml_nodes as nodes
from .cut import Cut, Lines, record_lines
from .edits import RecordEditor
from .records import RecordReader, Records, RecordWriter, has_plaintext_secret, plain_value, same_value
from .secrets import Vault

Layout: t.TypeAlias = t.Literal["inline", "file"]
Record: t.TypeAlias = t.Mapping[str, t.Any]

_NEW_FILE = "---\n"
# What an id is made of.
_WORD = re.compile(r"[\w-]+")
#: The file that this process has read or stored last, by all that its meaning hangs on but its content.
_known_files: dict[tuple[object, ...], VaultFile] = {}
_VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class VaultFile:
    """The records in one variable of a vars file: plain with ``!vault`` values, or encrypted whole.

    The caller holds the file's lock from ``read`` to ``store``.

    Attributes:
        path: the real file, behind all symbolic links.
        layout: ``inline`` or ``file``.
        records: the records by name, in the file's order, each decrypted when it is asked for. Not to be
            changed in place.
        stored_names: the names that the file on disk has or had, shared by all that come from one ``read``.
    """

    path: str
    layout: Layout
    records: Records
    _words: collections.Counter[str] | None
    _words_before: tuple[collections.Counter[str], str, str] | None
    _lines: Lines | None
    _near: dict[str, yaml.Node | None]
    _parsed: tuple[span.Document, span.Entry | None] | None

    def __init__(self, path: str, layout: Layout, variable: str, vault: Vault, stored: bytes | None, text: str) -> None:
        """Take over what ``read`` found.

        Args:
            path: the real file.
            layout: how it is encrypted.
            variable: the variable's name.
            vault: encrypts what is written.
            stored: the file's bytes; None when there is no file.
            text: the file's text, decrypted when the file is encrypted whole.

        Raises:
            InputError: the text is not a vars file, or its records cannot be read.
        """
        self.path = path
        self.layout = layout
        self._variable = variable
        self._vault = vault
        self._stored = stored
        self._stored_text = text
        self._proven = False
        self._key: tuple[object, ...] | None = None
        self._take(text)
        self.stored_names = set(self.records)

    @classmethod
    def read(
        cls, path: str, vault: Vault, *, variable: str = "bloq_client_keys", layout: Layout = "inline"
    ) -> VaultFile:
        """Read a vars file, which need not exist yet.

        Args:
            path: the file; symbolic links are followed.
            vault: the play's vault.
            variable: the variable that holds the records.
            layout: how a new file is encrypted; one that has content keeps its own layout and vault id.

        Raises:
            FileError: it is not an ordinary file, cannot be read, or its folder is missing.
            InputError: its content or the variable cannot be used.
        """
        if not _VARIABLE_NAME.fullmatch(variable):
            raise InputError(
                f"{variable!r} is not a valid name for an Ansible variable. Use letters, digits and underscores."
            )
        real = os.path.realpath(path)
        stored = _content(path, real)
        key = (real, variable, layout, vault.identity)
        known = _known_files.get(key)
        if known is not None and known._stored == stored:
            return known._again()
        file = cls._of_content(real, layout, variable, vault, stored)
        file._key = key
        file._remember()
        return file

    @classmethod
    def _of_content(cls, real: str, layout: Layout, variable: str, vault: Vault, stored: bytes | None) -> VaultFile:
        if stored is None or not stored.strip():
            return cls(real, layout, variable, vault, stored, "" if stored is None else _decoded(real, stored))
        if stored.startswith(b"$ANSIBLE_VAULT;"):
            text, vault = vault.decrypt_file(stored, where=real)
            return cls(real, "file", variable, vault, stored, text)
        return cls(real, "inline", variable, vault, stored, _decoded(real, stored))

    def _remember(self) -> None:
        """Spare the next item of a loop the parsing of what did not change; one file is enough."""
        _known_files.clear()
        if self._key is not None:
            _known_files[self._key] = self._again()

    def _again(self) -> VaultFile:
        again = object.__new__(VaultFile)
        again.__dict__.update(self.__dict__, _proven=False)
        return again

    @property
    def changed(self) -> bool:
        """Whether ``store`` would write other bytes than the file has."""
        return self._text != self._stored_text

    def mentions(self, word: str) -> bool:
        """Return whether ``word`` stands in the file, or in a record's encrypted value, as a word of its own."""
        if self._words is None:
            # An account can have many keys, and each of them is looked for.
            self._words = self._counted_words()
            known = None if self._key is None else _known_files.get(self._key)
            if known is not None and known._text is self._text:
                known._words = self._words
        # People and editors may have put an id in upper case.
        if self._words[word] > 0 or self._words[word.upper()] > 0:
            return True
        return word in self.records.all_found(_words)

    def _counted_words(self) -> collections.Counter[str]:
        if self._words_before is None:
            return collections.Counter(_WORD.findall(self._text))
        before, removed, added = self._words_before
        words = before.copy()
        words.subtract(_WORD.findall(removed))
        words.update(_WORD.findall(added))
        return words

    def is_named_elsewhere(self, word: str, *names: str) -> bool:
        """Return whether ``word`` is a value of another record than ``names``, or of another variable of the file."""
        words = {word, word.upper()}
        others = (name for name in self.records if name not in names)
        if any(words.intersection(self.records.found(_open_texts, name)) for name in others):
            return True
        entries = self._document.entries(self._document.root) if self._document.root else []
        scalars = (nodes.scalars(entry.value) for entry in entries if not self._is_ours(entry))
        return any(scalar.value in words for scalar in itertools.chain.from_iterable(scalars))

    def is_sealed(self, name: str) -> bool:
        """Return whether every secret of the record is encrypted; a record that is not there has none."""
        node = self._node(name)
        return self.layout == "file" or node is None or not has_plaintext_secret(node)

    def with_record(self, name: str, record: Record | None) -> VaultFile:
        """Return this file with one record changed; nothing is written yet.

        Fields that keep their value keep their lines, and secrets their ciphertext.

        Args:
            name: the record's name.
            record: the whole record, its secrets in the clear; None removes it.

        Raises:
            InputError: the record cannot be written as YAML, or the vault cannot encrypt.
            FileError: the change cannot be made without changing something else in the file.
        """
        near = self._changed_near(name, record)
        if near is not None:
            return near
        wanted = {key: value for key, value in self.records.items() if record is not None or key != name}
        if record is not None:
            wanted[plain_value(name)] = plain_value(record)
        changed = self._again()
        changed._proven = self._proven
        for text in self._candidates(wanted, name):
            try:
                changed._take(text)
            except BloqError:
                continue
            if same_value(dict(changed.records), wanted) and self._else_unchanged(changed._document):
                return changed
        raise FileError(
            f"The record {name!r} in {self.path} cannot be changed without changing something else there: its "
            f"variable {self._variable}, or the whole file, is in flow style ({{...}}), or tied to other lines by YAML "
            "anchors, aliases or merge keys. Write the variable out plainly, or name another file."
        )

    def _changed_near(self, name: str, record: Record | None) -> VaultFile | None:
        """Do what ``with_record`` does with a part of the file; None where that is not enough (see ``Cut``)."""
        if self._lines is None:
            self._lines = record_lines(self._document, self._entry) or {}
        if not self._lines or self._text.startswith(span.BOM):
            return None
        cut = Cut(self._text, self._lines, name)
        part = self._again()
        try:
            part._take(cut.text)
            part._lines = {}
            near = part.with_record(name, record)
        except BloqError:
            return None
        entries = near._document.entries(near._entry.value) if near._entry else []
        restored = cut.restored(near._text, {each.key.value: near._document.lines(each) for each in entries})
        if restored is None:
            return None
        changed = self._again()
        changed._proven = self._proven
        changed._text, changed._lines = restored
        changed._parsed = None
        changed._near = {name: near._node(name)}
        changed.records = self.records.changed(name, near.records)
        changed._words = None
        changed._words_before = None if self._words is None else (self._words, cut.text, near._text)
        return changed

    def prove_writable(self, *, seals: bool = True) -> None:
        """Prove that ``store`` will work, before anything is asked of a service; nothing is left behind.

        Once is enough: a file that this one was made from by ``with_record`` has proved it for both.

        Args:
            seals: whether a secret will have to be encrypted.

        Raises:
            FileError: the folder does not take a file like this one in its place.
            InputError: the vault cannot encrypt.
        """
        if seals or self.layout == "file":
            self._vault.check_round_trip()
        if not self._proven:
            prove_writable(self.path, size=len(self._stored or b"") + 65536, like=rights_of(self.path))
            self._proven = True

    def remove_leftovers(self) -> None:
        """Remove what writers left that were killed while they wrote this file."""
        remove_leftovers(self.path)

    def store(self) -> None:
        """Write the file durably, when it changed; its rights and labels stay, a new file is 0600.

        Raises:
            FileError: it was changed by someone else since it was read, or cannot be written.
            InputError: the vault cannot encrypt.
        """
        # ``path`` was no link when it was read.
        if os.path.islink(self.path) or _content(self.path, self.path) != self._stored:
            raise FileError(
                f"{self.path} was changed by someone else meanwhile; it was left as it is. Run the play again."
            )
        if not self.changed:
            return
        data = (self._vault.encrypt(self._text) if self.layout == "file" else self._text).encode("utf-8")
        write_durably(self.path, data, like=rights_of(self.path))
        self._stored, self._stored_text = data, self._text
        self.stored_names.update(self.records)
        self._remember()

    def _take(self, text: str) -> None:
        self._text = text
        self._words = None
        self._words_before = None
        self._lines = None
        self._near = {}
        self._reader = RecordReader(self._vault, where=self.path)
        self._parsed = None
        value = self._entry.value if self._entry else None
        self.records = (
            self._reader.records(value, self._variable, has_aliases=self._document.has_aliases)
            if value
            else Records(self._reader, {})
        )

    @property
    def _document(self) -> span.Document:
        return self._parse()[0]

    @property
    def _entry(self) -> span.Entry | None:
        return self._parse()[1]

    def _parse(self) -> tuple[span.Document, span.Entry | None]:
        if self._parsed is None:
            document = span.Document(self._text.removeprefix(span.BOM), where=self.path)
            self._parsed = document, self._find(document)
        return self._parsed

    def _find(self, document: span.Document) -> span.Entry | None:
        entries = document.entries(document.root) if document.root else []
        found = [entry for entry in entries if self._is_ours(entry)]
        if len(found) > 1:
            line = found[1].key.start_mark.line + 1
            raise InputError(f"{self.path} has the variable {self._variable} twice, again at line {line}. Remove one.")
        merges = [(entry.key, entry.value) for entry in entries if entry.key.tag == nodes.MERGE_TAG]
        if merges and self._reader.has_name(yaml.MappingNode(nodes.MAP_TAG, merges), self._variable):
            raise InputError(
                f"{self.path} gets the variable {self._variable} through a YAML merge key (<<). Write it out plainly."
            )
        return found[0] if found else None

    def _node(self, name: str) -> yaml.Node | None:
        if name in self._near:
            return self._near[name]
        return nodes.child(self._entry.value if self._entry else None, name)

    def _is_ours(self, entry: span.Entry) -> bool:
        return bool(entry.key.tag == nodes.STR_TAG and entry.key.value == self._variable)

    def _else_unchanged(self, document: span.Document) -> bool:
        def others(of: span.Document) -> list[span.Entry]:
            return [entry for entry in (of.entries(of.root) if of.root else []) if not self._is_ours(entry)]

        before, after = others(self._document), others(document)
        return len(before) == len(after) and all(
            nodes.loads_alike(one.key, other.key) and nodes.loads_alike(one.value, other.value)
            for one, other in zip(before, after, strict=True)
        )

    def _candidates(self, wanted: dict[str, t.Any], name: str) -> t.Iterator[str]:
        """Yield the texts that may hold ``wanted``, the smallest change first."""
        if name not in wanted and name not in self.records:
            yield self._text
            return
        document = self._document if self._document.text else span.Document(_NEW_FILE, where=self.path)
        secret = nodes.child(self._node(name), "client_secret")
        like = secret.value if secret is not None and secret.tag in nodes.VAULT_TAGS else None
        writer = RecordWriter(self._vault, self._reader, inline=self.layout == "inline", like=like)
        editor = RecordEditor(document, writer)
        mark = span.BOM if self._text.startswith(span.BOM) else ""
        for edits in editor.candidate_edits(self._entry, self._variable, wanted, name):
            yield mark + document.with_edits(edits)


def _words(records: Records, name: str) -> set[str]:
    """Return the words in a record's values; an id is in no secret, and a thousand secrets take seconds to decrypt."""
    return {word for text in records.open_texts(name) for word in _WORD.findall(text)}


def _open_texts(records: Records, name: str) -> t.Iterator[str]:
    return records.open_texts(name)


def _content(given: str, real: str) -> bytes | None:
    """Return what is in the file ``real``, which the user knows as ``given``; None when there is none."""
    try:
        return read_ordinary(real)
    except NotOrdinaryError:
        raise FileError(f"{given} is not an ordinary file. Name a file for the records.") from None
    except FileNotFoundError:
        if os.path.islink(given):
            raise FileError(f"{given} is a symbolic link to {real}, which does not exist. Mend or remove it.") from None
        folder = os.path.dirname(real)
        if not os.path.isdir(folder):
            raise FileError(f"The folder {folder} of {given} does not exist. Create it first.") from None
        return None
    except OSError as error:
        raise FileError(f"Cannot read {given}: {error.strerror}.") from error


def _decoded(path: str, content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path} is not UTF-8 text: byte {error.start + 1} does not belong there. Convert it first."
        ) from None
