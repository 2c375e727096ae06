# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of the page: what is in each of its tables, and what is left out because it is a secret."""

from __future__ import annotations

import dataclasses
import json
import typing as t

from local_bloq.context import Context
from local_bloq.nodes.bitcoin import has_blocks
from local_bloq.nodes.catalog import SERVICES, Kind
from local_bloq.nodes.ethereum import has_heights
from local_bloq.store.instances import Instance
from local_bloq.web.request_log import RequestLog

#: By column; ``None`` is an empty cell.
Row = dict[str, object]

# What a fault answers with may be a token that a test made up.
_UNSEEN_OF_FAULTS: t.Final = ("body", "headers")


def accounts(context: Context) -> list[Row]:
    """Return the accounts, the oldest first."""
    return [
        {
            "E-mail": user.email,
            "Name": user.display_name,
            "Id": user.id,
            "Verified": user.verified_at or "no",
            "Administrator": "yes" if user.admin else "no",
            "Since": user.created_at,
        }
        for user in context.users.all()
    ]


def client_keys(context: Context) -> list[Row]:
    """Return the client keys that were not removed, by account and the oldest first, without their secrets."""
    return [
        {"Client id": key.id, "Account": user.email, "Since": key.created_at}
        for user in context.users.all()
        for key in context.client_keys.of_user(user.id)
    ]


def instances(context: Context) -> list[Row]:
    """Return the nodes and clusters, those that were stopped too, without their passwords."""
    owners = {user.id: user.email for user in context.users.all()}
    nodes = [_instance(node, "nodes", owners, context) for node in context.nodes.all()]
    return nodes + [_instance(cluster, "cluster", owners, context) for cluster in context.clusters.all()]


def _instance(one: Instance, kind: Kind, owners: t.Mapping[str, str], context: Context) -> Row:
    service = SERVICES[kind][one.service_id]
    now = context.clock()
    answers = one.state == "started" and now >= context.pace.answers_at(one.starts_at)
    counts = has_blocks(service) or has_heights(service)
    return {
        "Id": one.id,
        "Account": owners.get(one.user_id),
        "Chain": service.chain,
        "Software": service.software,
        "State": one.state,
        "Block": context.pace.height(one.starts_at, now) if answers and counts else None,
        "Authentication": one.auth_type,
        "Address": context.addresses.url(one.id) if one.state != "stopped" else None,
        "Since": one.created_at,
        "Stopped": one.stopped_at,
    }


def pace(context: Context) -> list[Row]:
    """Return how soon nodes are there."""
    return [dataclasses.asdict(context.pace)]


def events(context: Context) -> list[Row]:
    """Return the daily events, by account and the newest first."""
    return [
        {
            "Account": user.email,
            "Service": event.service,
            "Since": event.created_at,
            "Counts": ", ".join(f"{name}: {count}" for name, count in event.service_data.items()),
        }
        for user in context.users.all()
        for event in reversed(context.events.of_user(user.id))
    ]


def requests(log: RequestLog) -> list[Row]:
    """Return the last requests, the newest first."""
    return [
        {
            "Time": line["time"],
            "Service": line["service"],
            "Method": line["method"],
            "Path": line["path"],
            "Status": line["status"] or "no reply",
            "Token": line["token_kind"],
        }
        for line in reversed(log.latest)
    ]


def faults(context: Context) -> list[Row]:
    """Return the faults that are still to strike, in their order, without what they answer with."""
    return [
        {
            "Service": fault.service,
            "Method": fault.method,
            "Path": fault.path,
            "Times": fault.times,
            "What": ", ".join(_what(fault.shown())) or "nothing",
        }
        for fault in context.faults.all()
    ]


def _what(shown: t.Mapping[str, t.Any]) -> t.Iterator[str]:
    for name, value in shown.items():
        if name in _UNSEEN_OF_FAULTS:
            yield f"{name}: of its own"
        elif name not in ("service", "method", "path", "times"):
            yield f"{name}: {json.dumps(value)}"
