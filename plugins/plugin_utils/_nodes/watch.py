# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks the service about a node while that is waited for, and takes no longer than what is left of the wait."""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Mapping

from ...module_utils._argspec import connection
from ...module_utils._errors import BloqError, RefusedError, ReplyError, StatusError, UnreachableError
from ...module_utils._nodes import STOPPED, Node, Nodes
from .._sessions import NodesSession
from .wait import NotYetError

_TOO_MANY = 429


def once_within(options: Mapping[str, t.Any], seconds: float) -> dict[str, t.Any]:
    """Return settings of a connection with which a request is tried once: the next look is the next try.

    Args:
        options: the task's options.
        seconds: how long it may take.
    """
    limits = {name: min(options[name], round(seconds, 1)) for name in ("timeout", "max_retry_wait")}
    return {"retries": 0, **limits}


def tries_within(options: Mapping[str, t.Any], seconds: float) -> dict[str, t.Any]:
    """Return settings of a connection that lets a request have all its tries where these have the time, or else one.

    Args:
        options: the task's options.
        seconds: how long all of it may take.
    """
    return {} if connection(options, "nodes_url").longest <= seconds else once_within(options, seconds)


class NodeWatch:
    """One node as its service has it.

    Args:
        node: the node.
        name: its name.
        session: the account's operations.
        options: the task's options.
        service: returns the Nodes service, with settings of its connection that differ from the options.
    """

    def __init__(
        self,
        node: Node,
        name: str,
        *,
        session: NodesSession,
        options: Mapping[str, t.Any],
        service: Callable[..., Nodes],
    ) -> None:
        self.node = node
        self.who = f"The {node.kind} {name!r} ({node.id})"
        self._session = session
        self._options = options
        self._service = service

    def find(self, seconds: float) -> Node | None:
        """Return the node as it is now, or None.

        Args:
            seconds: how long it may take.

        Raises:
            NotYetError: it could not be asked about in what was left of the wait, in which another try may fit.
            BloqError: it could not be asked about, with all the tries that the options want.
        """
        limits = tries_within(self._options, seconds)
        try:
            return self._ask(**limits)
        except (UnreachableError, StatusError) as error:
            is_refusal = isinstance(error, StatusError) and error.status < 500 and error.status != _TOO_MANY
            if is_refusal or not limits:
                raise
            raise NotYetError(f"could not be asked about ({error})") from None

    def check_there(self, seconds: float) -> None:
        """Check that nobody has removed the node, as far as the service can be asked.

        Args:
            seconds: how long it may take.

        Raises:
            RefusedError: the service refuses the credential.
            ReplyError: somebody has.
        """
        try:
            found = self._ask(**once_within(self._options, seconds))
        except RefusedError:
            raise
        except BloqError:
            # The node may answer all the same.
            return
        if found is None or found.state == STOPPED:
            raise ReplyError(
                f"{self.who} was removed by somebody else while it was waited for. Run the play again to make another."
            )

    def _ask(self, **settings: float) -> Node | None:
        return self._session.ask(self._service(**settings).find_node, self.node.kind, self.node.id)
