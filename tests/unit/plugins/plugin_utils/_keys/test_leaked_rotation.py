# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""After a leak: nothing that the name stood for before lives on, and a run that fails tells what it revoked."""

from __future__ import annotations

import dataclasses
import re
import time

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._errors import InputError, StatusError
from ansible_collections.bloq.cloud.plugins.module_utils._times import iso
from ansible_collections.bloq.cloud.plugins.plugin_utils._keys.plan import Wanted
from ansible_collections.bloq.cloud.plugins.plugin_utils._keys.record import Retiring
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault.file import VaultFile
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._keys.key_world import (
    VAULT,
    Controller,
    Service,
    key_id,
)

NOW = 1_800_000_000.0


def test_after_a_leak_nothing_that_was_replaced_earlier_lives(controller: Controller, service: Service) -> None:
    controller.run()
    controller.run(Wanted(rotate="always", overlap=60))
    assert controller.run(Wanted(rotate="always", overlap=0, leaked=True)).rotated
    assert set(service.keys) == {key_id(3)}
    assert controller.record.retiring == ()


def test_after_a_leak_what_was_replaced_earlier_goes_no_later_than_what_is_replaced_now(
    controller: Controller, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "time", lambda: NOW)
    controller.run()
    for overlap, times in ((60, [60]), (3600, [60, 3600]), (600, [60, 600, 600]), (0, [-300] * 4)):
        controller.run(Wanted(rotate="always", overlap=overlap, retire=False, leaked=True))
        assert [key.retire_after for key in controller.record.retiring] == [iso(NOW + seconds) for seconds in times]
    assert len(service.keys) == 5
    controller.run(Wanted())
    assert len(service.keys) == 1


def test_after_a_leak_nobody_was_promised_a_time_that_cannot_be_read(controller: Controller, service: Service) -> None:
    controller.run()
    controller.run(Wanted(rotate="always", overlap=60))
    path = controller.folder / "keys.yml"
    record = controller.record
    spoilt = dataclasses.replace(record, retiring=(Retiring(key_id(1), "soon"),)).to_mapping()
    VaultFile.read(str(path), VAULT).with_record("ci", spoilt).store()
    controller.run(Wanted(rotate="always", overlap=0, leaked=True))
    assert set(service.keys) == {key_id(3)}


def test_after_a_leak_another_name_keeps_no_key_alive(controller: Controller, service: Service) -> None:
    controller.run()
    path = controller.folder / "keys.yml"
    VaultFile.read(str(path), VAULT).with_record("alias", controller.record.to_mapping()).store()
    with pytest.raises(InputError, match=r"'ci' has leaked, and another record in .* names it too. Name"):
        controller.run(Wanted(rotate="always", overlap=0, leaked=True), leaked=["ci"])
    assert set(service.keys) == {key_id(1)}
    assert controller.run(Wanted(rotate="always", overlap=0, leaked=True), leaked=["ci", "alias"]).rotated


def test_after_a_leak_what_a_key_that_is_gone_had_replaced_dies_too(controller: Controller, service: Service) -> None:
    controller.run()
    controller.run(Wanted(rotate="always", overlap=60))
    for published in (False, True):
        del service.keys[controller.record.client_id]
        controller.run(Wanted(rotate="always", overlap=0, retire=published, leaked=True))
        assert (key_id(1) in service.keys) != published
    assert set(service.keys) == {controller.record.client_id}


@pytest.mark.parametrize("spoilt", ["12", f"{key_id(1)}-extra", f"../client-keys/{key_id(1)}", key_id(1)[:-1]])
@pytest.mark.parametrize("part", ["current", "retiring"])
@pytest.mark.parametrize("wanted", [Wanted(rotate="always", overlap=0, leaked=True), Wanted(present=False)])
def test_after_a_leak_what_is_no_id_does_not_count_as_revoked(
    controller: Controller, service: Service, wanted: Wanted, part: str, spoilt: str
) -> None:
    controller.run()
    controller.run(Wanted(rotate="always", overlap=60))
    record = controller.record
    wrong = {"client_id": spoilt} if part == "current" else {"retiring": (Retiring(spoilt, iso(NOW)),)}
    path = controller.folder / "keys.yml"
    changed = dataclasses.replace(record, **wrong)
    VaultFile.read(str(path), VAULT).with_record("ci", changed.to_mapping()).store()
    before = path.read_bytes()
    for check_mode in (True, False):
        with pytest.raises(InputError, match=rf"'ci' in .* has the client_id '{re.escape(spoilt)}', which is none"):
            controller.run(wanted, leaked=["ci"], check_mode=check_mode)
    assert set(service.keys) == {key_id(1), key_id(2)}
    assert path.read_bytes() == before


@pytest.mark.parametrize("leaked", [[], ["ci"]])
@pytest.mark.parametrize("stuck", [[key_id(1), key_id(2)], [key_id(2)]])
def test_a_run_that_fails_late_knows_what_it_has_done(
    controller: Controller, service: Service, monkeypatch: pytest.MonkeyPatch, stuck: list[str], leaked: list[str]
) -> None:
    controller.run()
    controller.run(Wanted(rotate="always", overlap=60))
    delete = service.delete_key

    def refuse_some(token: str, client_id: str) -> bool:
        if client_id in stuck:
            raise StatusError("no", status=403)
        return delete(token, client_id)

    monkeypatch.setattr(service, "delete_key", refuse_some)
    with pytest.raises(StatusError):
        controller.run(Wanted(present=False), leaked=leaked)
    revoked = [] if key_id(1) in stuck else [key_id(1)]
    # Without a leak the next run tells of them what it finds, and does not go by their ids.
    named = {"revoked": revoked} if leaked and revoked else {}
    assert controller.lifecycle.done() == {"changed": bool(revoked), **named}
