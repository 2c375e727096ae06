# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""All operations of the Connect service."""

from __future__ import annotations

from local_bloq.connect import status
from local_bloq.web.alive import alive

OPERATIONS = (alive("/status"), *status.OPERATIONS)
