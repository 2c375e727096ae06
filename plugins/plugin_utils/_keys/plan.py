# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What to do about a named client key: record state x server state x wanted state -> steps.

This table is the whole policy. It touches nothing, so a real run and check mode share it.
"""

from __future__ import annotations

import dataclasses
import enum
import math
from collections.abc import Iterable, Set

from ...module_utils._times import iso, parse_iso
from .clocks import TOLERANCE
from .record import KeyRecord, Retiring


class RecordState(enum.Enum):
    """What the vault file knows of the name."""

    NONE = "no record"
    STEADY = "a current key"
    ROTATING = "a current key and a pending one"


class ServerState(enum.Enum):
    """Which key of the record is alive on the service."""

    NOTHING = "nothing to look for"
    LIVE = "the current key is alive"
    REFUSED = "the current key is alive, and its secret is refused"
    GONE = "the current key is gone"
    PENDING_LIVE = "the pending key is alive"


class WantedState(enum.Enum):
    """What the task asks for."""

    PRESENT = "present"
    ROTATED = "present, and a rotation is due"
    ABSENT = "absent"


class Step(enum.Enum):
    """One thing to do, each safe to be interrupted after."""

    CONFIRM_PENDING_REVOKED = "make sure that the pending key works nowhere any more"
    DISCARD = "drop the pending key, which is gone, from the record"
    CONFIRM_REVOKED = "make sure that the current key works nowhere any more"
    CREATE = "make a key and store it as the current one"
    ADD = "make a key and store it beside the current one, as pending"
    VERIFY = "exchange the new key for a token"
    PROMOTE = "store the pending key as current, and the current one as retiring"
    RETIRE = "revoke the retiring keys whose overlap is over, and store what is left"
    REVOKE = "revoke every key of the record"
    FORGET = "remove the record"


_NEW = (Step.CREATE, Step.VERIFY)
_ROTATION = (Step.ADD, Step.VERIFY, Step.PROMOTE)
_FINISH = (Step.VERIFY, Step.PROMOTE)
_HEAL = (Step.CONFIRM_REVOKED, *_NEW)
_DROP = (Step.CONFIRM_PENDING_REVOKED, Step.DISCARD)
_REMOVAL = (Step.REVOKE, Step.FORGET)

#: A row for each case that can be.
TABLE: dict[tuple[RecordState, ServerState, WantedState], tuple[Step, ...]] = {
    (RecordState.NONE, ServerState.NOTHING, WantedState.PRESENT): _NEW,
    (RecordState.NONE, ServerState.NOTHING, WantedState.ROTATED): _NEW,
    (RecordState.NONE, ServerState.NOTHING, WantedState.ABSENT): (),
    (RecordState.STEADY, ServerState.LIVE, WantedState.PRESENT): (),
    (RecordState.STEADY, ServerState.LIVE, WantedState.ROTATED): _ROTATION,
    (RecordState.STEADY, ServerState.LIVE, WantedState.ABSENT): _REMOVAL,
    (RecordState.STEADY, ServerState.REFUSED, WantedState.PRESENT): _ROTATION,
    (RecordState.STEADY, ServerState.REFUSED, WantedState.ROTATED): _ROTATION,
    (RecordState.STEADY, ServerState.REFUSED, WantedState.ABSENT): _REMOVAL,
    (RecordState.STEADY, ServerState.GONE, WantedState.PRESENT): _HEAL,
    (RecordState.STEADY, ServerState.GONE, WantedState.ROTATED): _HEAL,
    (RecordState.STEADY, ServerState.GONE, WantedState.ABSENT): (Step.CONFIRM_REVOKED, *_REMOVAL),
    (RecordState.ROTATING, ServerState.PENDING_LIVE, WantedState.PRESENT): _FINISH,
    (RecordState.ROTATING, ServerState.PENDING_LIVE, WantedState.ROTATED): _FINISH,
    (RecordState.ROTATING, ServerState.PENDING_LIVE, WantedState.ABSENT): _REMOVAL,
    (RecordState.ROTATING, ServerState.LIVE, WantedState.PRESENT): _DROP,
    (RecordState.ROTATING, ServerState.LIVE, WantedState.ROTATED): (*_DROP, *_ROTATION),
    (RecordState.ROTATING, ServerState.LIVE, WantedState.ABSENT): _REMOVAL,
    (RecordState.ROTATING, ServerState.GONE, WantedState.PRESENT): (*_DROP, *_HEAL),
    (RecordState.ROTATING, ServerState.GONE, WantedState.ROTATED): (*_DROP, *_HEAL),
    (RecordState.ROTATING, ServerState.GONE, WantedState.ABSENT): (Step.CONFIRM_REVOKED, *_REMOVAL),
}


@dataclasses.dataclass(frozen=True)
class Wanted:
    """What the task asks for.

    Attributes:
        present: whether the key is to exist.
        rotate: ``never``, ``when_older_than`` or ``always``.
        max_age: seconds after which ``when_older_than`` makes a rotation due.
        overlap: seconds for which the previous key stays alive.
        verify: whether a key proves itself by a token: a new one before the old one is touched, and the current one.
        retire: whether retiring keys whose overlap is over are revoked, or left to a later run.
        leaked: whether what was replaced earlier has leaked too, and lives no longer than what is replaced now.
    """

    present: bool = True
    rotate: str = "never"
    max_age: float | None = None
    overlap: float = 86400.0
    verify: bool = True
    retire: bool = True
    leaked: bool = False


#: Steps whose outcome hangs on the clock.
TIMED = frozenset({Step.ADD, Step.PROMOTE, Step.RETIRE})


def steps_for(
    record: KeyRecord | None, live: Set[str], wanted: Wanted, now: float, *, is_refused: bool = False
) -> tuple[Step, ...]:
    """Return the steps that lead from what is to what is wanted.

    Args:
        record: what the vault file knows of the name.
        live: the ids of the account's keys on the service.
        wanted: what the task asks for.
        now: the service's clock.
        is_refused: whether the service has refused the secret of the current key.
    """
    steps = TABLE[_record_state(record), _server_state(record, live, is_refused), _wanted_state(record, wanted, now)]
    if not wanted.verify:
        steps = tuple(step for step in steps if step is not Step.VERIFY)
    over = record is not None and wanted.present and still_retiring(record, live, now, wanted) != record.retiring
    # A promotion without overlap retires in the same run.
    earlier = Step.CREATE in steps and wanted.leaked and record is not None and record.retiring
    at_once = (Step.PROMOTE in steps or earlier) and wanted.overlap == 0 and wanted.retire
    return (*steps, Step.RETIRE) if over or at_once else steps


def still_retiring(record: KeyRecord, live: Set[str], now: float, wanted: Wanted) -> tuple[Retiring, ...]:
    """Return the retiring keys that are alive and are not to be revoked yet."""
    return tuple(
        key
        for key in record.retiring
        if key.client_id in live and (not wanted.retire or now < (parse_iso(key.retire_after) or 0.0))
    )


def end_of_overlap(wanted: Wanted, now: float) -> float:
    """Return until when a key that is replaced ``now`` may live, by the service's clock."""
    # Another machine may revoke it, whose clock may be behind by as much as clocks may be.
    early = TOLERANCE if wanted.leaked and wanted.overlap == 0 else 0.0
    return now + wanted.overlap - early


