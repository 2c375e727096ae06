# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""All operations of the Nodes service."""

from __future__ import annotations

from local_bloq.nodes import nodes
from local_bloq.web.alive import alive

OPERATIONS = (alive("/"), *nodes.OPERATIONS)
