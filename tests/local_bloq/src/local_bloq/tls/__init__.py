# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""TLS: certificates that are good, and certificates that a client must refuse."""
