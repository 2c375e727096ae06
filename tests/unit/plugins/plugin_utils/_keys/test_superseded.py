# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys that several runs made for one name are one name's: the latest is used, and the others are let go of."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping
from pathlib import Path

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._errors import RefusedError
from ansible_collections.bloq.cloud.plugins.plugin_utils._creation.escrow import Escrowed
from ansible_collections.bloq.cloud.plugins.plugin_utils._creation.intent import IntentFile
from ansible_collections.bloq.cloud.plugins.plugin_utils._keys.plan import Wanted
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._keys.key_world import Controller, Service, key_id


class SharedEscrow:
    """What the controllers of a test share."""

    def __init__(self) -> None:
        self.kept: list[Escrowed] = []

    def deposit(self, name: str, resource_id: str, record: Mapping[str, t.Any]) -> None:
        self.kept.insert(0, Escrowed(resource_id, 0.0, dict(record)))

    def escrowed(self, name: str) -> list[Escrowed]:
        return list(self.kept)

    def is_escrowed(self, resource_id: str) -> bool:
        return any(entry.id == resource_id for entry in self.kept)


@pytest.fixture
def escrow(monkeypatch: pytest.MonkeyPatch) -> SharedEscrow:
    shared = SharedEscrow()
    begin = IntentFile.__init__

    def with_escrow(intents: IntentFile, *args: t.Any, **options: t.Any) -> None:
        begin(intents, *args, **options)
        intents.escrow = shared

    monkeypatch.setattr(IntentFile, "__init__", with_escrow)
    return shared


def clone(folder: Path, service: Service) -> Controller:
    folder.mkdir()
    return Controller(folder, service)


@pytest.fixture
def twins(escrow: SharedEscrow, service: Service, tmp_path: Path) -> Controller:
    """A controller that knows the later one of two keys for a name; the holder of the first lost its lock."""
    clone(tmp_path / "first", service).run()
    lost = list(escrow.kept)
    escrow.kept.clear()
    later = clone(tmp_path / "later", service)
    later.run()
    escrow.kept += lost
    return later


def test_the_earlier_one_is_retired_with_its_overlap(twins: Controller, service: Service) -> None:
    outcome = twins.run(Wanted(overlap=60))
    assert outcome.changed and key_id(1) in outcome.warnings[0] and outcome.unmanaged == []
    assert [key.client_id for key in twins.record.retiring] == [key_id(1)] and twins.record.client_id == key_id(2)
    assert set(service.keys) == {key_id(1), key_id(2)}
    assert not twins.run(Wanted(overlap=60)).changed
    assert twins.run(Wanted(overlap=0, rotate="always")).rotated


def test_an_overlap_of_nothing_revokes_it_at_once(twins: Controller, service: Service) -> None:
    twins.run(Wanted(overlap=0))
    assert set(service.keys) == {key_id(2)} and twins.record.retiring == ()


def test_absent_leaves_none_of_them(twins: Controller, service: Service, tmp_path: Path) -> None:
    twins.run(Wanted(present=False))
    assert service.keys == {}
    assert clone(tmp_path / "fresh", service).run().adopted is None


def test_one_that_knows_nothing_takes_the_latest_and_lets_go_of_the_others(
    twins: Controller, service: Service, tmp_path: Path
) -> None:
    fresh = clone(tmp_path / "fresh", service)
    assert fresh.run().adopted == key_id(2)
    assert [key.client_id for key in fresh.record.retiring] == [key_id(1)]
    fresh.run(Wanted(present=False))
    assert service.keys == {}


def test_check_mode_says_the_same_and_changes_nothing(twins: Controller, service: Service) -> None:
    before = twins.record
    outcome = twins.run(Wanted(overlap=60), check_mode=True)
    assert outcome.changed and outcome.after is not None and len(outcome.after.retiring) == 1
    assert twins.record == before and set(service.keys) == {key_id(1), key_id(2)}


@pytest.fixture
def behind(escrow: SharedEscrow, service: Service, tmp_path: Path) -> Controller:
    """A clone with the record as it was before another one rotated."""
    one, other = clone(tmp_path / "one", service), clone(tmp_path / "behind", service)
    one.run()
    (tmp_path / "behind/keys.yml").write_bytes((tmp_path / "one/keys.yml").read_bytes())
    one.run(Wanted(rotate="always", overlap=60))
    return other


def test_a_rotation_that_comes_late_proves_itself_by_the_shared_token(behind: Controller, service: Service) -> None:
    probes = service.probes
    assert behind.run(Wanted(overlap=60)).adopted == key_id(2)
    assert service.probes == probes + 1 and behind.record.client_id == key_id(2)


def test_an_adopted_key_that_is_refused_is_gone_and_that_is_told(
    behind: Controller, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = behind.record

    def refuse(client_id: str, client_secret: str) -> None:
        raise RefusedError("refused", status=401)

    monkeypatch.setattr(service, "probe", refuse)
    with pytest.raises(RefusedError, match="removed again"):
        behind.run(Wanted(overlap=60))
    assert list(service.keys) == [key_id(1)] and behind.record == before
    assert behind.lifecycle.done() == {"changed": True}
