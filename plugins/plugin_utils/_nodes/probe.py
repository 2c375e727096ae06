# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks a node how far it is, and Connect or the node itself how far the chain is."""

from __future__ import annotations

import contextlib
import time
import typing as t
from collections.abc import Callable

from ...module_utils._errors import BloqError, UnreachableError
from ...module_utils._rpc import RpcCall
from ...module_utils._transport import Transport
from .._options.resolve import Options
from .._options.variables import Variables
from .._requests.call import BearerCall
from .._requests.target import target_of
from .._requests.tokens import AUTO, token_for
from .._tokens.source import TokenSource
from .ready import Heights, connect_height, height_call, height_of, synced_height, syncing_call
from .record import NodeRecord
from .rpc import JWT, ask, endpoint_of_record
from .wait import LEAST
from .watch import once_within

#: Returns the way to the service at a URL, named by an option, with the certificate that it must show.
MakeTransport = Callable[..., Transport]
#: Asks how far a node is, in about so many seconds.
Probe = Callable[[float], Heights]


def once_seen(
    record: NodeRecord,
    see: Callable[[], NodeRecord],
    probe_of: Callable[[NodeRecord], Probe],
    clock: Callable[[], float] = time.monotonic,
) -> Probe:
    """Return what asks a node, and looks at its certificate before as long as none has been seen.

    A node that has started need not take connections yet, and what nobody has seen cannot be compared.

    Args:
        record: what is known of the node.
        see: looks at the certificate, keeps it, and returns what is known then; it takes no longer than is left of
            the wait, and raises UnreachableError where nothing is to be seen.
        probe_of: returns what asks the node that a record describes.
        clock: returns the time.
    """
    known = record

    def probe(seconds: float) -> Heights:
        nonlocal known
        ends = clock() + seconds
        if not known.shows_certificate and (known.url or "").lower().startswith("https:"):
            try:
                known = see()
            except UnreachableError:
                if clock() >= ends:
                    raise
                # A proxy may lead there all the same.
        try:
            return probe_of(known)(max(LEAST, ends - clock()))
        except UnreachableError as error:
            if known.shows_certificate and not error.another_certificate and clock() < ends:
                # Somebody else may answer there by now, which is no reason to wait.
                with contextlib.suppress(UnreachableError):
                    known = see()
            raise

    return probe


class NodeProbe:
    """Asks one node; and Connect, when it is to be compared.

    Args:
        name: the record's name.
        record: the record.
        transport: as ``BloqAction.transport``.
        options: the task's options.
        variables: the variables, of which one holds the client keys' records.
        source: the source of tokens.
    """

    def __init__(
        self,
        name: str,
        record: NodeRecord,
        *,
        transport: MakeTransport,
        options: Options,
        variables: Variables,
        source: TokenSource,
    ) -> None:
        self._endpoint = endpoint_of_record(name, {name: record.to_mapping()}, "The vault file")
        self._call = height_call(record.chain)
        self._chain = record.chain
        self._transport = transport
        self._options = options
        self._variables = variables
        self._source = source

    def answering(self, seconds: float) -> Heights:
        """Return the node's height, in at most about ``seconds``.

        Raises:
            BloqError: it does not answer, or refuses.
        """
        return Heights(height_of(self._ask(self._call, seconds)))

    def synced(self, seconds: float) -> Heights:
        """Return the height of the node and of the chain, in at most about ``seconds``.

        Raises:
            BloqError: what is asked does not answer, or refuses.
        """
        ends = time.monotonic() + seconds
        own = self.answering(seconds).own
        seconds = max(LEAST, ends - time.monotonic())
        syncing = syncing_call(self._chain)
        if syncing is None:
            return Heights(own, self._connect(seconds))
        return Heights(own, synced_height(own, self._ask(syncing, seconds)))

    def _ask(self, call: RpcCall, seconds: float) -> t.Any:
        """Return the node's answer to a call."""
        endpoint = self._endpoint
        transport = self._transport("url", endpoint.url, endpoint.certificate, **once_within(self._options, seconds))
        obtain = None
        if endpoint.auth_type == JWT:
            url = endpoint.nodes_url or endpoint.url
            obtain = token_for(AUTO, url, "nodes_url", self._options, self._variables, self._source)
        version = "2.0" if call.method.startswith("eth_") else "1.0"
        [answer] = ask(transport, endpoint, [call], version, obtain=obtain)
        if isinstance(answer, BloqError):
            raise answer
        return answer

    def _connect(self, seconds: float) -> int:
        """Return Connect's height."""
        asked: dict[str, t.Any] = {
            "service": "connect",
            "url": None,
            "path": "/api/v1/status",
            "query": {},
            "chain": self._chain,
        }
        target = target_of(Options({**self._options, **asked}, self._options.levels))
        transport = self._transport(target.option, target.base, **once_within(self._options, seconds))
        obtain = token_for(AUTO, target.base, target.option, self._options, self._variables, self._source)
        reply = BearerCall(lambda token: transport.exchange("GET", target.path, bearer=token), obtain).reply()
        transport.check(reply, "GET", target.path, (200,))
        return connect_height(reply.body)
