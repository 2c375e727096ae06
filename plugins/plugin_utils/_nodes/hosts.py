# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nodes and clusters as hosts of an inventory: which of them, what they are called and what is said of them."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Callable, Iterable, Mapping

from ...module_utils._errors import InputError
from ...module_utils._nodes import STOPPED, Node
from .._options.templates import as_data

#: What a record adds to what the service says of a node.
_OF_RECORD = ("service_id", "certificate")
#: The user is not told from a password by its name, and a variable bloq_username would be the account's.
_LEFT_OUT = frozenset({"username", "updating_service_id"})
#: IP addresses and domains; whatever else a service says, no program is to be called with it.
_ADDRESS = re.compile(r"[A-Za-z0-9_:][A-Za-z0-9_.:-]{0,252}")
_LONGEST_NAME = 253
#: What these mean to Ansible they would mean no longer.
_TAKEN = frozenset({"all", "ungrouped", "localhost"})
_PREFIX = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_KINDS = ("node", "cluster")
#: What begins like an option of ssh or an operator, or has a character that a pattern, a path, a line or a template is
#: made with.
_NO_NAME = re.compile(
    r"\A[-!&~@]|(?:\A|/)\.\.?(?:/|\Z)|\A/|[,\\\[\]*?\s\x00-\x1f\x7f-\x9f{}\u202a-\u202e\ud800-\udfff]"
)


def described(node: Node) -> dict[str, t.Any]:
    """Return what is told of a node, which holds no secret: caches of inventories are in the clear."""
    return {field: value for field, value in node.public().items() if field not in _LEFT_OUT}


def kinds_of(options: Mapping[str, t.Any]) -> list[str]:
    """Return the kinds that ``kind`` means, nodes first; an empty list means all, as it does in every filter."""
    return [kind for kind in _KINDS if not options["kind"] or kind in options["kind"]]


def is_wanted(node: Mapping[str, t.Any], options: Mapping[str, t.Any]) -> bool:
    """Return whether a described node is among those that ``kind``, ``state``, ``chain`` and ``network`` mean.

    Without a wish for a state, what is stopped is left out: it is gone and only listed still.
    """
    if not options["state"] and node["state"] == STOPPED:
        return False
    return all(
        not options[field] or node.get(field) in options[field] for field in ("kind", "state", "chain", "network")
    )


def warn_of_nothing(
    nodes: Iterable[Mapping[str, t.Any]], options: Mapping[str, t.Any], warn: Callable[[str], None]
) -> None:
    """Warn when the filters leave nothing over, unless there is nothing but what is gone and only listed still.

    Args:
        nodes: the described nodes, none of which is wanted.
        options: the filters.
        warn: shows a warning.
    """
    there = sum(1 for node in nodes if options["state"] or node["state"] != STOPPED)
    if there:
        warn(f"No node matches state, chain and network. The account has {there} of the kinds that are asked for.")


def records_by_id(records: object, nodes_url: str, variable: str) -> dict[str, tuple[str, Mapping[str, t.Any]]]:
    """Return the records of nodes of a service by their ids, each with its name. No value but ids and URLs is read.

    Args:
        records: the variable's value, whose passwords may be encrypted.
        nodes_url: the service, as ``checked_url`` returns it.
        variable: the variable's name.

    Raises:
        InputError: these are not records.
    """
    if records is None:
        return {}
    if not isinstance(records, Mapping) or not all(isinstance(record, Mapping) for record in records.values()):
        raise InputError(f"The variable {variable} in vault_file must be a mapping of names to records of nodes.")
    found = {}
    for name, record in records.items():
        if str(record.get("nodes_url") or nodes_url).rstrip("/") == nodes_url and record.get("id"):
            found[str(record["id"])] = (str(name), record)
    return found


def host_variables(
    node: Mapping[str, t.Any], named: tuple[str, Mapping[str, t.Any]] | None, nodes_url: str, prefix: str
) -> dict[str, t.Any]:
    """Return a node's variables.

    Args:
        node: the node, described.
        named: its name and record, if it has any.
        nodes_url: the service that it belongs to.
        prefix: stands before each name.
    """
    name, record = named or (None, {})
    of_record = {field: node.get(field) or record.get(field) for field in _OF_RECORD}
    said = {**node, **of_record, "name": name, "nodes_url": nodes_url}
    return {f"{prefix}{field}": as_data(value) for field, value in said.items()}


def address_of(node: Mapping[str, t.Any]) -> str | None:
    """Return what ``ansible_host`` is to be, or None where the service says nothing, or nothing that is an address."""
    address = node["address"]
    return address if address and _ADDRESS.fullmatch(address) else None


def check_prefix(prefix: str) -> None:
    """Check what stands before each variable's name.

    Raises:
        InputError: no variable's name begins like that.
    """
    if not prefix:
        raise InputError(
            "hostvars_prefix is empty, and the name name is Ansible's own. Give a prefix such as node_, or leave the "
            "option out for bloq_."
        )
    if not _PREFIX.fullmatch(prefix):
        raise InputError("hostvars_prefix must be letters, digits and underscores, with no digit at the beginning.")


def check_name(name: str, node_id: str, template: str | None) -> None:
    """Check what a host is to be called.

    Args:
        name: the host's name.
        node_id: the id of its node.
        template: the user's template that has made it of a service's words; without one it is a record's, or the id.

    Raises:
        InputError: it is no name for a host.
    """
    if template and not name:
        raise InputError("hostname makes an empty name of a node. Let it use what every node has, such as its id.")
    if name and len(name) <= _LONGEST_NAME and name not in _TAKEN and not _NO_NAME.search(name):
        return
    shown = repr(name[:_LONGEST_NAME])
    if template:
        raise InputError(
            f"hostname makes {shown} of the node {node_id}, which is no name for a host. Let it use other variables, "
            f"or a filter such as regex_replace('[^A-Za-z0-9._-]', '-'), and at most {_LONGEST_NAME} characters. all, "
            "ungrouped and localhost are Ansible's own."
        )
    raise InputError(
        f"The node {node_id} is called {shown}, which is no name for a host. Give hostname, a template that makes "
        "another, such as one of the id. all, ungrouped and localhost are Ansible's own."
    )


def refuse_same_names(names: Iterable[tuple[str, str]]) -> None:
    """Refuse two hosts of one name, of which Ansible would make one.

    Args:
        names: each host's name and the id of its node.

    Raises:
        InputError: two have the same name.
    """
    ids: dict[str, str] = {}
    for name, node_id in names:
        if name in ids:
            raise InputError(
                f"The nodes {ids[name]} and {node_id} both get the name {name!r}. Put something into hostname that "
                "differs, such as the variable with their id."
            )
        ids[name] = node_id
