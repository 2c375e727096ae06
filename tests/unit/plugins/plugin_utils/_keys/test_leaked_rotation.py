# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rotation after a leak: nothing that the name stood for before lives on."""

from __future__ import annotations

import dataclasses
import time

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._errors import InputError
from ansible_collections.bloq.cloud.plugins.module_utils._times import iso
from ansible_collections.bloq.cloud.plugins.plugin_utils._keys.plan import Wanted
from ansible_collections.bloq.cloud.plugins.plugin_utils._keys.record import Retiring
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault.file import VaultFile
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._keys.key_world import VAULT, Controller, Service

NOW = 1_800_000_000.0


def test_after_a_leak_nothing_that_was_replaced_earlier_lives(controller: Controller, service: Service) -> None:
    controller.run()
    controller.run(Wanted(rotate="always", overlap=60))
    assert controller.run(Wanted(rotate="always", overlap=0, leaked=True)).rotated
    assert set(service.keys) == {"key3"}
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
    spoilt = dataclasses.replace(record, retiring=(Retiring("key1", "soon"),)).to_mapping()
    VaultFile.read(str(path), VAULT).with_record("ci", spoilt).store()
    controller.run(Wanted(rotate="always", overlap=0, leaked=True))
    assert set(service.keys) == {"key3"}


def test_after_a_leak_another_name_keeps_no_key_alive(controller: Controller, service: Service) -> None:
    controller.run()
    path = controller.folder / "keys.yml"
    VaultFile.read(str(path), VAULT).with_record("alias", controller.record.to_mapping()).store()
    with pytest.raises(InputError, match=r"'ci' has leaked, and another record in .* names it too. Name"):
        controller.run(Wanted(rotate="always", overlap=0, leaked=True), leaked=["ci"])
    assert set(service.keys) == {"key1"}
    assert controller.run(Wanted(rotate="always", overlap=0, leaked=True), leaked=["ci", "alias"]).rotated


def test_after_a_leak_what_a_key_that_is_gone_had_replaced_dies_too(controller: Controller, service: Service) -> None:
    controller.run()
    controller.run(Wanted(rotate="always", overlap=60))
    for published in (False, True):
        del service.keys[controller.record.client_id]
        controller.run(Wanted(rotate="always", overlap=0, retire=published, leaked=True))
        assert ("key1" in service.keys) != published
    assert set(service.keys) == {controller.record.client_id}
