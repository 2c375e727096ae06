# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which store is asked for a token that this controller does not have, before the service is."""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Mapping

if t.TYPE_CHECKING:
    from .._fleet.protocol import TokenStore


def shared_tokens(options: Mapping[str, t.Any]) -> Callable[[], TokenStore] | None:
    """Return what returns the store of many controllers, or None where the options name none.

    Args:
        options: the options of a task or a lookup.
    """
    if not options["coordination_url"]:
        return None

    def store() -> TokenStore:
        # Nobody pays for it who finds a token in the local cache.
        from .._fleet.changes import server_of
        from .._fleet.tokens import SharedTokens

        return SharedTokens(server_of(options))

    return store
