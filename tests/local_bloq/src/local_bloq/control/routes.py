# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The routes under /_local, on Accounts' port."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from local_bloq.context import Context
from local_bloq.control.faults import FaultControl
from local_bloq.control.loopback import loopback_only
from local_bloq.control.mails import MailView
from local_bloq.control.node_certificates import NodeCertificateControl
from local_bloq.control.pace import PaceControl
from local_bloq.control.page import Page
from local_bloq.control.state import StateView
from local_bloq.web.request_log import RequestLog


async def _to_page(_request: Request) -> Response:
    return RedirectResponse("/_local/")


def control_routes(context: Context, log: RequestLog) -> list[Route]:
    """Return the routes that only the stand-in has."""
    return [
        Route("/_local", loopback_only(_to_page), methods=["GET"]),
        Route("/_local/", loopback_only(Page(context, log)), methods=["GET"]),
        Route("/_local/faults", loopback_only(FaultControl(context.faults)), methods=["GET", "PUT", "DELETE"]),
        Route("/_local/mails", loopback_only(MailView(context.mails)), methods=["GET"]),
        Route(
            "/_local/pace", loopback_only(PaceControl(context.pace, context.settings)), methods=["GET", "PUT", "DELETE"]
        ),
        Route(
            "/_local/nodes/{instanceId}/certificate",
            loopback_only(NodeCertificateControl(context.addresses)),
            methods=["GET", "PUT"],
        ),
        Route("/_local/state", loopback_only(StateView(context)), methods=["GET"]),
    ]
