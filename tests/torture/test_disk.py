# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A vault file that cannot be written or read: no key is lost, none is left over, and the message says why."""

from __future__ import annotations

import typing as t
from collections.abc import Callable
from pathlib import Path

import pytest
from harness.disk import Disk, small_disk
from harness.here import Here
from harness.invariants import assert_settled
from harness.service import KEYS, Service

pytestmark = pytest.mark.row("the vault file cannot be written or read")

_TROUBLES: dict[str, tuple[Callable[[Disk], None], Callable[[Disk], None], str]] = {
    "full": (Disk.fill, Disk.make_room, "No space left"),
    "read-only": (lambda disk: disk.set_writable(False), lambda disk: disk.set_writable(True), "Read-only file system"),
}
_ROTATION = {"rotate": "always", "overlap": "0"}


@pytest.mark.parametrize("rotation", [False, True], ids=["create", "rotate"])
@pytest.mark.parametrize("moment", ["before the creation", "while the creation is on its way"])
@pytest.mark.parametrize("trouble", ["full", pytest.param("read-only", marks=pytest.mark.long)])
def test_the_disk_cannot_be_written(
    tmp_path: Path, service: Service, trouble: str, moment: str, rotation: bool
) -> None:
    account = service.new_account()
    controller = Here(tmp_path, account)
    options: dict[str, t.Any] = _ROTATION if rotation else {}
    begin, end, word = _TROUBLES[trouble]
    with small_disk(controller.folder) as disk:
        if rotation:
            assert controller.run().status == 0
        before = controller.records()
        if moment == "before the creation":
            begin(disk)
            run = controller.run(**options)
            assert account.key_ids() == {record["client_id"] for record in before.values()}
        else:
            service.set_faults({"method": "POST", "path": KEYS, "delay_after": 1})
            running = controller.start(**options)
            service.wait_until_struck()
            begin(disk)
            run = running.wait()
        assert run.status != 0
        assert word in run.message
        assert account.key_ids() == {record["client_id"] for record in before.values()}
        assert controller.records() == before
        end(disk)
        again = controller.run(**options)
        assert again.status == 0, again.output
        # Of an intent that could not be removed from a disk that is read-only.
        assert_settled(controller, interrupted=True)


def test_a_key_that_is_there_needs_no_writable_disk(tmp_path: Path, service: Service) -> None:
    controller = Here(tmp_path, service.new_account())
    with small_disk(controller.folder) as disk:
        assert controller.run().status == 0
        disk.set_writable(False)
        run = controller.run()
        assert run.status == 0, run.output
        assert run.result["changed"] is False


@pytest.mark.parametrize("password", ["another", None], ids=["wrong password", "no password"])
def test_without_the_vault_password_a_rotation_that_was_cut_off_waits(
    tmp_path: Path, service: Service, password: str | None
) -> None:
    account = service.new_account()
    controller = Here(tmp_path, account)
    assert controller.run().status == 0
    assert controller.run_to("rename the vault file 2", **_ROTATION).status == -9
    before = controller.vault_file.read_bytes(), account.key_ids()
    other = tmp_path / "other-password"
    other.write_text("another", encoding="utf-8")
    run = controller.run(environment={"ANSIBLE_VAULT_PASSWORD_FILE": str(other) if password else ""}, **_ROTATION)
    assert run.status != 0
    assert "password" in run.message
    assert (controller.vault_file.read_bytes(), account.key_ids()) == before
    assert controller.run(**_ROTATION).status == 0
    assert_settled(controller)
