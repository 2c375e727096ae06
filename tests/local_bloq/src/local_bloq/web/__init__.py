# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How operations are served over HTTP: routing, credentials, bodies, faults and the request log."""
