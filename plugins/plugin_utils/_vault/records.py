# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records of secrets as YAML nodes: read with their secrets decrypted, written with them encrypted."""

from __future__ import annotations

import collections
import io
import json
import re
import typing as t
from collections.abc import Set

import yaml

from ...module_utils._errors import InputError
from . import yaml_nodes as nodes
from .secrets import Vault
from .yaml_document import yaml_errors_as_input_errors

#: Finds texts in one of the records, by its name.
Find: t.TypeAlias = "t.Callable[[Records, str], t.Iterable[str]]"

#: The fields whose text is secret, at any depth of a record.
SECRET_FIELDS = frozenset({"client_secret", "refresh_token", "password"})

# The tags of what is text in a record, times among it.
_TEXT_TAGS = frozenset({nodes.STR_TAG, "!unsafe", "tag:yaml.org,2002:timestamp"})
# Text that Ansible would run as a template when it loads the file.
_TEMPLATE = re.compile(r"\{\{|\{%|\{#")
# Text by YAML 1.1, which Ansible reads, and a number to other readers.
_NUMBER_ELSEWHERE = re.compile(r"[-+]?(0o[0-7]+|[0-9.]+([eE][-+]?[0-9]+)?)")
_ANALYSER = yaml.emitter.Emitter(io.StringIO(), allow_unicode=True)
_RESOLVER = yaml.resolver.Resolver()
_REPRESENTER = yaml.representer.SafeRepresenter()


