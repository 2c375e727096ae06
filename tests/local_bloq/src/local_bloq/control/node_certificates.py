# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Show and change a node's own certificate: ``/_local/nodes/{id}/certificate``."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from local_bloq.nodes.addresses import Addresses


class NodeCertificateControl:
    """The endpoint."""

    def __init__(self, addresses: Addresses) -> None:
        self._addresses = addresses

    async def __call__(self, request: Request) -> Response:
        """Serve GET (show the certificate, as PEM) and PUT (give the node another one, and show that)."""
        instance_id = request.path_params["instanceId"]
        ports = self._addresses.serving(instance_id)
        pem = ports.renew(instance_id) if request.method == "PUT" else ports.certificate(instance_id)
        return Response(pem, media_type="application/x-pem-file")
