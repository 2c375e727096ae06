# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Digests of secrets that are random themselves, so that no slow hash is needed."""

from __future__ import annotations

import hashlib
import hmac


def digest(secret: str) -> str:
    """Return the SHA-256 of a secret with at least 122 random bits, in hexadecimal digits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def equal(one: str, other: str) -> bool:
    """Compare two digests in constant time."""
    return hmac.compare_digest(one.encode(), other.encode())
