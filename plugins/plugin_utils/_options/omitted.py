# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that stand for no value at all, as ``default(omit)`` makes them."""

from __future__ import annotations


def is_omitted(value: object) -> bool:
    """Return whether a value is the placeholder for what is not given.

    ansible-core takes it out of a task's own arguments only. Plugins get it: a text with a number behind it before
    2.19, and since then the one object of a type that is not public.
    """
    if isinstance(value, str):
        return value.startswith("__omit_place_holder__")
    return type(value).__name__ == "_OmitType"
