# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How nodes and clusters are shown."""

from __future__ import annotations

import typing as t

from local_bloq.context import Context
from local_bloq.nodes.catalog import Service
from local_bloq.store.instances import Instance


def auth(instance: Instance, context: Context) -> dict[str, str]:
    """Return what a client needs to use it: a generated user and password, or only the kind of token. CLI4"""
    if instance.auth_type != "basic":
        return {"type": instance.auth_type}
    user, password = context.node_credentials.of(instance.id)
    return {"type": "basic", "user": user, "pass": password}


def service_data(service: Service) -> dict[str, str]:
    """Return what a node or a cluster tells of its service. CLI4"""
    return {
        "software": service.software,
        "performance": service.performance,
        "amiPrefix": service.ami_prefix,
    }


def shared(instance: Instance, service: Service, context: Context) -> dict[str, t.Any]:
    """Return the members that a node and a cluster have in common."""
    return {
        "id": instance.id,
        "chain": service.chain,
        "network": service.network,
        "state": instance.state,
        "createdAt": instance.created_at,
        "stoppedAt": instance.stopped_at,
        "serviceData": service_data(service),
        "auth": auth(instance, context),
        "url": context.addresses.url(instance.id),
    }
