# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every request of every module: what is there before it, which task sends it, and what is so when it went well."""

from __future__ import annotations

import dataclasses
import typing as t

from harness.wire_faults import ALWAYS, FAULTS, WireFault
from harness.world import World, succeeded

_AT_ONCE = {"rotate": "always", "overlap": "0"}
_BTC_NODE = {"chain": "btc", "network": "mainnet"}


Options = dict[str, t.Any]


@dataclasses.dataclass(frozen=True)
class Request:
    """One request of one module.

    Attributes:
        module: the module that sends it.
        method: its HTTP method.
        path: its path, with ``*`` for an id.
        prepare: makes what is there before, and returns the task's options.
        leaves: how many keys, nodes and clusters the account has when the task has done well.
        service: the service that it goes to.
        again: whether the same task has something to do each time.
        stays: whether what was done before the task failed, or by the request itself, stays as it is.
        others: what happens otherwise than with other requests, by the fault: the words of the message, or None when
            the task does well all the same.
    """

    module: str
    method: str
    path: str
    prepare: t.Callable[[World], Options]
    leaves: tuple[int, int, int] = (0, 0, 0)
    service: str = "accounts"
    again: bool = False
    stays: bool = False
    others: t.Mapping[str, str | None] = dataclasses.field(default_factory=dict)

    @property
    def changes_password(self) -> bool:
        """Whether the account has another password when the task has done well."""
        return self.module == "bloq_account_password"

    @property
    def creates(self) -> bool:
        """Whether it creates something, of which nobody knows whose it is when its reply is lost."""
        return self.method == "POST" and self.path in (_KEYS, _NODES)

    def words(self, name: str, fault: WireFault, times: int) -> str | None:
        """Return what the message must match when a fault strikes so often, or None when the task does well."""
        if times == ALWAYS or f"{name}, once" in self.others:
            return self.others.get(name if times == ALWAYS else f"{name}, once", fault.words)
        return None


def _nothing(_world: World) -> Options:
    return {}


def _logged_in(world: World) -> Options:
    succeeded(world.in_process.run("bloq_login"))
    return {}


def _asked_for_events(world: World) -> Options:
    return {**_logged_in(world), "events": True}


def _client_key(world: World) -> Options:
    client_id, client_secret = world.account.make_key()
    return {"client_id": client_id, "client_secret": client_secret, "username": None, "password": None}


def _refresh_token(world: World) -> Options:
    options = _client_key(world)
    token = succeeded(world.in_process.run("bloq_token", **options, cache=False, return_refresh_token=True))
    return {"refresh_token": token["refresh_token"], "username": None, "password": None}


def _to_register(world: World) -> Options:
    world.key()
    return {
        "key": "ci",
        "vault_file": str(world.in_process.vault_file),
        "force": True,
        "username": None,
        "password": None,
    }


def _key(**options: t.Any) -> t.Callable[[World], Options]:
    def prepare(world: World) -> Options:
        _logged_in(world)
        return {"name": "ci", "vault_file": str(world.in_process.vault_file), **options}

    return prepare


def _existing_key(**options: t.Any) -> t.Callable[[World], Options]:
    def prepare(world: World) -> Options:
        world.key()
        return {"name": "ci", "vault_file": str(world.in_process.vault_file), **options}

    return prepare


def _password(world: World) -> Options:
    return {"new_password": f"new {world.account.service.password}"}


def _new(world: World, **options: t.Any) -> str:
    return str(succeeded(world.in_process.run("bloq_node", **_node(world, **options)))["node"]["id"])


def _node(world: World, **options: t.Any) -> Options:
    nodes_url = world.account.service.nodes_url
    return {
        "name": "mine",
        "vault_file": str(world.in_process.vault_file),
        "nodes_url": nodes_url,
        "wait": False,
        **options,
    }


def _ask_nodes(**options: t.Any) -> t.Callable[[World], Options]:
    def prepare(world: World) -> Options:
        _logged_in(world)
        return {"nodes_url": world.account.service.nodes_url, **options}

    return prepare


def _new_node(world: World) -> Options:
    _logged_in(world)
    return _node(world, **_BTC_NODE)


def _existing_node(**options: t.Any) -> t.Callable[[World], Options]:
    def prepare(world: World) -> Options:
        _new(world, **_BTC_NODE)
        return _node(world, **(options or _BTC_NODE))

    return prepare


def _cluster(**changes: t.Any) -> t.Callable[[World], Options]:
    def prepare(world: World) -> Options:
        same = {"kind": "cluster", "chain": "eth", "software": "geth-1.9", "capacity": 2}
        _new(world, **same)
        return _node(world, **{**same, **changes})

    return prepare


def _found_node(world: World) -> Options:
    node_id = _new(world, **_BTC_NODE)
    return {"nodes_url": world.account.service.nodes_url, "node_id": node_id}


_KEYS = "/users/me/client-keys"
_NODES = "/users/me/nodes"
_CLUSTERS = "/users/me/clusters"

