# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An id that somebody gives is whole: a shortened one names nothing, and what it stood for would live on unnoticed."""

from __future__ import annotations

from collections.abc import Iterable

from ...module_utils._errors import InputError

# What a shortened id ends with, and what comes along when one is copied out of a text.
_AROUND = " \t\n\"'()[]{}<>,;:"
_CUT = ".\u2026~*"


def refuse_shortened(given: str, existing: Iterable[str], kind: str) -> None:
    """Refuse what is not the id of anything that exists, and looks like one that was cut or copied badly.

    How long an id is, only the service knows; so one that is like no other is taken for the id of what is gone.

    Args:
        given: what the user gave.
        existing: the ids of what the account has.
        kind: what the ids are of, such as ``client key``.

    Raises:
        InputError: it is the beginning of ids that exist, or ends like an id that was cut.
    """
    existing = sorted(existing)
    if given in existing:
        return
    copied = given.strip(_AROUND)
    beginning = copied.rstrip(_CUT)
    meant = [known for known in existing if beginning and known.casefold().startswith(beginning.casefold())]
    if meant:
        raise InputError(
            f"{given!r} is not the whole id of a {kind}, so nothing was done with it. Write it as the service does: "
            f"{', '.join(meant)}."
        )
    if beginning != copied:
        raise InputError(
            f"{given!r} is cut, and the account has no {kind} whose id begins so. Check the account, and write the "
            "whole id."
        )
