# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A refresh token that cannot be registered: nothing is asked for where that shows before, else it is said and kept."""

from __future__ import annotations

import contextlib
import resource
import typing as t
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._accounts import Accounts
from ansible_collections.bloq.cloud.plugins.module_utils._granted import Token
from ansible_collections.bloq.cloud.plugins.plugin_utils._keys.refresh_token import RefreshRecord
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.cache import TokenCache
from harness.afterwards import after
from harness.controller import Run
from harness.disk import Disk, small_disk
from harness.here import Here
from harness.service import Service

pytestmark = pytest.mark.row("a refresh token cannot be registered")


_OTHERS = {"client_id": "f" * 40, "client_secret": "0" * 80}
_FLOW = "{bloq_client_keys: {other: {client_id: '0000'}}}\n"


@pytest.fixture
def controller(tmp_path: Path, service: Service) -> Here:
    return Here(tmp_path, service.new_account())


@pytest.fixture
def disk(controller: Here) -> t.Iterator[Disk]:
    """The disk of the vault file, in which a client key is."""
    with small_disk(controller.folder) as disk:
        assert controller.run(verify=False).status == 0
        yield disk


@contextlib.contextmanager
def _asked() -> t.Iterator[list[str]]:
    """Give what the service is asked for in this block."""
    asked: list[str] = []
    with after(Accounts, "exchange", lambda: asked.append("exchange")):
        yield asked


def _register(controller: Here, **options: t.Any) -> Run:
    return controller.task("bloq_token", **{"key": "ci", **options})


@pytest.mark.parametrize(
    ("spoil", "options", "words"),
    [
        (lambda _here, disk: disk.fill(), {}, "No space left"),
        (lambda _here, disk: disk.set_writable(False), {}, "Read-only file system"),
        (lambda _here, _disk: None, {"vault_id": "nobody"}, "nobody"),
        (lambda _here, _disk: None, _OTHERS, "is of another client key"),
        (lambda here, _disk: here.vault_file.write_text(_FLOW, encoding="utf-8"), _OTHERS, "is in flow style"),
    ],
    ids=["full", "read-only", "no password", "another key", "flow style"],
)
def test_what_the_file_does_not_take_costs_no_token(
    controller: Here, disk: Disk, spoil: Callable[[Here, Disk], object], options: dict[str, t.Any], words: str
) -> None:
    spoil(controller, disk)
    before = controller.vault_file.read_bytes()
    with _asked() as asked:
        run = _register(controller, **options)
    assert run.status == 2 and words in run.message, run.output
    assert (asked, run.result.get("changed", False)) == ([], False)
    assert controller.vault_file.read_bytes() == before


def _limit_files(limit: int) -> None:
    # As ``ulimit -f`` does, in bytes.
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))


_ENDS: dict[str, tuple[Callable[[Here, Disk], object], Callable[[Here, Disk], object], str]] = {
    "full": (lambda _here, disk: disk.fill(), lambda _here, disk: disk.make_room(), "No space left"),
    "limited": (
        lambda _here, _disk: _limit_files(512),
        lambda _here, _disk: _limit_files(resource.RLIM_INFINITY),
        "File too large",
    ),
    "replaced": (
        lambda here, _disk: here.vault_file.write_text(here.vault_file.read_text() + "more: of it\n"),
        lambda _here, _disk: None,
        "was changed by someone else meanwhile",
    ),
}


@pytest.mark.parametrize("how", _ENDS)
def test_a_token_that_was_minted_is_a_change_and_what_came_with_it_is_kept(
    controller: Here, disk: Disk, how: str
) -> None:
    begin, end, words = _ENDS[how]
    with _asked() as asked, after(TokenCache, "get_or_mint", lambda: begin(controller, disk)):
        try:
            run = _register(controller)
        finally:
            end(controller, disk)
    assert run.status == 2 and words in run.message, run.output
    assert (asked, run.result["changed"]) == (["exchange"], True)
    with _asked() as asked:
        again = _register(controller, return_refresh_token=True)
    assert (again.status, again.result["changed"], again.result["source"], asked) == (0, True, "cache", [])
    assert controller.records()["ci"]["refresh_token"] == again.result["refresh_token"]
    assert _register(controller).result["changed"] is False


def test_what_the_service_gave_in_place_of_a_refresh_token_is_not_lost(controller: Here, disk: Disk) -> None:
    given = _register(controller, return_refresh_token=True).result["refresh_token"]
    exchange = Accounts.exchange
    refreshed = []

    def replace(accounts: Accounts, _refresh_token: str) -> Token:
        record = controller.records()["ci"]
        refreshed.append(given)
        return exchange(accounts, record["client_id"], record["client_secret"])

    with mock.patch.object(Accounts, "refresh", replace):
        disk.fill()
        # Nothing else would have it.
        run = _register(controller, cache=False)
        disk.make_room()
        assert "No space left" in run.message and (refreshed, run.result.get("changed", False)) == ([], False)
        with after(TokenCache, "get_or_mint", disk.fill):
            run = _register(controller, force=True)
        disk.make_room()
        assert "The service gave another refresh token" in run.message and run.result["changed"] is True
        again = _register(controller, return_refresh_token=True)
    assert again.result["changed"] is True and again.result["source"] == "cache"
    assert controller.records()["ci"]["refresh_token"] == again.result["refresh_token"] != given


def test_a_fault_of_ours_does_not_hide_what_was_done(controller: Here) -> None:
    controller.run(verify=False)
    with mock.patch.object(RefreshRecord, "store", side_effect=KeyError):
        run = _register(controller)
    assert "A fault in bloq.cloud.bloq_token" in run.message and run.result["changed"] is True


def test_a_cache_that_was_emptied_here_is_a_change_though_it_was_not_elsewhere(controller: Here) -> None:
    controller.run(verify=True)
    record = controller.records()["ci"]
    of_key = {name: record[name] for name in ("client_id", "client_secret")}
    run = controller.task("bloq_token", state="absent", coordination_url="redis://127.0.0.1:1", **of_key)
    assert (run.status, run.result["changed"]) == (2, True), run.output
