# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is under /_local answers only this machine."""

from __future__ import annotations

import ipaddress
import typing as t

from starlette.requests import Request
from starlette.responses import Response

from local_bloq.web.refusals import Refusal

Endpoint = t.Callable[[Request], t.Awaitable[Response]]


def loopback_only(endpoint: Endpoint) -> Endpoint:
    """Return the endpoint, refused with 403 to a client that is not on this machine."""

    async def guarded(request: Request) -> Response:
        if request.client is None or not _is_loopback(request.client.host):
            raise Refusal(403, "LoopbackOnly")
        return await endpoint(request)

    return guarded


def _is_loopback(host: str) -> bool:
    address = ipaddress.ip_address(host)
    # A socket that listens on :: shows IPv4 clients so.
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback
