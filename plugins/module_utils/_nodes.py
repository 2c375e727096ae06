# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The operations of Bloq's Nodes service, one method an endpoint (bloq-api.md section 6)."""

from __future__ import annotations

import contextlib
import dataclasses
import re
import typing as t

from ._connection import Pause
from ._errors import InputError, RefusedError, ReplyError, StatusError
from ._times import parse_iso
from ._transport import Reply, Transport

STARTED = "started"
STOPPED = "stopped"

_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
_NOT_BLOQ = "Check nodes_url: this does not look like Bloq's Nodes service."
_COLLECTIONS = {"node": "/users/me/nodes", "cluster": "/users/me/clusters"}
_OFFERS = {"node": "nodes", "cluster": "cluster"}
_NODE_URL = "https://{}:8332/"  # D:bna
#: Where a cluster's API is, by its chain (CLI4 src/utils.js); else as a node's.
_CLUSTER_URLS = {
    **dict.fromkeys(("eth", "etc", "polygon"), "https://{}:8545/"),
    "avalanche": "https://{}:9650/ext/info",
    "algorand": "https://{}:8080/versions",
}


@dataclasses.dataclass(frozen=True)
class Node:
    """A node, or a cluster of them.

    Attributes:
        id: its id, which the service chose.
        kind: ``node`` or ``cluster``.
        state: the service's word for how it is; ``started`` and ``stopped`` are known.
        chain: the blockchain.
        network: the blockchain's network.
        software: the software and its version.
        performance: the service's word for its size.
        auth_type: how its own clients prove who they are: ``basic``, ``jwt``, or ``none``.
        username: with ``basic``, the generated user.
        password: with ``basic``, the generated password.
        address: a node's IP address or a cluster's domain, once it has one.
        url: where its own API is, once it is known.
        created_at: when it was made, as the service wrote it.
        stopped_at: when it was stopped, as the service wrote it.
        service_id: what it was made from, where the service says so.
        updating_service_id: what a cluster is being moved to.
        capacity: how many nodes a cluster has.
        health_count: how many of them are well.
        alias: a cluster's name in the account.
    """

    id: str
    kind: str
    state: str
    chain: str | None = None
    network: str | None = None
    software: str | None = None
    performance: str | None = None
    auth_type: str | None = None
    username: str | None = None
    password: str | None = dataclasses.field(default=None, repr=False)
    address: str | None = None
    url: str | None = None
    created_at: str | None = None
    stopped_at: str | None = None
    service_id: str | None = None
    updating_service_id: str | None = None
    capacity: int | None = None
    health_count: int | None = None
    alias: str | None = None

    def public(self) -> dict[str, t.Any]:
        """Return what may be shown."""
        shown = dataclasses.asdict(self)
        del shown["password"]
        return shown


@dataclasses.dataclass(frozen=True)
class NodeListing:
    """The account's nodes or clusters, the stopped ones included.

    Attributes:
        nodes: each of them.
        skew: the service's clock minus ours, in seconds.
    """

    nodes: tuple[Node, ...]
    skew: float

    @property
    def created_by_id(self) -> dict[str, float | None]:
        """When each that is not stopped was made, by its id."""
        return {node.id: parse_iso(node.created_at) for node in self.nodes if node.state != STOPPED}


@dataclasses.dataclass(frozen=True)
class Service:
    """Something that Bloq offers to run.

    Attributes:
        id: its id.
        chain: the blockchain.
        network: the blockchain's network.
        software: the software and its version.
        performance: the service's word for its size.
        region: where it runs.
        disabled: whether nothing new can be made of it.
    """

    id: str
    chain: str | None = None
    network: str | None = None
    software: str | None = None
    performance: str | None = None
    region: str | None = None
    disabled: bool = False


@dataclasses.dataclass(frozen=True)
class NodeOrder:
    """What a new node or cluster is to be.

    Attributes:
        kind: ``node`` or ``cluster``.
        service_id: what it is made from.
        auth_type: how its own clients are to prove who they are.
        capacity: how many nodes a cluster is to have.
        alias: a cluster's name in the account.
    """

    kind: str
    service_id: str
    auth_type: str
    capacity: int | None = None
    alias: str | None = None


