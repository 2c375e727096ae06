# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clusters: ``/users/me/clusters``, and an administrator's ``/clusters``."""

from __future__ import annotations

import typing as t

from starlette.responses import JSONResponse, Response

from local_bloq.context import Context
from local_bloq.identity.tokens import NODES
from local_bloq.nodes.catalog import REGION, SERVICES
from local_bloq.nodes.quota import refuse_over_quota
from local_bloq.nodes.schemas import (
    GIVEN_SERVICE_ID,
    SERVICE_DATA,
    SERVICE_ID,
    STATE,
    STOPPED_AT,
    URL,
    UUID,
    auth,
)
from local_bloq.nodes.services import offered
from local_bloq.nodes.views import shared
from local_bloq.store.clusters import Cluster
from local_bloq.web.operation import Call, Operation
from local_bloq.web.refusals import Refusal, existing
from local_bloq.web.schemas import ERROR, NO_NUL, TIME, items, or_null, record, text, word

_LEAST_CAPACITY: t.Final = 2
_MOST_CAPACITY: t.Final = 10
_CAPACITY: t.Final = {"type": "integer", "minimum": _LEAST_CAPACITY, "maximum": _MOST_CAPACITY}
_ON_DEMAND_CAPACITY: t.Final = {"type": "integer", "minimum": 1, "maximum": _MOST_CAPACITY}
_ALIAS: t.Final = text(maxLength=100, pattern=NO_NUL)
_CLUSTER: t.Final = record(
    {
        "id": text(pattern=f"^cluster-{UUID}$"),
        "name": text(),
        "alias": or_null(text(minLength=1)),
        "chain": text(),
        "network": text(),
        "capacity": _CAPACITY,
        "onDemandCapacity": _ON_DEMAND_CAPACITY,
        "healthCount": {"type": "integer", "minimum": 0, "maximum": _MOST_CAPACITY},
        "domain": text(format="hostname"),
        "region": text(),
        "state": STATE,
        "service": SERVICE_ID,
        "updatingService": or_null(SERVICE_ID),
        "createdAt": TIME,
        "stoppedAt": STOPPED_AT,
        "serviceData": SERVICE_DATA,
        "auth": auth("basic", "jwt", "none"),
        "user": record({"email": text()}),
        "url": URL,
    }
)


def cluster(cluster: Cluster, context: Context) -> dict[str, t.Any]:
    """Return a cluster as the service shows it. CLI4"""
    service = SERVICES["cluster"][cluster.service_id]
    name = f"{service.chain}-{cluster.id.removeprefix('cluster-').partition('-')[0]}"
    owner = context.users.find(cluster.user_id)
    return {
        **shared(cluster, service, context),
        "name": name,
        "alias": cluster.alias,
        "capacity": cluster.capacity,
        "onDemandCapacity": cluster.on_demand_capacity,
        "healthCount": cluster.capacity if cluster.state == "started" else 0,
        # A name that never leaves this machine (RFC 6761).
        "domain": f"{name}.localhost",
        "region": REGION,
        "service": service.id,
        "updatingService": cluster.updating_service_id,
        "user": {"email": "" if owner is None else owner.email},
    }


async def list_own(call: Call) -> Response:
    """List the account's clusters, those that were stopped too. CLI4"""
    return _list(call, call.context.clusters.all_of_user(call.user.id))


async def list_everybodys(call: Call) -> Response:
    """List the clusters of all accounts. CLI4"""
    return _list(call, call.context.clusters.all())


def _list(call: Call, clusters: list[Cluster]) -> Response:
    return JSONResponse([cluster(each, call.context) for each in clusters])


async def show(call: Call) -> Response:
    """Show a cluster. CLI4"""
    return JSONResponse(cluster(_own(call), call.context))


async def create(call: Call) -> Response:
    """Make a cluster. CLI4"""
    service = offered(call, "cluster", call.body["serviceId"])
    refuse_over_quota(call, call.context.clusters.running(call.user.id))
    capacity = call.body.get("capacity", _LEAST_CAPACITY)
    made = call.context.clusters.add(
        user_id=call.user.id,
        service_id=service.id,
        auth_type=call.body.get("authType", "basic"),
        capacity=capacity,
        on_demand_capacity=min(capacity, call.body.get("onDemandCapacity", 1)),
        alias=call.body.get("alias") or None,
    )
    await call.context.addresses.open(made.id)
    call.context.events.count(call.user.id, NODES, "clustersMade")
    return JSONResponse(cluster(made, call.context), 201)


