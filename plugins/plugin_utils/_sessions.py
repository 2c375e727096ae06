# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service, asked with one bearer token for all requests of a task, replaced once when it is no longer taken."""

from __future__ import annotations

import time
import typing as t
from collections.abc import Callable, Mapping, Set
from contextlib import AbstractContextManager

from ..module_utils._accounts import Accounts, KeyListing, NewKey
from ..module_utils._errors import RefusedError, ReplyError
from ..module_utils._nodes import Node, NodeListing, NodeOrder, Nodes, by_request
from ..module_utils._transport import EXPIRED
from ..module_utils._urls import checked_url, refuse_local_token
from ._creation.in_flight import StartRequest
from ._options.resolve import Options
from ._tokens.credentials import AccountCredential, ClientCredential
from ._tokens.source import ObtainedToken, TokenSource

_P = t.ParamSpec("_P")
_R = t.TypeVar("_R")
_S = t.TypeVar("_S")
_M = t.TypeVar("_M", NewKey, Node)
#: Seconds before its end in which a token may be refused already, since no two clocks agree.
_DYING = 2.0


class BearerSession(t.Generic[_S]):
    """A service that takes bearer tokens.

    Args:
        service: the service.
        obtain: returns the token; with True a new one, even when a fresh one is in the cache.
    """

    def __init__(self, service: _S, obtain: Callable[[bool], ObtainedToken]) -> None:
        self.service = service
        self._obtain = obtain
        self._token: ObtainedToken | None = None

    def ask(self, operation: Callable[t.Concatenate[str, _P], _R], *args: _P.args, **options: _P.kwargs) -> _R:
        """Return what an operation returns, whose first argument is the token.

        Args:
            operation: a method of the service.
            args: its other arguments.
            options: its other arguments, by name.

        Raises:
            BloqError: there is no token, or what ``operation`` raises.
        """
        if self._token is None:
            self._token = self._obtain(False)
        try:
            return operation(self._token.token.access_token, *args, **options)
        except RefusedError as error:
            if error.status != 401 or not _is_replaceable(self._token, error):
                raise
        self._token = self._obtain(True)
        return operation(self._token.token.access_token, *args, **options)

    def make(self, operation: Callable[..., _M], start: StartRequest, *order: t.Any) -> _M:
        """Return what an operation makes, with each request for it begun by ``start``.

        Args:
            operation: a method of the service; its arguments are the token, the order and how to pause.
            start: begins a request.
            order: what is to be made.

        Raises:
            BloqError: there is no token, or what ``operation`` raises.
        """

        def send(token: str) -> _M:
            with start() as request:
                new = operation(token, *order, request.pause)
                request.received(new)
                return new

        return self.ask(send)


def _is_replaceable(token: ObtainedToken, error: RefusedError) -> bool:
    # A cached token can have died before its time, with the service's signing key for example, and one that was
    # minted for this task can have come to its end while the task waited.
    over = error.code == EXPIRED or token.token.remaining(time.time()) < _DYING
    return token.source == "cache" or (token.source == "minted" and over)


class AccountSession(BearerSession[Accounts]):
    """Accounts, asked as one account; what it creates are client keys (see ``Creates``)."""

    kind = "client key"

    def list(self) -> KeyListing:
        """Return the account's client keys."""
        return self.ask(self.service.list_keys)

    def create(self, order: None, start: StartRequest) -> NewKey:
        """Make a client key, with each request for it begun by ``start``."""
        return self.make(self.service.create_key, start)

    def delete(self, client_id: str) -> bool:
        """Revoke a client key; return False when there was none."""
        return self.ask(self.service.delete_key, client_id)

    def account_id(self) -> str:
        """Return the account's own id, which is the same however it logs in.

        Raises:
            ReplyError: the service does not name one.
        """
        profile = self.ask(self.service.profile)
        found = profile.get("id") or profile.get("email")
        if not found:
            raise ReplyError("The service names no id of this account. Check accounts_url.")
        return str(found)

    def names(self) -> set[str]:
        """Return every name by which the account can log in, in the form of ``TokenSource.account_name``."""
        profile = self.ask(self.service.profile)
        return {str(profile[field]).casefold() for field in ("id", "email") if profile.get(field)}


class NodesSession(BearerSession[Nodes]):
    """Nodes, asked as one account for nodes or for clusters, which it creates (see ``Creates``).

    Args:
        service: the Nodes service.
        kind: ``node`` or ``cluster``.
        obtain: returns the token; with True a new one, even when a fresh one is in the cache.
        account: what distinguishes the account, empty where that is not known: a client token does not say whose it is.
        names: returns every name by which the account can log in.
    """

    def __init__(
        self,
        service: Nodes,
        kind: str,
        obtain: Callable[[bool], ObtainedToken],
        account: str = "",
        names: Callable[[], Set[str]] = frozenset,
    ) -> None:
        super().__init__(service, obtain)
        self.kind = kind
        self.account = account
        self.names = names

    def list(self, kind: str = "") -> NodeListing:
        """Return what the account has, of another kind where one is given."""
        return self.ask(self.service.list_nodes, kind or self.kind)

    def find(self, node_id: str) -> Node | None:
        """Return the one with this id, with its credentials, or None."""
        return self.ask(self.service.find_node, self.kind, node_id)

    def create(self, order: NodeOrder, start: StartRequest) -> Node:
        """Make one, with each request for it begun by ``start``."""
        return self.make(self.service.create_node, start, order)

    def update(
        self,
        node_id: str,
        changes: Mapping[str, t.Any],
        guard: Callable[[str], AbstractContextManager[None]],
        note: Callable[[Mapping[str, t.Any]], object],
    ) -> None:
        """Change a cluster.

        Args:
            node_id: its id.
            changes: what is to be another.
            guard: returns the block in which one request may change what has an id.
            note: is told what each request has changed, as soon as that is so: what comes after may fail.
        """
        for part in by_request(changes):

            def send(token: str, part: Mapping[str, t.Any] = part) -> None:
                with guard(node_id):
                    self.service.update_cluster(token, node_id, part)
                    note(part)

            self.ask(send)

    def delete(self, node_id: str) -> bool:
        """Remove one; return False when there was none."""
        return self.ask(self.service.delete_node, self.kind, node_id)


def nodes_session(
    options: Options,
    credential: AccountCredential | ClientCredential,
    source: TokenSource,
    nodes: Callable[[str], Nodes],
    kind: str,
    names: Callable[[], Set[str]] = frozenset,
) -> NodesSession:
    """Return Nodes, asked with a credential.

    Args:
        options: the options, of which ``nodes_url``, ``accounts_url``, ``allow_http`` and ``grant`` count.
        credential: who asks.
        source: the source of tokens.
        nodes: returns the service at a URL.
        kind: ``node`` or ``cluster``.
        names: returns every name by which the account can log in; asked only where it logs in.

    Raises:
        BloqError: the URL cannot be used, or not with this credential.
    """
    url = checked_url(options["nodes_url"], allow_http=options["allow_http"], option="nodes_url")
    belongs_to = credential.accounts_url if isinstance(credential, ClientCredential) else options["accounts_url"]
    refuse_local_token(belongs_to, url)
    account = ""
    if isinstance(credential, AccountCredential) and credential.login is not None:
        account = source.account_name(options["accounts_url"], credential)
    return NodesSession(
        nodes(url),
        kind,
        lambda fresh: source.nodes(options["accounts_url"], credential, options["grant"], force=fresh),
        account,
        names if account else frozenset,
    )
