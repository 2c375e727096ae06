# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check mode predicts what the real run then does, whatever there is and whatever is wanted."""

from __future__ import annotations

import dataclasses
import time
import typing as t
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._times import iso
from ansible_collections.bloq.cloud.plugins.plugin_utils._keys.outcome import KeyOutcome
from ansible_collections.bloq.cloud.plugins.plugin_utils._keys.plan import (
    TABLE,
    RecordState,
    ServerState,
    Wanted,
    WantedState,
)
from ansible_collections.bloq.cloud.plugins.plugin_utils._keys.record import KeyRecord, Pair, Retiring
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault.file import VaultFile
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._creation.interrupted import Killed
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._keys.key_world import (
    URL,
    VAULT,
    Controller,
    Service,
)

NOW = 1_800_000_000.0
OLD, NEW, OLDER, OLDEST = (word * 20 for word in ("0a", "0b", "0c", "0d"))
LONG_AGO, LATER = iso(NOW - 1000), iso(NOW + 1000)

PRESENT, ABSENT, ROTATED = Wanted(), Wanted(present=False), Wanted(rotate="always", overlap=60)
UNPUBLISHED = Wanted(rotate="always", overlap=0, retire=False)
AT_ONCE = Wanted(rotate="always", overlap=0)
LEAKED = Wanted(rotate="always", overlap=0, leaked=True)
UNVERIFIED = Wanted(rotate="always", verify=False)
DUE = Wanted(rotate="when_older_than", max_age=999)
NOT_DUE = Wanted(rotate="when_older_than", max_age=1001)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Controller:
    monkeypatch.setattr(time, "time", lambda: NOW)
    return Controller(tmp_path, Service())


def put(world: Controller, *live: str, name: str = "ci", **fields: t.Any) -> None:
    """Put a record into the vault file, and keys on the service."""
    record = KeyRecord(URL, OLD, f"secret of {OLD}", LONG_AGO, extra={"note": "ours"})
    file = VaultFile.read(str(world.folder / "keys.yml"), VAULT)
    file.with_record(name, dataclasses.replace(record, **fields).to_mapping()).store()
    world.service.keys |= {client_id: PENDING.created_at if client_id == NEW else LONG_AGO for client_id in live}


def orphan(world: Controller) -> None:
    world.service.after = [Killed()]
    with pytest.raises(Killed):
        world.run(ROTATED)


def bare(world: Controller) -> None:
    put(world, OLD)
    path = world.folder / "keys.yml"
    path.write_text(f"bloq_client_keys:\n  ci: {{client_id: {OLD}, client_secret: secret of {OLD}}}\n")


PENDING = Pair(NEW, f"secret of {NEW}", iso(NOW - 10))
OVER, STAYING = Retiring(OLDER, LONG_AGO), Retiring(OLDEST, LATER)

Setup = Callable[[Controller], object]


def each(*setups: Setup) -> Setup:
    """Set up one after the other."""

    def setup(world: Controller) -> None:
        for one in setups:
            one(world)

    return setup


