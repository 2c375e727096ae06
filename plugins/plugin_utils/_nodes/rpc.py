# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node's or cluster's own API: where it is, and how it wants to be asked."""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Mapping, Sequence

from ...module_utils._errors import BloqError, InputError, RefusedError, ReplyError
from ...module_utils._rpc import RpcCall, is_answer, outcome
from ...module_utils._transport import Reply, Transport
from .._options.resolve import Options
from .._requests.call import BearerCall
from .._requests.content import plain, without
from .._tokens.source import ObtainedToken
from .certificate import known_fingerprint

#: What the record says of how clients prove who they are.
BASIC = "basic"
JWT = "jwt"
_OK = (200,)


class Endpoint(t.NamedTuple):
    """Where a node's API is, and how it wants to be asked.

    Attributes:
        url: its URL.
        auth_type: ``basic``, ``jwt`` or ``none``.
        user: with ``basic``, the user.
        password: with ``basic``, the password.
        certificate: the one certificate that it shows, as PEM, when that is known.
        nodes_url: the service that it belongs to, when that is known.
    """

    url: str
    auth_type: str
    user: str | None = None
    password: str | None = None
    certificate: str | None = None
    nodes_url: str | None = None

    def __repr__(self) -> str:
        """Return what may be shown of it."""
        return f"Endpoint(url={self.url!r}, auth_type={self.auth_type!r})"


def endpoint_of_record(name: str, records: object, where: str) -> Endpoint:
    """Return how the node is asked that a record describes.

    Args:
        name: the record's name.
        records: the records by name, or None when there are none.
        where: where they come from, for the message.

    Raises:
        InputError: there is no such record, or it does not say what is needed.
    """
    if not isinstance(records, Mapping) or name not in records:
        raise InputError(
            f"{where} has no node {name!r}. Load the file that bloq.cloud.bloq_node has written, or name it with "
            "vault_file."
        )
    record = records[name]
    if not isinstance(record, Mapping):
        raise InputError(f"The record of the node {name!r} is not a mapping. Correct or remove it.")

    def text(field: str) -> str | None:
        value = record.get(field)
        return str(value) if value else None

    kind = _kind_of(record)
    url, auth_type = text("url"), text("auth_type") or BASIC
    if url is None:
        raise InputError(f"The {kind} {name!r} has no URL yet. Run bloq.cloud.bloq_node again, which waits for it.")
    if url.lower().startswith("http:") and (text("certificate") or text("certificate_by")):
        raise InputError(
            f"The record of the {kind} {name!r} knows its certificate, and says that its url is {url}, where anybody "
            "could read its password. Nothing was sent there. Run bloq.cloud.bloq_node again, or remove the fields "
            "certificate and certificate_by."
        )
    user, password = text("username"), text("password")
    if auth_type == BASIC and not (user and password):
        raise InputError(
            f"The record of the {kind} {name!r} has no username and password. Run bloq.cloud.bloq_node again."
        )
    certificate = text("certificate")
    if certificate is not None:
        known_fingerprint(name, certificate)
    return Endpoint(url, auth_type, user, password, certificate, text("nodes_url"))


def _kind_of(record: Mapping[str, t.Any]) -> str:
    return "cluster" if record.get("kind") == "cluster" else "node"


def calls_of(options: Options) -> list[RpcCall]:
    """Return the calls that a task wants made.

    Raises:
        InputError: there is none, or one cannot be sent.
    """
    batch = options["batch"]
    if (batch is None) == (options["method"] is None):
        raise InputError("Give method, or batch with a list of calls.")
    if batch is None:
        return [_call(options["method"], options["params"])]
    if options["params"] is not None:
        raise InputError("params goes with method. In batch each call has its own.")
    calls = []
    for call in plain(batch, "batch"):
        if not isinstance(call.get("method"), str) or call.keys() - {"method", "params"}:
            raise InputError("Each call in batch must be a mapping with method and, if it has any, params.")
        calls.append(_call(call["method"], call.get("params")))
    if not calls:
        raise InputError("batch is empty: give at least one call.")
    return calls


def _call(method: str, params: t.Any) -> RpcCall:
    given = plain(params, "params")
    if given is None:
        given = []
    if not isinstance(given, (list, dict)):
        raise InputError("params must be a list, or a mapping for a node that takes parameters by name.")
    return RpcCall(str(method), given)


def ask(
    transport: Transport,
    endpoint: Endpoint,
    calls: Sequence[RpcCall],
    version: str,
    *,
    is_batch: bool = False,
    obtain: Callable[[bool], ObtainedToken] | None = None,
) -> list[t.Any]:
    """Make calls and return what came of each, its result or the error that it failed with.

    Args:
        transport: asks the node.
        endpoint: how it wants to be asked.
        calls: the calls.
        version: ``1.0`` or ``2.0``.
        is_batch: whether they are sent as a batch.
        obtain: returns the token, for a node that takes tokens.

    Raises:
        BloqError: the node could not be asked, refused the credential, or did not answer with JSON-RPC.
    """
    bodies = [call.to_json(version, number) for number, call in enumerate(calls, 1)]
    basic = (endpoint.user or "", endpoint.password or "") if endpoint.auth_type == BASIC else None

    def send(token: str | None) -> Reply:
        # A call is never sent again when the node may have carried it out.
        return transport.exchange(
            "POST", "", bearer=token, basic=basic, body=bodies if is_batch else bodies[0], repeatable=False
        )

    asked = None if obtain is None else BearerCall(send, obtain)
    reply = send(None) if asked is None else asked.reply()
    if reply.status in (401, 403):
        raise RefusedError(
            f"The node at {endpoint.url} refuses the credentials. Run bloq.cloud.bloq_node again if its record is old, "
            "or check rpc_user and rpc_password, or the token.",
            status=reply.status,
            code=reply.code,
        )
    body = without(reply.body, {endpoint.password or "", *(asked.tokens if asked else ())})
    if not is_answer(body):
        transport.check(reply, "POST", "/", _OK)
        raise ReplyError(f"The answer of {endpoint.url} is not JSON-RPC. Check the URL of the node.")
    return [_outcome(call, number, body) for number, call in enumerate(calls, 1)]


def _outcome(call: RpcCall, number: int, answer: t.Any) -> t.Any:
    try:
        return outcome(call, number, answer)
    except BloqError as error:
        return error
