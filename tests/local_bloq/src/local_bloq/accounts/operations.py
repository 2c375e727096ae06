# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""All operations of the Accounts service."""

from __future__ import annotations

from local_bloq.accounts import client_keys, client_tokens, events, login, password, profile, signup
from local_bloq.web.alive import alive

OPERATIONS = (
    alive("/"),
    *login.OPERATIONS,
    *client_tokens.OPERATIONS,
    *signup.OPERATIONS,
    *profile.OPERATIONS,
    *password.OPERATIONS,
    *events.OPERATIONS,
    *client_keys.OPERATIONS,
)