ROWS: dict[tuple[RecordState, ServerState], Setup] = {
    (RecordState.NONE, ServerState.NOTHING): lambda world: None,
    (RecordState.STEADY, ServerState.LIVE): lambda world: put(world, OLD),
    (RecordState.STEADY, ServerState.REFUSED): lambda world: put(world, OLD, client_secret="of another branch"),
    (RecordState.STEADY, ServerState.GONE): put,
    (RecordState.ROTATING, ServerState.PENDING_LIVE): lambda world: put(world, OLD, NEW, pending=PENDING),
    (RecordState.ROTATING, ServerState.LIVE): lambda world: put(world, OLD, pending=PENDING),
    (RecordState.ROTATING, ServerState.GONE): lambda world: put(world, pending=PENDING),
}
SETUPS: dict[str, Setup] = {
    **{f"{record.value}, {server.value}": setup for (record, server), setup in ROWS.items()},
    "the pending key alone is alive": lambda world: put(world, NEW, pending=PENDING),
    "adopted": lambda world: put(world, OLD, created_at="", accounts_url=""),
    "adopted in the clear": bare,
    "retiring": lambda world: put(world, OLD, OLDER, OLDEST, retiring=(OVER, STAYING)),
    "retiring keys gone": lambda world: put(world, OLD, retiring=(OVER, STAYING)),
    "retiring, and the current key gone": lambda world: put(world, OLDER, OLDEST, retiring=(OVER, STAYING)),
    "rotating and retiring": lambda world: put(world, OLD, NEW, OLDER, pending=PENDING, retiring=(OVER,)),
    "an orphan": orphan,
    "an orphan of a rotation": each(lambda world: put(world, OLD), orphan),
    "two that may be the orphan": each(orphan, lambda world: world.service.keys.update(theirs=iso(NOW))),
    "an intent without an orphan": each(orphan, lambda world: world.service.keys.clear()),
    "strangers": lambda world: put(world, OLD, "theirs", "others"),
    "another name": lambda world: put(world, OLD, name="nightly"),
    "several names": each(lambda world: put(world, OLD), lambda world: put(world, "b", name="b", client_id="b")),
}
WANTED = {
    "present": PRESENT,
    "absent": ABSENT,
    "rotated": ROTATED,
    "rotated without overlap": AT_ONCE,
    "rotated after a leak": LEAKED,
    "rotated without proof": UNVERIFIED,
    "rotated, to be published": UNPUBLISHED,
    "due": DUE,
    "not due": NOT_DUE,
}


def test_every_row_of_the_table_is_among_them() -> None:
    assert {(*row, wanted) for row in ROWS for wanted in WantedState} == set(TABLE)


@pytest.mark.parametrize("wanted", WANTED.values(), ids=WANTED)
@pytest.mark.parametrize("setup", SETUPS.values(), ids=SETUPS)
def test_the_prediction_is_what_happens(world: Controller, setup: Setup, wanted: Wanted) -> None:
    setup(world)
    before = everything(world)
    predicted = world.run(wanted, check_mode=True)
    assert everything(world) == before
    real = world.run(wanted)
    known = {*before[0], *(real.before.client_ids if real.before else ())}
    assert facts(predicted, known) == facts(real, known)
    assert real.changed == (everything(world)[:2] != before[:2])
    # What there is now is what was wanted.
    assert (real.after is not None) == wanted.present
    if real.after is not None:
        assert world.record == real.after
        world.service.exchange(real.after.client_id, real.after.client_secret or "")
        assert real.after.pending is None
        assert {key.client_id for key in real.after.retiring} <= set(world.service.keys)
        if wanted is LEAKED:
            assert real.after.retiring == ()
    if wanted.rotate != "always":
        again = world.run(wanted)
        assert (again.changed, again.rotated, again.orphans_removed) == (False, False, [])


def everything(world: Controller) -> tuple[dict[str, str], bytes, dict[str, bytes]]:
    """Return the service's keys, the vault file, and every file there is."""
    files = {path.name: path.read_bytes() for path in world.folder.iterdir()}
    return dict(world.service.keys), files.get("keys.yml", b""), files


def facts(outcome: KeyOutcome, known: set[str]) -> dict[str, t.Any]:
    """Return all that an outcome tells, without the ids and times that only the service can give."""
    told = vars(outcome) | {
        side: record.public() if record else {}
        for side, record in (("before", outcome.before), ("after", outcome.after))
    }
    if told["after"].get("client_id") not in known:
        told["after"] |= {"client_id": None, "created_at": None} if told["after"] else {}
        told["created_at"] = None
    return told


def test_what_a_killed_writer_left_is_removed_by_a_run_alone(controller: Controller) -> None:
    controller.run()
    leftover = controller.folder / ".keys.yml.ab_1cd2e.tmp"
    leftover.write_text("half")
    controller.run(check_mode=True)
    assert leftover.exists()
    controller.run()
    assert not leftover.exists()