def retiring_earlier(record: KeyRecord | None, wanted: Wanted, now: float) -> tuple[Retiring, ...]:
    """Return what was replaced earlier, with the ends that it has once the current key is replaced ``now``.

    After a leak it goes no later than that one.
    """
    earlier = record.retiring if record else ()
    return _ending_by(earlier, end_of_overlap(wanted, now)) if wanted.leaked else earlier


def _ending_by(retiring: Iterable[Retiring], latest: float) -> tuple[Retiring, ...]:
    return tuple(
        # A time that cannot be read is none that anybody was promised.
        key if (parse_iso(key.retire_after) or math.inf) <= latest else Retiring(key.client_id, iso(latest))
        for key in retiring
    )


def _record_state(record: KeyRecord | None) -> RecordState:
    if record is None:
        return RecordState.NONE
    return RecordState.STEADY if record.pending is None else RecordState.ROTATING


def _server_state(record: KeyRecord | None, live: Set[str], is_refused: bool) -> ServerState:
    if record is None:
        return ServerState.NOTHING
    if record.pending is not None and record.pending.client_id in live:
        return ServerState.PENDING_LIVE
    if record.client_id not in live:
        return ServerState.GONE
    return ServerState.REFUSED if is_refused else ServerState.LIVE


def _wanted_state(record: KeyRecord | None, wanted: Wanted, now: float) -> WantedState:
    if not wanted.present:
        return WantedState.ABSENT
    due = wanted.rotate == "always"
    if wanted.rotate == "when_older_than" and record is not None and wanted.max_age is not None:
        created = parse_iso(record.created_at)
        # A record without a time may be of any age.
        # No age is so little that a clock which is off by a second makes it less than none.
        due = created is None or wanted.max_age == 0 or now - created >= wanted.max_age
    return WantedState.ROTATED if due else WantedState.PRESENT
