# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The quota: how many nodes, and how many clusters, an account may run at a time."""

from __future__ import annotations

from local_bloq.web.operation import Call
from local_bloq.web.refusals import Refusal


def refuse_over_quota(call: Call, running: int) -> None:
    """Refuse to make one more. CLI v1.0.0

    Raises:
        Refusal: 403, with the code that clients tell from an expired session.
    """
    quota = call.context.settings.node_quota
    if quota and running >= quota:
        raise Refusal(403, "LimitExceeded")
