# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds of server certificate, without the imports that making one takes."""

from __future__ import annotations

import typing as t

GOOD: t.Final = "good"
UNKNOWN_CA: t.Final = "unknown-ca"
SELF_SIGNED: t.Final = "self-signed"
WRONG_HOST: t.Final = "wrong-host"
EXPIRED: t.Final = "expired"

KINDS: t.Final = (GOOD, UNKNOWN_CA, SELF_SIGNED, WRONG_HOST, EXPIRED)
