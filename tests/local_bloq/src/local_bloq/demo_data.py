# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Something to look at: keys, nodes, a cluster and events of an account that has none."""

from __future__ import annotations

import typing as t

from local_bloq.context import Context
from local_bloq.identity.tokens import ACCOUNTS, CONNECT, NODES
from local_bloq.nodes.catalog import SERVICES, Kind
from local_bloq.settings import SettingsError
from local_bloq.store.users import User

_DAY: t.Final = 24 * 3600
_DAYS: t.Final = 7
_CLIENT_KEYS: t.Final = 2


def fill_first_account(context: Context) -> None:
    """Fill the first account of the settings, unless it has client keys or nodes already.

    Raises:
        SettingsError: the settings have no account.
    """
    if not context.settings.seeds:
        raise SettingsError("--demo-data needs an account to fill: name one with --user or --users-file")
    user = context.users.find(context.settings.seeds[0].email)
    assert user is not None  # noqa: S101 - seeds are planted first
    if context.client_keys.of_user(user.id) or context.nodes.all_of_user(user.id):
        return
    _past(user, context)
    for _turn in range(_CLIENT_KEYS):
        # Nobody learns their secrets: who wants to use a key makes one.
        context.client_keys.add(user.id)
        context.events.count(user.id, ACCOUNTS, "clientKeysMade")
    _run(user, context)


def _past(user: User, context: Context) -> None:
    today = context.clock()
    for ago in range(_DAYS, 0, -1):
        at = today - ago * _DAY
        context.events.add(user.id, ACCOUNTS, {"logins": 1, "clientTokens": 2 + ago % 3}, at)
        context.events.add(user.id, CONNECT, {"requests": 40 + 17 * ago % 60}, at)


def _run(user: User, context: Context) -> None:
    for chain, auth_type in (("btc", "basic"), ("bch", "jwt"), ("eth", "basic")):
        made = context.nodes.add(user_id=user.id, service_id=_service_id("nodes", chain), auth_type=auth_type)
        context.events.count(user.id, NODES, "nodesMade")
    # The last one, so that there is a stopped one to see.
    context.nodes.stop(made)
    context.events.count(user.id, NODES, "nodesRemoved")
    context.clusters.add(
        user_id=user.id,
        service_id=_service_id("cluster", "btc"),
        auth_type="basic",
        capacity=3,
        on_demand_capacity=1,
        alias="demo",
    )
    context.events.count(user.id, NODES, "clustersMade")


def _service_id(kind: Kind, chain: str) -> str:
    return next(service.id for service in SERVICES[kind].values() if service.chain == chain)