class Nodes:
    """Nodes. Every method raises a ``BloqError`` when the service could not be asked or said no.

    Args:
        transport: asks it.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def chains(self, kind: str) -> list[dict[str, t.Any]]:
        """Return the chains (GET /chains/nodes and /chains/cluster, without a token. CLI4)."""
        entries = _list(self._transport.send("GET", f"/chains/{_OFFERS[kind]}"), "chains")
        if not all(_text(entry, "chain") for entry in entries):
            raise ReplyError(f"The list of chains has an entry without a chain. {_NOT_BLOQ}")
        return [{name: _text(entry, name) for name in ("chain", "network", "software")} for entry in entries]

    def services(self, access_token: str, kind: str) -> list[Service]:
        """Return what can be made (GET /services/nodes and /services/cluster. CLI4)."""
        entries = _list(self._authorized("GET", f"/services/{_OFFERS[kind]}", access_token), "services")
        return [_service(entry) for entry in entries]

    def list_nodes(self, access_token: str, kind: str) -> NodeListing:
        """Return the account's nodes or clusters (GET /users/me/nodes and /users/me/clusters. CLI4, D:nodes)."""
        reply = self._authorized("GET", _COLLECTIONS[kind], access_token)
        return NodeListing(tuple(_node(kind, entry) for entry in _list(reply, f"{kind}s")), reply.skew)

    def find_node(self, access_token: str, kind: str, node_id: str) -> Node | None:
        """Return a node or cluster with its credentials (GET .../{id}. CLI4), or None."""
        try:
            reply = self._authorized("GET", _path(kind, node_id), access_token)
        except StatusError as error:
            if error.status == 404:
                return None
            raise
        return _node(kind, reply.body)

    def create_node(self, access_token: str, order: NodeOrder, pause: Pause = contextlib.nullcontext) -> Node:
        """Make a node or cluster (POST; 201, 200 before. CLI4).

        It is repeated only when the service has said, or shown by refusing the connection, that it did nothing.

        Args:
            access_token: the account's token.
            order: what to make.
            pause: entered for each wait between two requests.

        Raises:
            RefusedError: with the code ``LimitExceeded`` the account has no room for one more.
            UnreachableError: with ``maybe_received`` it may have been made; list before another try.
        """
        body: dict[str, t.Any] = {"serviceId": order.service_id, "authType": order.auth_type}
        body.update({name: getattr(order, name) for name in ("capacity", "alias") if getattr(order, name)})
        reply = self._authorized(
            "POST", _COLLECTIONS[order.kind], access_token, body=body, expect=(200, 201), repeatable=False, pause=pause
        )
        return _node(order.kind, reply.body)

    def update_cluster(self, access_token: str, node_id: str, changes: t.Mapping[str, t.Any]) -> None:
        """Resize a cluster and move it, or name it (PATCH .../{id}, POST .../{id}/alias. CLI4).

        Args:
            access_token: the account's token.
            node_id: the cluster.
            changes: what one request takes, as ``by_request`` returns it. An empty alias is none.
        """
        if "alias" in changes:
            self._change("POST", f"{_path('cluster', node_id)}/alias", access_token, {"alias": changes["alias"]})
            return
        names = {"capacity": "capacity", "service_id": "serviceId"}
        body = {names[field]: value for field, value in changes.items()}
        self._change("PATCH", _path("cluster", node_id), access_token, body)

    def delete_node(self, access_token: str, kind: str, node_id: str) -> bool:
        """Remove a node or cluster (DELETE .../{id}; 204. CLI4). Return False when there was none."""
        try:
            self._authorized("DELETE", _path(kind, node_id), access_token, expect=(204,))
        except StatusError as error:
            if error.status == 404:
                return False
            raise
        return True

    def _change(self, method: str, path: str, access_token: str, body: t.Mapping[str, t.Any]) -> None:
        reply = self._authorized(method, path, access_token, body=body, expect=(200, 201, 204))
        if isinstance(reply.body, bytes):
            raise ReplyError(f"The reply to the change of a cluster is not JSON. {_NOT_BLOQ}")

    def _authorized(self, method: str, path: str, access_token: str, **options: t.Any) -> Reply:
        try:
            return self._transport.send(method, path, bearer=access_token, **options)
        except RefusedError as error:
            advice = {
                401: "The token is expired or not from this environment. Get a new one.",
                403: "Use an account token or a client token of an account with the right to do this.",
            }
            raise error.advised(advice[error.status], method) from None


