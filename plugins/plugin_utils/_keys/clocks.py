# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The clocks that decide about a key's age: this machine's, the one in the service's replies, the one in its list."""

from __future__ import annotations

from collections.abc import Iterable

from ...module_utils._times import iso, parse_iso

#: Seconds by which clocks differ without anybody minding.
TOLERANCE = 300.0
_UNITS = ((86400, "days"), (3600, "hours"), (60, "minutes"))


def disagreement(skew: float, created: Iterable[float | None], now: float) -> str | None:
    """Return which clocks differ and by how much, as a message should say it, or None while they agree.

    Args:
        skew: the clock in the reply's Date header minus ours, in seconds.
        created: when the account's things were created, as the service lists them, in seconds since 1970.
        now: our clock, in seconds since 1970.
    """
    if abs(skew) > TOLERANCE:
        return f"the clock in the service's replies is {_distance(skew)} this machine's"
    ahead = max((time for time in created if time is not None), default=now) - now
    if ahead > TOLERANCE:
        return f"the service lists something as created {_distance(ahead)} this machine's clock"
    return None


def _distance(seconds: float) -> str:
    amount = abs(seconds)
    size, unit = next((entry for entry in _UNITS if amount >= 2 * entry[0]), (1, "seconds"))
    return f"{amount / size:.0f} {unit} {'ahead of' if seconds > 0 else 'behind'}"


def made_at(written: str, listed: float | None, now: float) -> str:
    """Return when a key was made (ISO 8601), the service's own time first; empty where it is not known, or to come.

    Args:
        written: what its record says.
        listed: what the service's list says, in seconds since 1970.
        now: the service's clock.
    """
    created = parse_iso(written) if listed is None else listed
    return iso(created) if created is not None and created <= now + TOLERANCE else ""


def shown_as_made(written: str, listed: float | None) -> str | None:
    """Return when a key was made (ISO 8601) for results: as its record says, unless the service's list says otherwise.

    Args:
        written: what its record says, by a clock of this machine, which may have been wrong.
        listed: what the service's list says, in seconds since 1970.
    """
    recorded = parse_iso(written)
    is_off = listed is not None and (recorded is None or abs(listed - recorded) > TOLERANCE)
    return iso(listed) if listed is not None and is_off else written or None


def believed(said: float, now: float) -> str:
    """Return when a new key was made (ISO 8601): one reply's Date header is no reason to believe in another year.

    Args:
        said: what the reply's header says, in seconds since 1970.
        now: our clock, in seconds since 1970.
    """
    return iso(said if abs(said - now) <= TOLERANCE else now)
