# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Bloq offers to run: services, each a software in a size, for single nodes or for clusters."""

from __future__ import annotations

import dataclasses
import typing as t
import uuid

Kind = t.Literal["nodes", "cluster"]

VENDOR: t.Final = "aws"
REGION: t.Final = "us-east-1"
#: Like their ids, the same in every local Bloq.
OFFERED_SINCE: t.Final = "2020-01-01T00:00:00.000Z"
STANDARD: t.Final = "standard"
HIGH: t.Final = "high"

_NAMESPACE: t.Final = uuid.UUID("2f0c52f7-6f0d-4c0e-9a57-6f1d6e5b3a10")
_SOFTWARE: t.Final[dict[Kind, tuple[tuple[str, str], ...]]] = {
    "nodes": (
        ("bch", "abc-0.19"),
        ("btc", "core-0.17"),
        ("etc", "multigeth-1.9"),
        ("eth", "geth-1.8"),
        ("ltc", "litecoin-0.17"),
    ),
    # Two versions of one software, so that a cluster can be moved from one to the other.
    "cluster": (("bch", "abc-0.19"), ("btc", "core-0.17"), ("eth", "geth-1.8"), ("eth", "geth-1.9")),
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Service:
    """Something that can be run.

    Attributes:
        id: ``service-`` and a uuid that is the same in every local Bloq.
        ami_prefix: the name of its machine image.
    """

    id: str
    chain: str
    network: str
    software: str
    performance: str
    ami_prefix: str


def _services(kind: Kind) -> tuple[Service, ...]:
    return tuple(
        Service(
            id=f"service-{uuid.uuid5(_NAMESPACE, f'{kind}/{chain}/{software}/{performance}')}",
            chain=chain,
            network="mainnet",
            software=software,
            performance=performance,
            ami_prefix=f"{chain}-{software}",
        )
        for chain, software in _SOFTWARE[kind]
        for performance in (STANDARD, HIGH)
    )


SERVICES: t.Final[dict[Kind, dict[str, Service]]] = {
    kind: {service.id: service for service in _services(kind)} for kind in ("nodes", "cluster")
}
# The older generation names a chain and a size where the newer names a service. D:nodes
IMAGES: t.Final = tuple(chain for chain, _software in _SOFTWARE["nodes"])


def service_of_image(image: str, *, large: bool) -> Service:
    """Return the service for a node of the older generation, whose image is one of ``IMAGES``."""
    performance = HIGH if large else STANDARD
    return next(
        service
        for service in SERVICES["nodes"].values()
        if (service.chain, service.performance) == (image, performance)
    )
