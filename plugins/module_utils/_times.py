# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Times and durations as people and the service write them."""

from __future__ import annotations

import datetime
import functools
import random
import re

from ._errors import InputError

_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
CENTURY = 36525 * 86400
#: The first and the last second that ISO 8601 can write with four digits.
_EARLIEST, LATEST = -30610224000, 253402300799
_DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)\s*([smhdw]?)")


def duration(text: str, option: str) -> float:
    """Return a duration such as ``90d``, ``1.5h`` or ``300`` in seconds.

    Raises:
        InputError: it is written in another way, or longer than a century.
    """
    match = _DURATION.fullmatch(text.strip().lower())
    if match is None:
        raise InputError(
            f"{option} must be a number with s, m, h, d or w behind it, such as 12h or 90d. A number alone is seconds."
        )
    seconds = float(match.group(1)) * _SECONDS[match.group(2)]
    if seconds > CENTURY:
        raise InputError(f"{option} must not be longer than a hundred years.")
    return seconds


def unit_missing(text: str, usual: str) -> bool:
    """Return whether a duration is a number alone, so seconds, and so short that it is likely not meant so.

    Args:
        text: a duration that can be read.
        usual: the unit that is likely meant: what is shorter than one of it is too short.
    """
    number = text.strip()
    return number[-1:].isdigit() and 0 < float(number) < _SECONDS[usual]


def iso(seconds: float) -> str:
    """Write a time (seconds since 1970) as ISO 8601 in UTC, to the second, and one beyond the calendar as its end."""
    within = int(min(max(seconds, _EARLIEST), LATEST))
    return datetime.datetime.fromtimestamp(within, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def spread(wait: float, over: float = 1.0) -> float:
    """Return a wait made longer by chance, for those who wait together must not come back together.

    Args:
        wait: the seconds to wait at least.
        over: by how many seconds it may be longer, where a quarter of it is not more.
    """
    return wait + random.uniform(0, max(over, wait / 4))  # noqa: S311


def parse_iso(text: object) -> float | None:
    """Return an ISO 8601 time in seconds since 1970, or None when ``iso`` could not write it in any zone.

    Without a zone it is UTC.
    """
    return _seconds(text) if isinstance(text, datetime.datetime) else _parsed(str(text))


# Each item of a loop over an account's keys lists all of them.
@functools.lru_cache(maxsize=8192)
def _parsed(text: str) -> float | None:
    try:
        # Python 3.9 and 3.10 do not read the Z that the service writes.
        return _seconds(datetime.datetime.fromisoformat(text.strip().replace("Z", "+00:00")))
    except (ValueError, RecursionError):
        return None


def _seconds(moment: datetime.datetime) -> float | None:
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.timezone.utc)
    seconds = moment.timestamp()
    return seconds if _EARLIEST <= seconds <= LATEST else None
