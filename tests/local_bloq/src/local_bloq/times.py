# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Times as the services write them."""

from __future__ import annotations

import datetime


def iso(timestamp: float) -> str:
    """Return a Unix time as ISO 8601 in UTC, with milliseconds and ``Z``. D:acc"""
    moment = datetime.datetime.fromtimestamp(timestamp, tz=datetime.UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
