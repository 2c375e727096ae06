# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""All operations of the Nodes service."""

from __future__ import annotations

from local_bloq.nodes import clusters, nodes, old_nodes, services
from local_bloq.web.alive import alive

OPERATIONS = (
    alive("/"),
    *services.OPERATIONS,
    *nodes.OPERATIONS,
    *old_nodes.OPERATIONS,
    *clusters.OPERATIONS,
)
