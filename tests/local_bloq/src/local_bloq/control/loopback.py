# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is under /_local answers only this machine."""

from __future__ import annotations

import ipaddress
import re
import typing as t

from starlette.requests import Request
from starlette.responses import Response

from local_bloq.web.refusals import Refusal

_HOST: t.Final = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<name>[A-Za-z0-9.-]+))(?::[0-9]{0,5})?")

Endpoint = t.Callable[[Request], t.Awaitable[Response]]


def loopback_only(endpoint: Endpoint) -> Endpoint:
    """Return the endpoint, refused with 403 to a client that is not on this machine or asks another one.

    A page of a stranger's can let the name that it came from mean this machine (DNS rebinding). The browser then lets
    it read and change what is here, but tells the name in the header Host.
    """

    async def guarded(request: Request) -> Response:
        if request.client is None or not _is_loopback(request.client.host):
            raise Refusal(403, "LoopbackOnly")
        if not is_own_name(request.headers.get("host", "")):
            raise Refusal(403, "ForeignHost", message="Ask by localhost or a loopback address")
        return await endpoint(request)

    return guarded


def is_own_name(host: str) -> bool:
    """Tell whether a header Host, with or without a port, names this machine as it does itself."""
    parts = _HOST.fullmatch(host)
    if parts is None:
        return False
    name = (parts["six"] or parts["name"]).lower()
    return name == "localhost" or name.endswith(".localhost") or _is_loopback(name)


def _is_loopback(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    # A socket that listens on :: shows IPv4 clients so.
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback
