# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the failure of one who asked for a token means for all others who want the same one.

It knows nothing of files: whoever shares a failure stores what ``not_before`` returns beside it.
"""

from __future__ import annotations

from ...module_utils._errors import BloqError, RefusedError, StatusError
from ...module_utils._times import spread

_TOO_MANY = 429


def is_for_all(error: BloqError) -> bool:
    """Return whether another one who asked now would only meet the same: a refusal, or too many requests."""
    return isinstance(error, RefusedError) or (isinstance(error, StatusError) and error.status == _TOO_MANY)


def not_before(error: BloqError, now: float) -> float | None:
    """Return when the service may be asked again, in seconds since 1970, or None when it has named no time.

    Args:
        error: how it answered.
        now: our clock.
    """
    asked = error.retry_after if isinstance(error, StatusError) else None
    return None if asked is None else now + asked


def turn_after(moment: object, now: float, patience: float) -> float:
    """Return the seconds to wait before asking: a little more than is left, for each who asks another little.

    They are 0 when that is longer than one would wait: then the service may say so itself.

    Args:
        moment: what ``not_before`` returned to whoever shared it.
        now: our clock.
        patience: the seconds that one would wait.
    """
    left = moment - now if isinstance(moment, (int, float)) else 0.0
    return min(spread(left), patience) if 0 < left <= patience else 0.0
