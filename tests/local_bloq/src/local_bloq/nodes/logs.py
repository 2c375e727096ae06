# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a node's log says: made from the times of its life, so that it need not be stored."""

from __future__ import annotations

from local_bloq.chain import BLOCKS
from local_bloq.nodes.bitcoin import has_blocks
from local_bloq.nodes.catalog import SERVICES
from local_bloq.nodes.pace import Pace
from local_bloq.store.nodes import Node
from local_bloq.times import iso


def log_lines(node: Node, pace: Pace, now: float) -> list[str]:
    """Return the lines until now, a Unix time, or until its stop; the oldest first."""
    service = SERVICES["nodes"][node.service_id]
    written = []
    if has_blocks(service):
        written = [
            (iso(pace.reaches(block.height, node.starts_at)), f"UpdateTip: new best={block.hash} height={block.height}")
            for block in BLOCKS
        ]
    written.append((iso(pace.answers_at(node.starts_at)), f"Listening for JSON-RPC, authentication {node.auth_type}"))
    until = node.stopped_at or iso(now)
    lines = [f"{node.created_at} Starting {service.software} on {service.chain} {service.network}"]
    lines += [f"{at} {what}" for at, what in sorted(written, key=lambda line: line[0]) if at <= until]
    if node.stopped_at is not None:
        lines.append(f"{node.stopped_at} Shutdown: done")
    return lines
