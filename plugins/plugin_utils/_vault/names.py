# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names for new records. Those that a vault file has already are taken as they are."""

from __future__ import annotations

import unicodedata

from ...module_utils._errors import InputError

#: The most characters of a name, far more than a person writes.
_LONGEST = 200
#: What is shown of a name that is too long.
_SHOWN = 40
#: Unicode's categories of control characters and of halves of characters.
_UNSEEN = frozenset({"Cc", "Cs"})
#: These can be written in YAML and read there, so names may have them.
_WHITE = frozenset("\n\t")


def check_new_name(name: str, what: str) -> None:
    """Make sure that a record can get a name which people can read and write.

    Args:
        name: the name.
        what: what it is to be the name of, for example ``client key``.

    Raises:
        InputError: it cannot.
    """
    problem = _problem(name)
    if problem:
        shown = name if len(name) <= _SHOWN else f"{name[:_SHOWN]}..."
        raise InputError(f"The name {shown!r} cannot be that of a new {what}: {problem}. Use another name.")


def _problem(name: str) -> str | None:
    if len(name) > _LONGEST:
        return f"it has {len(name)} characters, and may have {_LONGEST}"
    if any(unicodedata.category(char) in _UNSEEN and char not in _WHITE for char in name):
        return "it has a control character"
    return None
