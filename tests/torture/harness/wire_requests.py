# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every request of every module: what is there before it, which task sends it, and what is so when it went well."""

from __future__ import annotations

import dataclasses
import typing as t

from harness.desk import Desk, Result
from harness.service import Account

_BTC_NODE = {"chain": "btc", "network": "testnet", "software": "core-0.21"}


@dataclasses.dataclass
class World:
    """An account, and a controller that uses it."""

    account: Account
    desk: Desk

    def key(self, **options: t.Any) -> Result:
        """Run bloq_client_key for the key ``ci``."""
        return succeeded(self.desk.run("bloq_client_key", name="ci", vault_file=str(self.desk.vault_file), **options))

    def node(self, **options: t.Any) -> str:
        """Make the node or cluster ``mine`` and return its id."""
        return str(succeeded(self.desk.run("bloq_node", **_node(self, **options)))["node"]["id"])


Options = dict[str, t.Any]


@dataclasses.dataclass(frozen=True)
class Request:
    """One request of one module.

    Attributes:
        module: the module that sends it.
        method: its HTTP method.
        path: its path, with ``*`` for an id.
        prepare: makes what is there before, and returns the task's options.
        service: the service that it goes to.
        others: what happens otherwise than with other requests, by the fault: the words of the message, or None when
            the task does well all the same.
    """

    module: str
    method: str
    path: str
    prepare: t.Callable[[World], Options]
    service: str = "accounts"
    others: t.Mapping[str, str | None] = dataclasses.field(default_factory=dict)


def succeeded(result: Result) -> Result:
    """Return a result that is no failure."""
    assert not result.get("failed"), result.get("msg")
    return result


def _nothing(_world: World) -> Options:
    return {}


def _logged_in(world: World) -> Options:
    succeeded(world.desk.run("bloq_login"))
    return {}


def _asked_for_events(world: World) -> Options:
    return {**_logged_in(world), "events": True}


def _client_key(world: World) -> Options:
    client_id, client_secret = world.account.make_key()
    return {"client_id": client_id, "client_secret": client_secret, "username": None, "password": None}


def _refresh_token(world: World) -> Options:
    options = _client_key(world)
    token = succeeded(world.desk.run("bloq_token", **options, cache=False, return_refresh_token=True))
    return {"refresh_token": token["refresh_token"], "username": None, "password": None}


def _to_register(world: World) -> Options:
    world.key()
    return {"key": "ci", "vault_file": str(world.desk.vault_file), "force": True, "username": None, "password": None}


def _key(**options: t.Any) -> t.Callable[[World], Options]:
    def prepare(world: World) -> Options:
        _logged_in(world)
        return {"name": "ci", "vault_file": str(world.desk.vault_file), **options}

    return prepare


def _existing_key(**options: t.Any) -> t.Callable[[World], Options]:
    def prepare(world: World) -> Options:
        world.key()
        return {"name": "ci", "vault_file": str(world.desk.vault_file), **options}

    return prepare


def _password(world: World) -> Options:
    return {"new_password": f"new {world.account.service.password}"}


def _node(world: World, **options: t.Any) -> Options:
    nodes_url = world.account.service.nodes_url
    return {"name": "mine", "vault_file": str(world.desk.vault_file), "nodes_url": nodes_url, "wait": False, **options}


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
        world.node(**_BTC_NODE)
        return _node(world, **(options or _BTC_NODE))

    return prepare


def _cluster(**changes: t.Any) -> t.Callable[[World], Options]:
    def prepare(world: World) -> Options:
        same = {"kind": "cluster", "chain": "eth", "network": "mainnet", "capacity": 2}
        world.node(**same)
        return _node(world, **{**same, **changes})

    return prepare


def _found_node(world: World) -> Options:
    node_id = world.node(**_BTC_NODE)
    return {"nodes_url": world.account.service.nodes_url, "node_id": node_id}


_KEYS = "/users/me/client-keys"
_NODES = "/users/me/nodes"
_CLUSTERS = "/users/me/clusters"

REQUESTS: dict[str, Request] = {
    "login": Request("bloq_login", "POST", "/auth", _nothing),
    "token for a client key": Request("bloq_token", "POST", "/auth/token", _client_key),
    "token for a refresh token": Request("bloq_token", "POST", "/auth/token", _refresh_token),
    "refresh token to register": Request("bloq_token", "POST", "/auth/token", _to_register),
    "key: list": Request("bloq_client_key", "GET", _KEYS, _existing_key()),
    "key: create": Request("bloq_client_key", "POST", _KEYS, _key()),
    "key: rotate": Request("bloq_client_key", "POST", _KEYS, _existing_key(rotate="always", overlap="0")),
    "key: verify": Request("bloq_client_key", "POST", "/auth/token", _key()),
    "key: delete": Request("bloq_client_key", "DELETE", f"{_KEYS}/*", _existing_key(state="absent")),
    "keys": Request("bloq_client_key_info", "GET", _KEYS, _logged_in),
    "profile": Request("bloq_account_info", "GET", "/users/me", _logged_in),
    "events": Request("bloq_account_info", "GET", "/users/me/events", _asked_for_events),
    "password: login": Request("bloq_account_password", "POST", "/auth", _password),
    "password: change": Request("bloq_account_password", "PUT", "/users/me/password", _password),
    "node: services": Request("bloq_node", "GET", "/services/nodes", _new_node, "nodes"),
    "node: list": Request("bloq_node", "GET", _NODES, _new_node, "nodes"),
    "node: create": Request("bloq_node", "POST", _NODES, _new_node, "nodes"),
    "node: find": Request("bloq_node", "GET", f"{_NODES}/*", _existing_node(), "nodes"),
    "node: delete": Request("bloq_node", "DELETE", f"{_NODES}/*", _existing_node(state="absent"), "nodes"),
    "cluster: resize": Request("bloq_node", "PATCH", f"{_CLUSTERS}/*", _cluster(capacity=3), "nodes"),
    "cluster: alias": Request("bloq_node", "POST", f"{_CLUSTERS}/*/alias", _cluster(alias="mine"), "nodes"),
    "nodes": Request("bloq_node_info", "GET", _NODES, _ask_nodes(), "nodes"),
    "a node": Request("bloq_node_info", "GET", f"{_NODES}/*", _found_node, "nodes"),
    "services": Request("bloq_service_info", "GET", "/services/nodes", _ask_nodes(), "nodes"),
    "chains": Request("bloq_service_info", "GET", "/chains/nodes", _ask_nodes(), "nodes"),
}