class RecordReader(yaml.constructor.SafeConstructor):
    """Values of nodes, with what is ``!vault`` decrypted.

    Args:
        vault: the play's vault.
        where: the file, as a message should name it.
    """

    def __init__(self, vault: Vault, *, where: str) -> None:
        super().__init__()
        self._vault = vault
        self._where = where
        self._part = ""
        # While records are only checked: the headers of vaulttext of which a value has been decrypted.
        self._opened: set[str] | None = None

    def records(self, node: yaml.Node, variable: str, *, has_aliases: bool = True) -> Records:
        """Return the records that ``node``, the variable's value, holds by name.

        Args:
            node: the variable's value.
            variable: its name.
            has_aliases: whether a node below it may stand in more than one place.

        Raises:
            InputError: not a mapping of names to mappings, or the play has other vault passwords than the file.
        """
        self._part = f"variable {variable}"
        if node.tag == nodes.NULL_TAG:
            return Records(self, {})
        # Without ties nothing of it is changed here, and each record is copied when it is read.
        is_tied = has_aliases or _merges(node)
        private = nodes.deep_copy(node, where=self._where) if is_tied else node
        if not isinstance(private, yaml.MappingNode) or private.tag != nodes.MAP_TAG:
            raise self._refusal(node, "it must be a mapping of names to records; correct it, or name another variable")
        self._refuse_bad_names(private)
        found: dict[str, yaml.Node] = {}
        if is_tied:
            with yaml_errors_as_input_errors(self._where):
                self.flatten_mapping(private)
        for key, value in private.value:
            self._part = f"record {key.value!r}"
            if not isinstance(value, yaml.MappingNode) or value.tag != nodes.MAP_TAG:
                raise self._refusal(value, "it must be a mapping; correct it or remove it")
            found[t.cast(str, key.value)] = value
        self._check(found)
        return Records(self, found)

    def _check(self, found: t.Mapping[str, yaml.Node]) -> None:
        """Read each record, but decrypt one value of each vault id: what is added must not have another password."""
        self._opened = set()
        try:
            for name, node in found.items():
                self.record(name, node)
        finally:
            self._opened = None

    def record(self, name: str, node: yaml.Node) -> dict[str, t.Any]:
        """Return the record that ``node`` stands for.

        Raises:
            InputError: it cannot be read or decrypted.
        """
        self._part = f"record {name!r}"
        return t.cast(dict[str, t.Any], self.value(node))

    def value(self, node: yaml.Node) -> t.Any:
        """Return the value of ``node``: times as the text they are written with, secrets decrypted.

        Raises:
            InputError: it cannot be read or decrypted.
        """
        private = nodes.deep_copy(node, where=self._where)
        try:
            with yaml_errors_as_input_errors(self._where):
                return self.construct_object(private, deep=True)
        except (ValueError, OverflowError):
            raise self._refusal(node, "a value is not a valid number; correct it") from None

    def open_texts(self, name: str, node: yaml.Node) -> t.Iterator[str]:
        """Yield the texts in the record that ``node`` stands for, but for its secret fields.

        Raises:
            InputError: another field is encrypted, and cannot be decrypted.
        """
        self._part = f"record {name!r}"
        for scalar in nodes.scalars(node, SECRET_FIELDS):
            if scalar.tag in nodes.VAULT_TAGS:
                yield self.construct_vaulted(scalar)
            elif scalar.tag in _TEXT_TAGS:
                yield scalar.value

    def has_name(self, mapping: yaml.MappingNode, name: str) -> bool:
        """Return whether ``mapping`` has ``name`` as a key, merged ones included.

        Raises:
            InputError: it merges what is not a mapping.
        """
        private = t.cast(yaml.MappingNode, nodes.deep_copy(mapping, where=self._where))
        with yaml_errors_as_input_errors(self._where):
            self.flatten_mapping(private)
        return any(key.tag == nodes.STR_TAG and key.value == name for key, _value in private.value)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[t.Hashable, t.Any]:
        self._refuse_bad_names(node)
        return super().construct_mapping(node, deep=True)

    def construct_vaulted(self, node: yaml.Node) -> str:
        if not isinstance(node, yaml.ScalarNode):
            raise self._refusal(node, "!vault stands before something that is not text; correct it")
        if self._opened is not None:
            header = node.value.lstrip().partition("\n")[0].rstrip()
            if header in self._opened:
                return ""
            self._opened.add(header)
        where = f"{self._where}, line {node.start_mark.line + 1}: a value in the {self._part}"
        return self._vault.decrypt(node.value, where=where)

    def construct_text(self, node: yaml.Node) -> str:
        if not isinstance(node, yaml.ScalarNode):
            raise self._refusal(node, "!unsafe stands before something that is not text; correct it")
        return t.cast(str, node.value)

    def refuse_tag(self, node: yaml.Node) -> t.NoReturn:
        raise self._refusal(node, "a value has a YAML tag that a record cannot have; remove it")

    def construct_object(self, node: yaml.Node, deep: bool = False) -> t.Any:
        return super().construct_object(node, deep=deep)

    def _refuse_bad_names(self, node: yaml.MappingNode) -> None:
        names: set[str] = set()
        for key, _value in node.value:
            if key.tag == nodes.MERGE_TAG:
                continue
            if key.tag != nodes.STR_TAG:
                raise self._refusal(key, "a name is not text; put it in quotes")
            if key.value in names:
                raise self._refusal(key, "a name is there twice; remove one of the two")
            names.add(key.value)

    def _refusal(self, node: yaml.Node, problem: str) -> InputError:
        return InputError(f"{self._where}, line {node.start_mark.line + 1}, the {self._part}: {problem}.")


