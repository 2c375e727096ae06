# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A local stand-in of Bloq's Accounts, Connect and Nodes services."""
