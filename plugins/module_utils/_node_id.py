# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: BSD-2-Clause
"""A node or cluster that is named by its id: it exists, as it is wanted, or it does not."""

from __future__ import annotations

import typing as t

from ._errors import InputError
from ._nodes_service import STOPPED, Node, cluster_changes


def ensure_node_id(
    options: t.Mapping[str, t.Any],
    *,
    find: t.Callable[[str], Node | None],
    update: t.Callable[[str, dict[str, t.Any]], None],
    delete: t.Callable[[str], object],
    check_mode: bool,
) -> dict[str, t.Any]:
    """Ensure that the one with the option ``node_id`` exists or not, and return the module's result.

    Args:
        options: the module's options.
        find: returns the one with this id, or None.
        update: changes a cluster.
        delete: removes it.
        check_mode: whether nothing may be changed.

    Raises:
        InputError: it is to exist and does not, which only the service could change.
    """
    node_id = options["node_id"]
    node = find(node_id)
    if node is not None and node.state == STOPPED:
        node = None
    if options["state"] == "absent":
        if node is not None and not check_mode:
            delete(node_id)
        return {"changed": node is not None, "node": None}
    if node is None:
        raise InputError(
            f"There is no {options['kind']} {node_id}. The service chooses ids: to make one, give name and vault_file."
        )
    changes = cluster_changes(node, options) if node.kind == "cluster" else {}
    if changes and not check_mode:
        update(node_id, changes)
        node = find(node_id) or node
    return {"changed": bool(changes), "node": node.public()}
