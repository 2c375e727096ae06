# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services and chains on offer: ``/services/*`` and ``/chains``."""

from __future__ import annotations

import typing as t

from starlette.responses import JSONResponse, Response

from local_bloq.identity.tokens import NODES
from local_bloq.nodes.catalog import OFFERED_SINCE, REGION, SERVICES, VENDOR, Kind, Service
from local_bloq.nodes.schemas import SERVICE_DATA, SERVICE_ID
from local_bloq.nodes.views import service_data
from local_bloq.web.operation import Call, Handler, Operation
from local_bloq.web.refusals import Refusal, existing
from local_bloq.web.schemas import ERROR, TIME, items, record, text

_CHAINS: t.Final = items(record({"chain": text(), "network": text(), "software": text()}))
_SERVICES: t.Final = items(
    record(
        {
            "id": SERVICE_ID,
            "chain": text(),
            "network": text(),
            "metadata": SERVICE_DATA,
            "vendor": record({"name": text(), "region": text()}),
            "createdAt": TIME,
            "disabled": {"const": True},
        },
        optional={"disabled"},
    )
)


def offered(call: Call, kind: Kind, service_id: str) -> Service:
    """Return the service with this id, to make something new of it.

    Raises:
        Refusal: 404 there is none, 409 it is disabled.
    """
    service = existing(SERVICES[kind].get(service_id), "ServiceNotFound")
    if service.id in call.context.disabled_services.all():
        raise Refusal(409, "ServiceDisabled")
    return service


def _lister(kind: Kind) -> Handler:
    async def list_services(call: Call) -> Response:
        """List the services; a disabled one says so, and bcl hides it. CLI4"""
        disabled = call.context.disabled_services.all()
        return JSONResponse([_shown(service, service.id in disabled) for service in SERVICES[kind].values()])

    return list_services


def _shown(service: Service, disabled: bool) -> dict[str, t.Any]:
    shown = {
        "id": service.id,
        "chain": service.chain,
        "network": service.network,
        "metadata": service_data(service),
        "vendor": {"name": VENDOR, "region": REGION},
        "createdAt": OFFERED_SINCE,
    }
    return {**shown, "disabled": True} if disabled else shown


def _chain_lister(kind: Kind) -> Handler:
    async def list_chains(_call: Call) -> Response:
        """List the blockchains, each with its software. D:nodes, CLI4"""
        # Each is offered in several sizes and listed once.
        chains = dict.fromkeys(
            (service.chain, service.network, service.software) for service in SERVICES[kind].values()
        )
        return JSONResponse(
            [{"chain": chain, "network": network, "software": software} for chain, network, software in chains]
        )

    return list_chains


async def disable(call: Call) -> Response:
    """Disable a service for clusters: what runs it runs on, and nothing new is made of it. CLI4"""
    service = existing(SERVICES["cluster"].get(call.path["serviceId"]), "ServiceNotFound")
    call.context.disabled_services.add(service.id)
    return Response(status_code=204)


def _chains(path: str, kind: Kind) -> Operation:
    return Operation(
        method="GET",
        path=path,
        summary=f"List the chains of {'clusters' if kind == 'cluster' else 'nodes'}",
        handler=_chain_lister(kind),
        replies={200: _CHAINS},
    )


def _services(kind: Kind) -> Operation:
    return Operation(
        method="GET",
        path=f"/services/{kind}",
        summary=f"List the services for {'clusters' if kind == 'cluster' else 'nodes'}",
        handler=_lister(kind),
        audience=NODES,
        # bcl sends a token since 2023-02-08, and none before. CLI4, CLI28
        anonymous=True,
        replies={200: _SERVICES},
    )


OPERATIONS = (
    _chains("/chains", "nodes"),
    _chains("/chains/nodes", "nodes"),
    _chains("/chains/cluster", "cluster"),
    _services("nodes"),
    _services("cluster"),
    Operation(
        method="DELETE",
        path="/services/cluster/{serviceId}",
        summary="Disable a service for clusters",
        handler=disable,
        audience=NODES,
        admin=True,
        replies={204: None, 404: ERROR},
    ),
)