class Records(t.Mapping[str, t.Mapping[str, t.Any]]):
    """A file's records by name, in its order. Each is decrypted when it is asked for, and no other.

    Looking one up raises InputError when it cannot be read or decrypted.
    """

    def __init__(self, reader: RecordReader, found: t.Mapping[str, yaml.Node]) -> None:
        self._reader = reader
        self._nodes = dict(found)
        # By node, which changes with its record: files that were made from this one have most of them in common.
        self._read: dict[yaml.Node, t.Mapping[str, t.Any]] = {}
        self._found: dict[tuple[Find, yaml.Node], frozenset[str]] = {}
        #: In how many records each text that was looked for is.
        self._all: dict[Find, collections.Counter[str]] = {}

    def __getitem__(self, name: str) -> t.Mapping[str, t.Any]:
        node = self._nodes[name]
        if node not in self._read:
            self._read[node] = self._reader.record(name, node)
        return self._read[node]

    def __iter__(self) -> t.Iterator[str]:
        return iter(self._nodes)

    def __len__(self) -> int:
        return len(self._nodes)

    def __contains__(self, name: object) -> bool:
        return name in self._nodes

    def open_texts(self, name: str) -> t.Iterator[str]:
        """Yield the texts in a record but for its secret fields, which are not decrypted for that.

        Raises:
            InputError: another field is encrypted, and cannot be decrypted.
        """
        return self._reader.open_texts(name, self._nodes[name])

    def found(self, find: Find, name: str) -> Set[str]:
        """Return what ``find`` returns of a record; of each it is asked once in a process."""
        node = self._nodes[name]
        if (find, node) not in self._found:
            self._found[find, node] = frozenset(find(self, name))
        return self._found[find, node]

    def all_found(self, find: Find) -> Set[str]:
        """Return what ``find``, a function that is there as long as the process is, returns of all records."""
        if find not in self._all:
            self._all[find] = collections.Counter(text for name in self for text in self.found(find, name))
        return self._all[find].keys()

    def changed(self, name: str, others: Records) -> Records:
        """Return these records with one as it is in others, or without it when it is not there."""
        changed = Records(self._reader, self._nodes)
        changed._read, changed._found = self._read, self._found
        if name in others:
            node = changed._nodes[name] = others._nodes[name]
            changed._read[node] = others[name]
        else:
            changed._nodes.pop(name, None)
        for find, counted in self._all.items():
            # To count a thousand again for one that has changed would make a loop over them quadratic.
            new = changed.found(find, name) if name in changed else frozenset[str]()
            old = self.found(find, name) if name in self else frozenset[str]()
            changed._all[find] = counted.copy()
            changed._all[find].update(new)
            changed._all[find].subtract(old)
            for text in old - new:
                if not changed._all[find][text]:
                    del changed._all[find][text]
        return changed


def _merges(node: yaml.Node) -> bool:
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    return any(key.tag == nodes.MERGE_TAG for key, _value in pairs)


_READERS: dict[str | None, t.Callable[[t.Any, t.Any], t.Any]] = {
    **dict.fromkeys(nodes.VAULT_TAGS, RecordReader.construct_vaulted),
    **dict.fromkeys(("!unsafe", "tag:yaml.org,2002:timestamp"), RecordReader.construct_text),
    **dict.fromkeys(
        (f"tag:yaml.org,2002:{name}" for name in ("binary", "set", "omap", "pairs")), RecordReader.refuse_tag
    ),
    None: RecordReader.refuse_tag,
}
for _tag, _reader in _READERS.items():
    RecordReader.add_constructor(t.cast(str, _tag), _reader)


