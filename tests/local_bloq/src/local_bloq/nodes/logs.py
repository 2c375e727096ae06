# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a node's log says: made from the times of its life, so that it need not be stored."""

from __future__ import annotations

from local_bloq.chain import BLOCKS
from local_bloq.nodes.bitcoin import has_blocks
from local_bloq.nodes.catalog import SERVICES
from local_bloq.store.nodes import Node
from local_bloq.times import iso


def log_lines(node: Node) -> list[str]:
    """Return the lines, the oldest first."""
    service = SERVICES["nodes"][node.service_id]
    lines = [f"{node.created_at} Starting {service.software} on {service.chain} {service.network}"]
    started_at = iso(node.starts_at)
    if node.state == "started" or (node.stopped_at is not None and started_at <= node.stopped_at):
        if has_blocks(service):
            lines += [f"{started_at} UpdateTip: new best={block.hash} height={block.height}" for block in BLOCKS]
        lines.append(f"{started_at} Listening for JSON-RPC, authentication {node.auth_type}")
    if node.stopped_at is not None:
        lines.append(f"{node.stopped_at} Shutdown: done")
    return lines
