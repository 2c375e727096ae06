# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the token cache is when nobody says."""

from __future__ import annotations

import os

from ansible import constants


def default_cache_path() -> str:
    """Return the folder below Ansible's own."""
    return os.path.join(constants.ANSIBLE_HOME, "bloq_tokens")