def cluster_changes(node: Node, wanted: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Return those of ``capacity``, ``service_id`` and ``alias`` that are wanted and differ from what a cluster has.

    Args:
        node: the cluster.
        wanted: the options; None stands for no wish.
    """
    has = {
        "capacity": node.capacity,
        "service_id": node.updating_service_id or node.service_id,
        "alias": node.alias or "",
    }
    return {field: wanted[field] for field in has if wanted[field] is not None and wanted[field] != has[field]}


def by_request(changes: t.Mapping[str, t.Any]) -> list[dict[str, t.Any]]:
    """Return changes of a cluster as its requests take them, one after the other: the alias has one of its own."""
    named = {field: value for field, value in changes.items() if field == "alias"}
    others = {field: value for field, value in changes.items() if field != "alias"}
    return [part for part in (others, named) if part]


def _path(kind: str, node_id: str) -> str:
    if not _ID.fullmatch(node_id):
        raise InputError("node_id must be a node's or cluster's id, as bloq_node_info lists it.")
    return f"{_COLLECTIONS[kind]}/{node_id}"


def _list(reply: Reply, what: str) -> list[t.Any]:
    if not isinstance(reply.body, list):
        raise ReplyError(f"The list of {what} is not a list. {_NOT_BLOQ}")
    return reply.body


def _node(kind: str, body: object) -> Node:
    node_id = _text(body, "id")
    if node_id is None or not _ID.fullmatch(node_id):
        raise ReplyError(f"The reply has a {kind} without a usable id. {_NOT_BLOQ}")
    auth, made_of = _part(body, "auth"), _part(body, "serviceData")
    address, chain = _text(body, "ip") or _text(body, "domain"), _text(body, "chain")
    url = _CLUSTER_URLS.get(chain or "", _NODE_URL) if kind == "cluster" else _NODE_URL
    return Node(
        id=node_id,
        kind=kind,
        state=_text(body, "state") or "unknown",
        chain=chain,
        network=_text(body, "network"),
        software=_text(made_of, "software"),
        performance=_text(made_of, "performance"),
        auth_type=_text(auth, "type"),
        username=_text(auth, "user"),
        password=_text(auth, "pass"),
        address=address,
        url=_text(body, "url") or (url.format(address) if address else None),
        created_at=_text(body, "createdAt"),
        stopped_at=_text(body, "stoppedAt"),
        service_id=_text(body, "service"),
        updating_service_id=_text(body, "updatingService"),
        capacity=_number(body, "capacity"),
        health_count=_number(body, "healthCount"),
        alias=_text(body, "alias"),
    )


def _service(body: object) -> Service:
    service_id = _text(body, "id")
    if service_id is None:
        raise ReplyError(f"The list of services has an entry without an id. {_NOT_BLOQ}")
    made_of = _part(body, "metadata")
    return Service(
        id=service_id,
        chain=_text(body, "chain"),
        network=_text(body, "network"),
        software=_text(made_of, "software"),
        performance=_text(made_of, "performance"),
        region=_text(_part(body, "vendor"), "region"),
        disabled=isinstance(body, dict) and bool(body.get("disabled")),
    )


def _part(body: object, field: str) -> object:
    return body.get(field) if isinstance(body, dict) else None


def _text(body: object, field: str) -> str | None:
    value = _part(body, field)
    return value if isinstance(value, str) and value else None


def _number(body: object, field: str) -> int | None:
    value = _part(body, field)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
