# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The routes under /_local, on Accounts' port."""

from __future__ import annotations

from starlette.routing import Route

from local_bloq.context import Context
from local_bloq.control.faults import FaultControl
from local_bloq.control.loopback import loopback_only
from local_bloq.control.mails import MailView
from local_bloq.control.node_certificates import NodeCertificateControl
from local_bloq.control.pace import PaceControl
from local_bloq.control.state import StateView


def control_routes(context: Context) -> list[Route]:
    """Return the routes that only the stand-in has."""
    return [
        Route("/_local/faults", loopback_only(FaultControl(context.faults)), methods=["GET", "PUT", "DELETE"]),
        Route("/_local/mails", loopback_only(MailView(context.mails)), methods=["GET"]),
        Route(
            "/_local/pace", loopback_only(PaceControl(context.pace, context.settings)), methods=["GET", "PUT", "DELETE"]
        ),
        Route(
            "/_local/nodes/{instanceId}/certificate",
            loopback_only(NodeCertificateControl(context.addresses)),
            methods=["GET", "POST"],
        ),
        Route("/_local/state", loopback_only(StateView(context)), methods=["GET"]),
    ]
