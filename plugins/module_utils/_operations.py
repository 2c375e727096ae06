# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: BSD-2-Clause
"""What each module does by itself, where the task runs: parameters in, result out."""

from __future__ import annotations

import dataclasses
import time
import typing as t

from ._accounts import Accounts
from ._argspec import connection
from ._errors import InputError
from ._node_id import ensure_node_id
from ._nodes import Nodes
from ._nodes_service import NodeListing, NodeOrder
from ._times import iso
from ._tokens import token_result

Parameters = t.Mapping[str, t.Any]
Result = dict[str, t.Any]

_ON_THE_CONTROLLER = "This needs the controller: run the task with the action plugin that the collection brings."


def log_in(params: Parameters) -> Result:
    """Return a new account token for user and password."""
    _require(params, "username", "password")
    grant = Accounts(connection(params)).log_in(params["username"], params["password"])
    return {"changed": True, **token_result(grant, source="minted", now=time.time())}


def get_token(params: Parameters) -> Result:
    """Return a new client token for a client key or a refresh token."""
    if params["vault_file"] or params["state"] == "absent":
        raise InputError(_ON_THE_CONTROLLER)
    service = Accounts(connection(params))
    if params["refresh_token"] and params["grant"] != "client_credentials":
        grant = service.refresh(params["refresh_token"])
    else:
        _require(params, "client_id", "client_secret")
        grant = service.exchange(params["client_id"], params["client_secret"])
    result = {"changed": True, **token_result(grant, source="minted", now=time.time())}
    return {**result, "client_id": params["client_id"], "refresh_token": grant.refresh_token}


def list_client_keys(params: Parameters) -> Result:
    """Return the account's client keys."""
    _require(params, "access_token")
    if params["vault_file"]:
        raise InputError(_ON_THE_CONTROLLER)
    listing = Accounts(connection(params)).list_keys(params["access_token"])
    unnamed = {"name": None, "managed": False, "state": "unmanaged", "retire_after": None}
    keys = [{"client_id": key.client_id, "created_at": key.created_at or None, **unnamed} for key in listing.keys]
    return {"changed": False, "client_keys": keys, "clock_skew": listing.skew}


def ensure_client_key(params: Parameters, *, check_mode: bool) -> Result:
    """Ensure that a client key exists or not: the one with ``client_id``, or without one a new one."""
    _require(params, "access_token")
    service = Accounts(connection(params))
    token, client_id = params["access_token"], params["client_id"]
    if params["name"]:
        raise InputError(_ON_THE_CONTROLLER)
    if client_id is None:
        if params["state"] == "absent":
            raise InputError("client_id is missing: say which client key is to be absent.")
        if check_mode:
            return {"changed": True, "client_key": {"client_id": None, "created_at": None}}
        new = service.create_key(token)
        made = {"client_id": new.client_id, "client_secret": new.client_secret, "created_at": iso(new.created)}
        return {"changed": True, "client_key": made}
    if params["state"] == "absent" and not check_mode:
        return {"changed": service.delete_key(token, client_id)}
    found = [key for key in service.list_keys(token).keys if key.client_id == client_id]
    if params["state"] == "absent":
        return {"changed": bool(found)}
    if not found:
        raise InputError(
            f"There is no client key {client_id}. The service chooses ids: leave client_id out to make one."
        )
    return {"changed": False, "client_key": {"client_id": client_id, "created_at": found[0].created_at}}


def account_info(params: Parameters) -> Result:
    """Return the account's profile, and its events on request."""
    _require(params, "access_token")
    service, token = Accounts(connection(params)), params["access_token"]
    result: Result = {"changed": False, "account": service.profile(token)}
    return {**result, "events": service.events(token)} if params["events"] else result


def account_password(params: Parameters, *, check_mode: bool) -> Result:
    """Make ``new_password`` the account's password."""
    _require(params, "username")
    service = Accounts(connection(params))
    changed = service.ensure_password(params["username"], params["password"], params["new_password"], dry=check_mode)
    return {"changed": changed}


def list_nodes(params: Parameters) -> Result:
    """Return the account's nodes or clusters, or the one with ``node_id``, with their credentials."""
    _require(params, "access_token")
    service, token = Nodes(connection(params, "nodes_url")), params["access_token"]
    if params["node_id"]:
        node = service.find_node(token, params["kind"], params["node_id"])
        listing = NodeListing((node,) if node else (), 0.0)
    else:
        listing = service.list_nodes(token, params["kind"])
    nodes = [dataclasses.asdict(node) for node in listing.nodes]
    return {"changed": False, "nodes": nodes, "clock_skew": listing.skew}


def list_services(params: Parameters) -> Result:
    """Return the chains, and with a token the services, that nodes or clusters can be made of."""
    service, token = Nodes(connection(params, "nodes_url")), params["access_token"]
    services = service.services(token, params["kind"]) if token else []
    return {
        "changed": False,
        "services": [dataclasses.asdict(each) for each in services],
        "chains": service.chains(params["kind"]),
    }


def ensure_node(params: Parameters, *, check_mode: bool) -> Result:
    """Ensure that a node or cluster exists or not: the one with ``node_id``, or without one a new one."""
    _require(params, "access_token")
    if params["name"]:
        raise InputError(_ON_THE_CONTROLLER)
    service, token, kind = Nodes(connection(params, "nodes_url")), params["access_token"], params["kind"]
    if not params["node_id"]:
        if params["state"] == "absent":
            raise InputError("node_id is missing: say which one is to be absent.")
        _require(params, "service_id")
        if check_mode:
            return {"changed": True, "node": None}
        order = NodeOrder(
            kind, params["service_id"], params["auth_type"] or "basic", params["capacity"], params["alias"]
        )
        return {"changed": True, "node": dataclasses.asdict(service.create_node(token, order))}
    return ensure_node_id(
        params,
        find=lambda node_id: service.find_node(token, kind, node_id),
        update=lambda node_id, changes: service.update_cluster(token, node_id, changes),
        delete=lambda node_id: service.delete_node(token, kind, node_id),
        check_mode=check_mode,
    )


def _require(params: Parameters, *names: str) -> None:
    for name in names:
        if not params[name]:
            raise InputError(f"{name} is missing. {_ON_THE_CONTROLLER}")
