# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The options that several modules share, each written once."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from ._connection import Connection

Spec = dict[str, dict[str, t.Any]]

CONNECTION: Spec = {
    "accounts_url": {"type": "str", "default": "https://accounts.bloq.cloud"},
    "allow_http": {"type": "bool", "default": False},
    "validate_certs": {"type": "bool", "default": True},
    "ca_path": {"type": "path"},
    "client_cert": {"type": "path"},
    "client_key_path": {"type": "path", "no_log": False},
    "proxy": {"type": "str", "no_log": True},
    "timeout": {"type": "float", "default": 30.0},
    "retries": {"type": "int", "default": 4},
    "max_retry_wait": {"type": "float", "default": 60.0},
}

ACCOUNT: Spec = {
    "username": {"type": "str"},
    "password": {"type": "str", "no_log": True},
    "access_token": {"type": "str", "no_log": True},
    "cli_session": {"type": "bool", "default": False},
}

CLIENT: Spec = {
    "client_id": {"type": "str"},
    "client_secret": {"type": "str", "no_log": True},
    "refresh_token": {"type": "str", "no_log": True},
    "key": {"type": "str", "no_log": False},
    "variable": {"type": "str", "default": "bloq_client_keys"},
}

COORDINATION: Spec = {
    "coordination_url": {"type": "str", "no_log": True},
    "coordination_scope": {"type": "str"},
    "coordination_required": {"type": "bool", "default": True},
}

# Whatever gets tokens shares them with other controllers, where the user has a server for that.
CACHE: Spec = {
    "cache": {"type": "bool", "default": True},
    "cache_path": {"type": "path"},
    **COORDINATION,
}

FRESHNESS: Spec = {
    "min_ttl": {"type": "int", "default": 300},
    "force": {"type": "bool", "default": False},
}

VAULT_FILE: Spec = {
    "vault_file": {"type": "path"},
    "vault_id": {"type": "str"},
    "vault_layout": {"type": "str", "choices": ["inline", "file"], "default": "inline"},
    "lock_timeout": {"type": "int", "default": 300},
}

LOGIN: Spec = {**CONNECTION, **ACCOUNT, **CACHE, **FRESHNESS}

TOKEN: Spec = {
    **CONNECTION,
    **CLIENT,
    **CACHE,
    **FRESHNESS,
    **VAULT_FILE,
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "grant": {"type": "str", "choices": ["auto", "client_credentials", "refresh_token"], "default": "auto"},
    "return_refresh_token": {"type": "bool", "default": False},
}

LOOKUP: Spec = {
    **CONNECTION,
    **ACCOUNT,
    **CLIENT,
    **CACHE,
    **FRESHNESS,
    "grant": TOKEN["grant"],
    "kind": {"type": "str", "choices": ["client", "account"], "default": "client"},
}

