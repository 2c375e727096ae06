# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An id that somebody gives is whole, and nothing more: another names nothing, and what it stood for would live on."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ...module_utils._errors import InputError

# What a shortened id ends with, and what comes along when one is copied out of a text.
_AROUND = " \t\n\"'()[]{}<>,;:"
_CUT = ".\u2026~*"
# Signs that do not stand in another id by chance, and those that hardly do in one as long as that.
_NEVER_BY_CHANCE = 16
_HARDLY_BY_CHANCE = 4
# What an id is made of. A path, or one in the form of a URL, is none.
_SIGNS = re.compile(r"[A-Za-z0-9_-]*")


def refuse_unless_whole(given: str, existing: Iterable[str], kind: str) -> None:
    """Refuse what is not the id of anything that exists, and looks like one that was cut, lengthened or copied badly.

    How long an id is, only the service knows; so one that is like no other is taken for the id of what is gone.

    Args:
        given: what the user gave.
        existing: the ids of what the account has.
        kind: what the ids are of, such as ``client key``.

    Raises:
        InputError: it is the beginning or another part of ids that exist, has one in it or is longer than all of them,
            ends like an id that was cut, or has what no id has.
    """
    existing = sorted(existing)
    if given in existing:
        return
    refuse_part(given, existing, kind)
    if given.strip(_AROUND).endswith(tuple(_CUT)):
        raise InputError(
            f"{given!r} is cut, and the account has no {kind} whose id begins so. Check the account, and write the "
            "whole id."
        )
    if not _SIGNS.fullmatch(given) or len(given) > max(map(len, existing), default=len(given)):
        raise InputError(
            f"{given!r} is no id of a {kind}, so nothing was done with it. Check the account, and write the id "
            "alone and as the service does."
        )


def refuse_part(given: str, existing: Iterable[str], kind: str) -> None:
    """Refuse a part of ids that exist, or more than one of them.

    Args:
        given: what the user gave.
        existing: the ids, none of which that is.
        kind: what they are of.

    Raises:
        InputError: it is.
    """
    beginning = given.strip(_AROUND).rstrip(_CUT)
    meant = [known for known in existing if beginning and _is_meant(_plain(known), _plain(beginning))]
    if meant:
        raise InputError(
            f"{given!r} is not the whole id of a {kind}, so nothing was done with it. Write it as the service does: "
            f"{', '.join(meant)}."
        )


def _plain(some_id: str) -> str:
    return some_id.casefold().replace("_", "-")


def _is_meant(known: str, given: str) -> bool:
    is_part = len(given) >= _HARDLY_BY_CHANCE and given in known
    return known.startswith(given) or (len(known) >= _NEVER_BY_CHANCE and (known in given or is_part))
