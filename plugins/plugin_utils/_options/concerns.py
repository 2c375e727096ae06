# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user should know of options that can be used as they are."""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Mapping


def warn_of_options(options: Mapping[str, t.Any], warn: Callable[[str], object]) -> None:
    """Warn of options that give away more, or less, than their user may think.

    Args:
        options: those of a task, a lookup or an inventory.
        warn: takes each warning.
    """
    if not options["validate_certs"]:
        from ...module_utils._connection import UNVERIFIED

        warn(UNVERIFIED)
    if options["coordination_scope"] and not options["coordination_url"]:
        warn(
            "coordination_scope is set and coordination_url is not, so nothing is shared with other controllers and "
            "nothing is kept in escrow. Set both, or neither. In a job of AWX, another credential may have emptied "
            "BLOQ_COORDINATION_URL."
        )