CLIENT_KEY: Spec = {
    **CONNECTION,
    **ACCOUNT,
    **CACHE,
    "name": {"type": "str"},
    "client_id": {"type": "str"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    **VAULT_FILE,
    "variable": {"type": "str", "default": "bloq_client_keys"},
    "rotate": {"type": "str", "choices": ["never", "when_older_than", "always"], "default": "never"},
    "max_age": {"type": "str"},
    "overlap": {"type": "str", "default": "24h"},
    "retire": {"type": "bool", "default": True},
    "verify": {"type": "bool", "default": True},
    "orphans": {"type": "str", "choices": ["report", "remove"], "default": "report"},
    "dismiss": {"type": "list", "elements": "str", "default": []},
    "leaked": {"type": "list", "elements": "str", "default": []},
    "return_secret": {"type": "bool", "default": False},
}

CLIENT_KEY_INFO: Spec = {
    **CONNECTION,
    **ACCOUNT,
    **CACHE,
    "vault_file": {"type": "path"},
    "variable": {"type": "str", "default": "bloq_client_keys"},
    "expect": {"type": "list", "elements": "raw", "default": []},
    "missing": {"type": "str", "choices": ["ok", "warn", "fail"], "default": "ok"},
    "plain_ids": {"type": "bool", "default": False},
}

ACCOUNT_INFO: Spec = {**CONNECTION, **ACCOUNT, **CACHE, "events": {"type": "bool", "default": False}}

ACCOUNT_PASSWORD: Spec = {
    **CONNECTION,
    **CACHE,
    "username": ACCOUNT["username"],
    "password": ACCOUNT["password"],
    "new_password": {"type": "str", "no_log": True},
}

NODES: Spec = {
    **CONNECTION,
    **ACCOUNT,
    **CLIENT,
    **CACHE,
    "grant": TOKEN["grant"],
    "nodes_url": {"type": "str", "default": "https://nodes.bloq.cloud"},
    "kind": {"type": "str", "choices": ["node", "cluster"], "default": "node"},
}

NODE: Spec = {
    **NODES,
    **VAULT_FILE,
    "name": {"type": "str"},
    "node_id": {"type": "str"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "service_id": {"type": "str"},
    "chain": {"type": "str"},
    "network": {"type": "str"},
    "software": {"type": "str"},
    "performance": {"type": "str"},
    "auth_type": {"type": "str", "choices": ["basic", "jwt", "none"]},
    "capacity": {"type": "int"},
    "alias": {"type": "str"},
    "nodes_variable": {"type": "str", "default": "bloq_nodes"},
    "dismiss": CLIENT_KEY["dismiss"],
    "wait": {"type": "bool", "default": True},
    "wait_for": {"type": "str", "choices": ["started", "answering", "synced"], "default": "started"},
    "sync_within": {"type": "int", "default": 2},
    "wait_timeout": {"type": "int", "default": 1800},
    "connect_url": {"type": "str", "default": "https://{chain}.connect.bloq.cloud"},
    "accept_certificate": {"type": "str"},
    "certificate_file": {"type": "path"},
    "return_credentials": {"type": "bool", "default": False},
}

NODE_INFO: Spec = {
    **NODES,
    "vault_file": {"type": "path"},
    "nodes_variable": NODE["nodes_variable"],
    "node_id": {"type": "str"},
    "return_credentials": {"type": "bool", "default": False},
}

_ASKED: Spec = {**CONNECTION, **ACCOUNT, **CLIENT, **CACHE, "grant": TOKEN["grant"]}

REQUEST: Spec = {
    **_ASKED,
    "nodes_url": NODES["nodes_url"],
    "connect_url": NODE["connect_url"],
    "service": {"type": "str", "choices": ["connect", "nodes", "accounts"]},
    "url": {"type": "str"},
    "chain": {"type": "str"},
    "path": {"type": "str"},
    "method": {"type": "str", "choices": ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"], "default": "GET"},
    "query": {"type": "dict", "default": {}},
    "body": {"type": "raw"},
    "headers": {"type": "dict", "default": {}},
    "status_code": {"type": "list", "elements": "int", "default": [200, 201, 202, 204]},
    "return_content": {"type": "bool", "default": False},
    "token": {"type": "str", "choices": ["auto", "client", "account", "none"], "default": "auto", "no_log": False},
}

NODE_RPC: Spec = {
    **_ASKED,
    "name": {"type": "str"},
    "vault_file": {"type": "path"},
    "nodes_variable": NODE["nodes_variable"],
    "url": {"type": "str"},
    "rpc_user": {"type": "str"},
    "rpc_password": {"type": "str", "no_log": True},
    "certificate": {"type": "str"},
    "token": REQUEST["token"],
    "method": {"type": "str"},
    "params": {"type": "raw"},
    "batch": {"type": "list", "elements": "dict"},
    "jsonrpc": {"type": "str", "choices": ["1.0", "2.0"], "default": "2.0"},
    "changes": {"type": "bool"},
}

SERVICE_INFO: Spec = {**NODES, "chain": {"type": "str"}, "network": {"type": "str"}}

INVENTORY: Spec = {
    **NODES,
    "vault_file": {"type": "path"},
    "nodes_variable": NODE["nodes_variable"],
    "kind": {"type": "list", "elements": "str", "choices": ["node", "cluster"], "default": ["node", "cluster"]},
    "state": {"type": "list", "elements": "str"},
    "chain": {"type": "list", "elements": "str"},
    "network": {"type": "list", "elements": "str"},
    "group": {"type": "str", "default": "bloq"},
    "hostname": {"type": "str"},
    "hostvars_prefix": {"type": "str", "default": "bloq_"},
}

#: What the far host's half takes; waits and attempts are the controller's.
RELAY: Spec = {
    **{name: entry for name, entry in CONNECTION.items() if name not in ("accounts_url", "retries", "max_retry_wait")},
    "certificate": {"type": "str"},
    "request": {"type": "str", "no_log": True},
}

_SPECS = (
    *(LOGIN, TOKEN, CLIENT_KEY, CLIENT_KEY_INFO, ACCOUNT_INFO, ACCOUNT_PASSWORD, NODE, NODE_INFO, SERVICE_INFO),
    *(REQUEST, NODE_RPC),
)

#: The names of every module's options.
EVERY_OPTION = frozenset(name for spec in _SPECS for name in spec)

#: Those of which a task can mean the empty text; of all others it means nothing, as ``default('')`` makes it.
MEANT_EMPTY = frozenset({"alias", "accept_certificate", "hostvars_prefix"})

#: Those whose values are secrets.
SECRET_OPTIONS = frozenset(name for spec in _SPECS for name, entry in spec.items() if entry.get("no_log"))


def connection(options: t.Mapping[str, t.Any], url: str = "accounts_url") -> Connection:
    """Return the connection that the options describe, for the service whose URL the option ``url`` holds."""
    from ._connection import Connection

    return Connection(
        url=options[url],
        **{name: options[name] for name in CONNECTION if name != "accounts_url"},
    )
