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
        if request.client is None or not ipaddress.ip_address(request.client.host).is_loopback:
            raise Refusal(403, "LoopbackOnly")
        return await endpoint(request)

    return guarded