async def update(call: Call) -> Response:
    """Resize a cluster, move it to another service of its chain, or both. CLI4"""
    running = _own_running(call)
    service_id = call.body.get("serviceId")
    if service_id is not None:
        wanted, current = offered(call, "cluster", service_id), SERVICES["cluster"][running.service_id]
        if (wanted.chain, wanted.network) != (current.chain, current.network):
            raise Refusal(409, "ServiceOfAnotherChain")
        running = call.context.clusters.move(running, wanted.id)
    capacity = call.body.get("capacity", running.capacity)
    on_demand_capacity = min(capacity, call.body.get("onDemandCapacity", running.on_demand_capacity))
    resized = call.context.clusters.resize(running, capacity=capacity, on_demand_capacity=on_demand_capacity)
    return JSONResponse(cluster(resized, call.context))


async def abort_update(call: Call) -> Response:
    """Leave a cluster with the service that it has while it is being moved to another. CLI4"""
    running = _own_running(call)
    if running.updating_service_id is None:
        raise Refusal(404, "NoUpdateInProgress")
    call.context.clusters.move(running, running.service_id)
    return Response(status_code=204)


async def rename(call: Call) -> Response:
    """Give a cluster an alias; an empty one takes it away. CLI4"""
    renamed = call.context.clusters.rename(_own_running(call), call.body["alias"] or None)
    return JSONResponse(cluster(renamed, call.context))


async def remove(call: Call) -> Response:
    """Stop a cluster; it stays listed, with the time of its stop. CLI4"""
    return _stop(call, _own_running(call))


async def remove_anybodys(call: Call) -> Response:
    """Stop a cluster of any account. CLI4"""
    return _stop(call, _running(call.context.clusters.find(call.path["clusterId"])))


def _stop(call: Call, running: Cluster) -> Response:
    call.context.clusters.stop(running)
    call.context.addresses.close(running.id)
    call.context.events.count(running.user_id, NODES, "clustersRemoved")
    return Response(status_code=204)


def _own(call: Call) -> Cluster:
    return existing(call.context.clusters.of_user(call.user.id, call.path["clusterId"]), "ClusterNotFound")


def _own_running(call: Call) -> Cluster:
    return _running(_own(call))


def _running(found: Cluster | None) -> Cluster:
    if found is None or found.state == "stopped":
        raise Refusal(404, "ClusterNotFound")
    return found


OPERATIONS = (
    Operation(
        method="GET",
        path="/users/me/clusters",
        summary="List the clusters",
        handler=list_own,
        audience=NODES,
        replies={200: items(_CLUSTER)},
    ),
    Operation(
        method="POST",
        path="/users/me/clusters",
        summary="Make a cluster",
        handler=create,
        audience=NODES,
        body={
            "type": "object",
            "required": ["serviceId"],
            "properties": {
                "serviceId": GIVEN_SERVICE_ID,
                "authType": word("basic", "jwt", "none"),
                "capacity": _CAPACITY,
                "onDemandCapacity": _ON_DEMAND_CAPACITY,
                "alias": _ALIAS,
            },
        },
        replies={201: _CLUSTER, 403: ERROR, 404: ERROR, 409: ERROR},
    ),
    Operation(
        method="GET",
        path="/users/me/clusters/{clusterId}",
        summary="Show a cluster",
        handler=show,
        audience=NODES,
        replies={200: _CLUSTER, 404: ERROR},
    ),
    Operation(
        method="PATCH",
        path="/users/me/clusters/{clusterId}",
        summary="Resize a cluster, or move it to another service",
        handler=update,
        audience=NODES,
        body={
            "type": "object",
            "anyOf": [{"required": ["capacity"]}, {"required": ["serviceId"]}],
            "properties": {
                "serviceId": GIVEN_SERVICE_ID,
                "capacity": _CAPACITY,
                "onDemandCapacity": _ON_DEMAND_CAPACITY,
            },
        },
        replies={200: _CLUSTER, 404: ERROR, 409: ERROR},
    ),
    Operation(
        method="DELETE",
        path="/users/me/clusters/{clusterId}",
        summary="Remove a cluster",
        handler=remove,
        audience=NODES,
        replies={204: None, 404: ERROR},
    ),
    Operation(
        method="POST",
        path="/users/me/clusters/{clusterId}/alias",
        summary="Name a cluster",
        handler=rename,
        audience=NODES,
        body={"type": "object", "required": ["alias"], "properties": {"alias": _ALIAS}},
        replies={200: _CLUSTER, 404: ERROR},
    ),
    Operation(
        method="DELETE",
        path="/users/me/clusters/{clusterId}/updatingService",
        summary="Abort the move of a cluster to another service",
        handler=abort_update,
        audience=NODES,
        replies={204: None, 404: ERROR},
    ),
    Operation(
        method="GET",
        path="/clusters",
        summary="List the clusters of all accounts",
        handler=list_everybodys,
        audience=NODES,
        admin=True,
        replies={200: items(_CLUSTER)},
    ),
    Operation(
        method="DELETE",
        path="/clusters/{clusterId}",
        summary="Remove a cluster of any account",
        handler=remove_anybodys,
        audience=NODES,
        admin=True,
        replies={204: None, 404: ERROR},
    ),
)
