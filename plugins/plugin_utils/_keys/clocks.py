# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The clocks that decide about a key's age: this machine's, the one in the service's replies, the one in its list."""

from __future__ import annotations

from collections.abc import Iterable

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