_DENIED = "lists the .*, and says that it is not there"
_KEY, _NODE, _CLUSTER = (1, 0, 0), (0, 1, 0), (0, 0, 1)
_NONE = (0, 0, 0)

#: Replies that are JSON, but none of a request for one thing or for a list of things.
_JSON = tuple(name for name in FAULTS if name.startswith("JSON"))
_BODIES = ("200 with HTML", "truncated JSON", *_JSON)
#: What is removed has no body to be spoiled, and what is not there need not be.
_REMOVAL: dict[str, str | None] = {
    **dict.fromkeys(_BODIES, "answered 200 to DELETE"),
    **dict.fromkeys(("an enormous reply", "a reply that drips without end")),
    "404": _DENIED,
}
#: What a reply of JSON says, when nobody needs to know.
_ANY_JSON: dict[str, str | None] = dict.fromkeys(name for name in _JSON if "nested" not in name)
#: The password is tried: what the service has carried out is seen, and what it has not is told at once.
_PASSWORD: dict[str, str | None] = {
    **{name: None for name, fault in FAULTS.items() if fault.carries_out},
    **{f"{name}, once": fault.words for name, fault in FAULTS.items() if not fault.carries_out and "429" not in name},
}
_NEITHER = "Neither password nor new_password logs in"

REQUESTS: dict[str, Request] = {
    "login": Request("bloq_login", "POST", "/auth", _nothing),
    "token for a client key": Request("bloq_token", "POST", "/auth/token", _client_key, _KEY),
    "token for a refresh token": Request("bloq_token", "POST", "/auth/token", _refresh_token, _KEY),
    "refresh token to register": Request("bloq_token", "POST", "/auth/token", _to_register, _KEY, again=True),
    "key: list": Request("bloq_client_key", "GET", _KEYS, _existing_key(), _KEY),
    "key: create": Request("bloq_client_key", "POST", _KEYS, _key(), _KEY),
    "key: rotate": Request("bloq_client_key", "POST", _KEYS, _existing_key(**_AT_ONCE), _KEY, again=True),
    "key: verify": Request("bloq_client_key", "POST", "/auth/token", _key(), _KEY, stays=True),
    "key: delete": Request(
        "bloq_client_key", "DELETE", f"{_KEYS}/*", _existing_key(state="absent"), stays=True, others=_REMOVAL
    ),
    "keys": Request("bloq_client_key_info", "GET", _KEYS, _logged_in),
    "profile": Request("bloq_account_info", "GET", "/users/me", _logged_in),
    "events": Request(
        "bloq_account_info",
        "GET",
        "/users/me/events",
        _asked_for_events,
        others={"JSON: a list of objects of wrong types": None},
    ),
    "password: login": Request(
        "bloq_account_password", "POST", "/auth", _password, others={"401": _NEITHER, "403": _NEITHER}
    ),
    "password: change": Request(
        "bloq_account_password", "PUT", "/users/me/password", _password, stays=True, others=_PASSWORD
    ),
    "node: services": Request("bloq_node", "GET", "/services/nodes", _new_node, _NODE, "nodes"),
    "node: list": Request("bloq_node", "GET", _NODES, _new_node, _NODE, "nodes"),
    "node: create": Request("bloq_node", "POST", _NODES, _new_node, _NODE, "nodes"),
    "node: find": Request("bloq_node", "GET", f"{_NODES}/*", _existing_node(), _NODE, "nodes", others={"404": _DENIED}),
    "node: find, to delete": Request(
        "bloq_node",
        "GET",
        f"{_NODES}/*",
        _existing_node(state="absent"),
        _NONE,
        "nodes",
        others={"404": _DENIED},
    ),
    "node: delete": Request(
        "bloq_node",
        "DELETE",
        f"{_NODES}/*",
        _existing_node(state="absent"),
        _NONE,
        "nodes",
        stays=True,
        others=_REMOVAL,
    ),
    "cluster: resize": Request(
        "bloq_node", "PATCH", f"{_CLUSTERS}/*", _cluster(capacity=3), _CLUSTER, "nodes", stays=True, others=_ANY_JSON
    ),
    "cluster: alias": Request(
        "bloq_node",
        "POST",
        f"{_CLUSTERS}/*/alias",
        _cluster(alias="mine"),
        _CLUSTER,
        "nodes",
        stays=True,
        others=_ANY_JSON,
    ),
    "nodes": Request("bloq_node_info", "GET", _NODES, _ask_nodes(), _NONE, "nodes"),
    "a node": Request("bloq_node_info", "GET", f"{_NODES}/*", _found_node, _NODE, "nodes", others={"404": None}),
    "services": Request("bloq_service_info", "GET", "/services/nodes", _ask_nodes(), _NONE, "nodes"),
    "chains": Request("bloq_service_info", "GET", "/chains/nodes", _ask_nodes(), _NONE, "nodes"),
}
