# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client ids that stand in the clear in a vault file whose records cannot be read, for an emergency."""

from __future__ import annotations

import collections
from collections.abc import Iterable, Iterator

import yaml

from ...module_utils._accounts import ListedKey
from ...module_utils._errors import BloqError
from ...module_utils._ordinary import read_ordinary
from ...module_utils._urls import same_service
from .._vault.records import RecordReader
from .._vault.secrets import Vault
from .._vault.yaml_nodes import STR_TAG
from .record import KeyRecord, plain_id
from .states import CURRENT, PENDING, RETIRING, KeyState, by_id, has_times
from .torn_text import torn_records


def plain_states(
    listed: Iterable[ListedKey], path: str, vault: Vault, *, variable: str, accounts_url: str
) -> list[KeyState]:
    """Return the account's keys, each with the name that stands over its id in the file.

    No secret is decrypted, except the whole of a file that is encrypted whole, and what cannot be read is passed over.

    Args:
        listed: the account's keys on the service.
        path: the file, which need not be one.
        vault: the play's vault.
        variable: the variable that holds the records.
        accounts_url: the service; records of another one are passed over.
    """
    named = by_id(_held(_text(path, vault), variable, accounts_url))
    return [named.get(key.client_id, KeyState(key.client_id, key.created_at)) for key in listed]


def spoilt_names(path: str, vault: Vault, *, variable: str) -> list[str]:
    """Return the names of the records in a file of which something cannot be read; none where the file is no YAML.

    Args:
        path: the file, which need not be one.
        vault: the play's vault.
        variable: the variable that holds the records.
    """
    try:
        root = yaml.compose(_text(path, vault), Loader=yaml.SafeLoader)
    except (ValueError, RecursionError, yaml.YAMLError):
        return []
    entries = [entry for records in _values(root, variable) for entry in _pairs(records)]
    names = [key.value if isinstance(key, yaml.ScalarNode) else "?" for key, _record in entries]
    count, reader = collections.Counter(names), RecordReader(vault, where=path)
    spoilt = [
        name
        for name, (key, record) in zip(names, entries, strict=True)
        if count[name] > 1 or key.tag != STR_TAG or not _is_sound(reader, name, record)
    ]
    return list(dict.fromkeys(spoilt))


def _is_sound(reader: RecordReader, name: str, node: yaml.Node) -> bool:
    try:
        return has_times(KeyRecord.from_mapping(name, reader.record(name, node)))
    except BloqError:
        return False


def _text(path: str, vault: Vault) -> str:
    try:
        content = read_ordinary(path)
        if content.startswith(b"$ANSIBLE_VAULT;"):
            return vault.decrypt_file(content, where=path)[0]
        # An id is ASCII, whatever is wrong with a byte elsewhere.
        return content.decode("utf-8-sig", errors="replace")
    except (OSError, ValueError, BloqError):
        return ""


def _held(text: str, variable: str, accounts_url: str) -> Iterator[KeyState]:
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except (ValueError, RecursionError, yaml.YAMLError):
        yield from _torn(text, variable, accounts_url)
        return
    for name, record in (entry for records in _values(root, variable) for entry in _entries(records)):
        if any(url and not same_service(url, accounts_url) for url in _texts(record, "accounts_url")):
            continue
        pending = _values(record, "pending")
        retiring = [item for value in _values(record, "retiring") for item in _items(value)]
        for state, nodes in ((CURRENT, [record]), (PENDING, pending), (RETIRING, retiring)):
            for node in nodes:
                until = next(iter(_texts(node, "retire_after")), None) if state == RETIRING else None
                for client_id in _texts(node, "client_id"):
                    yield KeyState(plain_id(client_id), None, name, True, state, until)


def _torn(text: str, variable: str, accounts_url: str) -> Iterator[KeyState]:
    for name, (held, urls) in torn_records(text, variable).items():
        if all(same_service(url, accounts_url) for url in urls):
            yield from (KeyState(client_id, None, name, True, state) for state, client_id in held)


def _pairs(node: yaml.Node | None) -> list[tuple[yaml.Node, yaml.Node]]:
    return list(node.value) if isinstance(node, yaml.MappingNode) else []


def _entries(node: yaml.Node | None) -> Iterator[tuple[str, yaml.Node]]:
    for key, value in _pairs(node):
        if isinstance(key, yaml.ScalarNode):
            yield key.value, value


def _items(node: yaml.Node) -> list[yaml.Node]:
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def _values(node: yaml.Node | None, name: str) -> list[yaml.Node]:
    return [value for key, value in _entries(node) if key == name]


def _texts(node: yaml.Node, name: str) -> list[str]:
    return [value.value for value in _values(node, name) if isinstance(value, yaml.ScalarNode)]
