# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Users and passwords of nodes and clusters, derived from one key so that none is stored."""

from __future__ import annotations

import base64
import hmac

_USER_LENGTH = 10
_PASSWORD_LENGTH = 32


class NodeCredentials:
    """Makes and checks them."""

    def __init__(self, key: bytes) -> None:
        """Take the key, 32 random bytes."""
        self._key = key

    def of(self, instance_id: str) -> tuple[str, str]:
        """Return the user and the password of a node or a cluster, lower-case letters and digits."""
        return self._derived("user", instance_id)[:_USER_LENGTH], self._derived("pass", instance_id)[:_PASSWORD_LENGTH]

    def match(self, instance_id: str, user: str, password: str) -> bool:
        """Say in constant time whether these are the user and the password."""
        expected = ":".join(self.of(instance_id))
        return hmac.compare_digest(expected.encode(), f"{user}:{password}".encode())

    def _derived(self, what: str, instance_id: str) -> str:
        digest = hmac.digest(self._key, f"{what}:{instance_id}".encode(), "sha256")
        return base64.b32encode(digest).decode().lower()
