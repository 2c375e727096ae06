# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whoever holds a lock is stopped: others say for whom they wait, give up, and lose nothing by it."""

from __future__ import annotations

import contextlib
import os
import time
import typing as t
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness.controller import Controller, Run, Running
from harness.invariants import assert_settled
from harness.processes import stopped
from harness.service import KEYS, Service

pytestmark = pytest.mark.row("a holder of a lock is stopped")

_LIMIT = 6


@contextlib.contextmanager
def _in_the_midst(service: Service, running: Running) -> Iterator[None]:
    service.wait_until_struck()
    with stopped(running.pid):
        yield


def test_other_plays_wait_for_the_vault_file_and_give_up(tmp_path: Path, service: Service) -> None:
    controller = Controller(tmp_path, service.new_account())
    service.set_faults({"method": "POST", "path": KEYS, "delay_after": 1})
    holder = controller.start()
    with _in_the_midst(service, holder):
        run = controller.run(lock_timeout=_LIMIT)
        assert run.status != 0
        assert f"Waiting up to {_LIMIT} s for {controller.vault_file}, which is locked by process" in run.message
        assert f"stopped), for longer than lock_timeout, {_LIMIT} s." in run.message
    assert holder.wait().status == 0
    assert controller.run().result["changed"] is False
    assert_settled(controller)


def test_what_is_not_that_vault_file_goes_on(tmp_path: Path, service: Service) -> None:
    controller = Controller(tmp_path, service.new_account())
    assert controller.run().status == 0
    service.set_faults({"method": "POST", "path": KEYS, "delay_after": 1})
    holder = controller.start(rotate="always", overlap="0")
    with _in_the_midst(service, holder):
        began = time.monotonic()
        info = _play(controller, {"bloq.cloud.bloq_client_key_info": {"vault_file": str(controller.vault_file)}})
        assert info.status == 0, info.output
        assert "is being changed by process" in info.message
        other = str(controller.folder / "other.yml")
        beside = _play(controller, {"bloq.cloud.bloq_client_key": {"name": "other", "vault_file": other}})
        assert beside.status == 0, beside.output
        assert "Waiting" not in info.output + beside.output
        assert time.monotonic() - began < 60
    assert holder.wait().status == 0
    os.unlink(other)


def test_a_token_is_minted_without_the_cache_s_lock(tmp_path: Path, service: Service) -> None:
    controller = Controller(tmp_path, service.new_account())
    client_id, client_secret = controller.account.make_key()
    key = {"BLOQ_CLIENT_ID": client_id, "BLOQ_CLIENT_SECRET": client_secret}
    service.set_faults({"method": "POST", "path": "/auth/token", "delay_after": 2})
    task: dict[str, t.Any] = {"bloq.cloud.bloq_token": {}}
    holder = controller.start_play([task], environment=key)
    with _in_the_midst(service, holder):
        for is_first in (True, False):
            run = controller.start_play([task], environment=key).wait()
            assert run.status == 0, run.output
            # The next one finds the token, and what it takes is not locked any more.
            assert ("was locked by process" in run.message) is is_first
    assert holder.wait().status == 0


def _play(controller: Controller, task: dict[str, t.Any]) -> Run:
    return controller.start_play([task]).wait()