class RecordWriter:
    """Nodes for values; what is there already keeps its node, and so its ciphertext.

    Args:
        vault: encrypts the secrets.
        reader: reads what is there already.
        inline: whether secrets are encrypted one by one, because the file as a whole is not.
        like: vaulttext whose vault id new secrets keep.
    """

    def __init__(self, vault: Vault, reader: RecordReader, *, inline: bool, like: str | None = None) -> None:
        self._vault = vault
        self._reader = reader
        self._inline = inline
        self._like = like

    def node(self, value: t.Any, old: yaml.Node | None = None, *, field: str = "", listed: bool = False) -> yaml.Node:
        """Return a node for ``value``.

        Args:
            value: what ``plain_value`` returns.
            old: the node that stands there now.
            field: the key whose value this is.
            listed: whether it stands in a list.

        Raises:
            InputError: the vault cannot encrypt.
        """
        if old is not None and self.already_equal(value, old, field=field):
            return nodes.deep_copy(old, where="The file")
        if isinstance(value, dict):
            children = {key.value: child for key, child in old.value} if isinstance(old, yaml.MappingNode) else {}
            pairs = [(key_node(key), self.node(child, children.get(key), field=key)) for key, child in value.items()]
            short = listed and all(isinstance(node, yaml.ScalarNode) and node.style != "|" for _key, node in pairs)
            return yaml.MappingNode(nodes.MAP_TAG, pairs, flow_style=short)
        if isinstance(value, list):
            items = [self.node(item, field=field, listed=True) for item in value]
            return yaml.SequenceNode(nodes.SEQ_TAG, items, flow_style=False)
        if self._inline and field in SECRET_FIELDS and value is not None:
            if not isinstance(value, str):
                raise InputError(f"The field {field} of a record must be text.")
            sealed = self._vault.encrypt_like(value, self._like) if self._like else self._vault.encrypt(value)
            return yaml.ScalarNode("!vault", sealed, style="|")
        if isinstance(value, str):
            return text_node(value)
        return _REPRESENTER.represent_data(value)

    def already_equal(self, value: t.Any, old: yaml.Node, *, field: str = "") -> bool:
        """Return whether ``old`` stands for ``value`` already, and has no secret in the clear."""
        return not (self._inline and has_plaintext_secret(old, field)) and same_value(self._reader.value(old), value)

    def inherited(self, mapping: yaml.MappingNode) -> dict[str, t.Any]:
        """Return what ``mapping`` holds when it gets some of it through a merge key, else nothing."""
        if not any(key.tag == nodes.MERGE_TAG for key, _value in mapping.value):
            return {}
        return t.cast(dict[str, t.Any], self._reader.value(mapping))


def plain_value(value: t.Any) -> t.Any:
    """Return ``value`` with plain types, all the way down.

    Raises:
        InputError: it holds something that a record cannot.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            raise InputError("A record cannot hold text that is not valid Unicode. Correct it.") from None
        # Ansible's own string types become plain.
        return str.__str__(value)
    if isinstance(value, (int, float)):
        return int(value) if isinstance(value, int) else float(value)
    if isinstance(value, t.Mapping):
        if not all(isinstance(key, str) for key in value):
            raise InputError("A record's fields must be named by text.")
        return {plain_value(key): plain_value(child) for key, child in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain_value(item) for item in value]
    raise InputError(f"A record cannot hold a value of the type {type(value).__name__}. Take it out.")


def text_node(text: str) -> yaml.ScalarNode:
    """Return a value's node that loads as exactly ``text``: never a number, a time or a template."""
    return yaml.ScalarNode("!unsafe", text, style='"') if _TEMPLATE.search(text) else key_node(text)


def key_node(text: str) -> yaml.ScalarNode:
    """Return a key's node that loads as exactly ``text``."""
    plain = (
        _ANALYSER.analyze_scalar(text).allow_block_plain
        and _RESOLVER.resolve(yaml.ScalarNode, text, (True, False)) == nodes.STR_TAG  # type: ignore[no-untyped-call]
        and not _NUMBER_ELSEWHERE.fullmatch(text)
    )
    return yaml.ScalarNode(nodes.STR_TAG, text, style=None if plain else '"')


def same_value(one: t.Any, other: t.Any) -> bool:
    """Return whether two plain values are equal; 1, 1.0 and true are three values."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def has_plaintext_secret(node: yaml.Node, field: str = "") -> bool:
    """Return whether a secret stands in ``node`` unencrypted; a template that fetches it is not a secret.

    Args:
        node: the node.
        field: the key whose value it is.
    """
    if isinstance(node, yaml.MappingNode):
        return any(has_plaintext_secret(child, str(key.value)) for key, child in node.value)
    if isinstance(node, yaml.SequenceNode):
        return any(has_plaintext_secret(item, field) for item in node.value)
    is_text = node.tag in (nodes.STR_TAG, "!unsafe")
    return field in SECRET_FIELDS and is_text and not _TEMPLATE.search(node.value)
