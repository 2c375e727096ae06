# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks a node, and Connect, how far each is."""

from __future__ import annotations

import typing as t
from collections.abc import Callable

from ...module_utils._errors import BloqError
from ...module_utils._transport import Transport
from .._options.resolve import Options
from .._options.variables import Variables
from .._requests.call import BearerCall
from .._requests.target import target_of
from .._requests.tokens import AUTO, token_for
from .._tokens.source import TokenSource
from .ready import Heights, connect_height, height_call, height_of
from .record import NodeRecord
from .rpc import JWT, ask, endpoint_of_record

#: Returns the way to the service at a URL, named by an option, with the certificate that it must show.
MakeTransport = Callable[..., Transport]


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
        endpoint = self._endpoint
        transport = self._transport("url", endpoint.url, endpoint.certificate, **self._limits(seconds))
        obtain = None
        if endpoint.auth_type == JWT:
            url = endpoint.nodes_url or endpoint.url
            obtain = token_for(AUTO, url, "nodes_url", self._options, self._variables, self._source)
        version = "2.0" if self._call.method.startswith("eth_") else "1.0"
        [answer] = ask(transport, endpoint, [self._call], version, obtain=obtain)
        if isinstance(answer, BloqError):
            raise answer
        return Heights(height_of(answer))

    def synced(self, seconds: float) -> Heights:
        """Return the height of the node and of Connect, in at most about twice ``seconds``.

        Raises:
            BloqError: one of them does not answer, or refuses.
        """
        own = self.answering(seconds).own
        asked: dict[str, t.Any] = {
            "service": "connect",
            "url": None,
            "path": "/api/v1/status",
            "query": {},
            "chain": self._chain,
        }
        target = target_of(Options({**self._options, **asked}, self._options.levels))
        transport = self._transport(target.option, target.base, **self._limits(seconds))
        obtain = token_for(AUTO, target.base, target.option, self._options, self._variables, self._source)
        reply = BearerCall(lambda token: transport.exchange("GET", target.path, bearer=token), obtain).reply()
        transport.check(reply, "GET", target.path, (200,))
        return Heights(own, connect_height(reply.body))

    def _limits(self, seconds: float) -> dict[str, float]:
        """Return settings with which a request is tried once: the next look is the next try."""
        limits = {name: min(self._options[name], seconds) for name in ("timeout", "max_retry_wait")}
        return {"retries": 0, **limits}
