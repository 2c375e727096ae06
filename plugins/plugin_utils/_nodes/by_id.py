# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node or cluster that is named by its id: it exists, as it is wanted, or it does not."""

from __future__ import annotations

import contextlib
import typing as t
from collections.abc import Callable, Mapping

from ...module_utils._errors import InputError, StatusError
from ...module_utils._nodes import STOPPED, Node, cluster_changes
from .._creation.changes import Changes
from .._creation.whole_ids import refuse_part, refuse_unless_whole
from .._sessions import NodesSession


def ensure_by_id(
    session: NodesSession,
    options: Mapping[str, t.Any],
    changes: Changes,
    *,
    note: Callable[[bool], object],
    check_mode: bool,
) -> Node | None:
    """Ensure that the one with the option ``node_id`` exists or not, and return it.

    Args:
        session: the account's operations.
        options: the module's options.
        changes: lets a node be removed, and a cluster be changed.
        note: is told whether this changed anything, or would, as soon as that is so: what comes after may fail.
        check_mode: whether nothing may be changed.

    Raises:
        InputError: it is to exist and does not, which only the service could change, or its id is not whole, or is of
            the other kind.
    """
    node_id = options["node_id"]
    node = session.find(node_id)
    if node is None:
        refuse_unless_gone(node_id, session)
    elif node.state == STOPPED:
        node = None
    if options["state"] == "absent":
        if node is not None and not check_mode:
            with changes.removal(node_id):
                session.delete(node_id)
                note(True)
        note(node is not None)
        return None
    if node is None:
        raise InputError(
            f"There is no {options['kind']} {node_id}. The service chooses ids: to make one, give name and vault_file."
        )
    wanted = cluster_changes(node, options) if node.kind == "cluster" else {}
    if wanted and not check_mode:
        session.update(node_id, wanted, changes.change, lambda _part: note(True))
        node = session.find(node_id) or node
    note(bool(wanted))
    return node


def refuse_unless_gone(node_id: str, session: NodesSession) -> None:
    """Refuse an id that nothing has of the kind that is asked for, unless it can be one of what is gone.

    Args:
        node_id: the id.
        session: the account's operations for that kind.

    Raises:
        InputError: it is a part of an id that something has, or the other kind is meant.
    """
    refuse_unless_whole(node_id, session.list().created_by_id, session.kind)
    (other,) = {"node", "cluster"} - {session.kind}
    others: list[str] = []
    # An account that may have none of these is not asked for what it may list.
    with contextlib.suppress(StatusError):
        others = sorted(session.list(other).created_by_id)
    if node_id in others:
        raise InputError(f"{node_id} is a {other}, so nothing was done with it. Set kind: {other}.")
    refuse_part(node_id, others, other)
