# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is read without the lock fits together, or there is a warning."""

from __future__ import annotations

import pathlib
import threading
import time

import pytest
from ansible_collections.bloq.cloud.plugins.plugin_utils._files import steady
from ansible_collections.bloq.cloud.plugins.plugin_utils._files.durable import write_durably
from ansible_collections.bloq.cloud.plugins.plugin_utils._files.locks import locked
from ansible_collections.bloq.cloud.plugins.plugin_utils._files.steady import read_steadily


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steady, "_PATIENCE", 0.5)


def test_what_nobody_changes_is_read_once(path: pathlib.Path) -> None:
    told: list[str] = []
    read: list[int] = []
    read_steadily(str(path), lambda: read.append(1), told.append)
    assert (read, told) == ([1], [])


def test_a_file_that_changes_meanwhile_is_read_again(path: pathlib.Path) -> None:
    told: list[str] = []
    found = []

    def read() -> str:
        found.append(path.read_bytes() if path.exists() else b"")
        if len(found) == 1:
            write_durably(str(path), b"new")
        return found[-1].decode()

    assert read_steadily(str(path), read, told.append) == "new"
    assert (len(found), told) == (2, [])


def test_a_run_at_work_is_waited_for(path: pathlib.Path) -> None:
    told: list[str] = []
    begun = threading.Event()

    def work() -> None:
        with locked(str(path), "vault_file", timeout=5, notify=told.append):
            begun.set()
            threading.Event().wait(0.2)
            write_durably(str(path), b"stored")

    run = threading.Thread(target=work)
    run.start()
    assert begun.wait(5)
    assert read_steadily(str(path), path.read_bytes, told.append) == b"stored"
    run.join()
    assert told == []


def test_a_run_that_does_not_end_is_told(path: pathlib.Path) -> None:
    told: list[str] = []
    path.write_bytes(b"old")
    with locked(str(path), "vault_file", timeout=5, notify=told.append):
        assert read_steadily(str(path), path.read_bytes, told.append) == b"old"
    assert len(told) == 1 and f"{path} is being changed by process" in told[0]
    path.parent.joinpath(".vars.yml.bloq-lock").touch()
    assert read_steadily(str(path), path.read_bytes, told.append) == b"old" and len(told) == 1


def test_no_run_is_waited_for_beyond_the_last_moment(path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    # What a float can count without an error.
    monkeypatch.setattr(steady, "_PAUSE", 0.125)
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(time, "sleep", lambda seconds: now.append(now.pop() + seconds))
    told: list[str] = []
    read: list[float] = []
    with locked(str(path), "vault_file", timeout=5, notify=told.append):
        read_steadily(str(path), lambda: read.append(now[0]), told.append)
    assert (read, len(told)) == ([0.5], 1)
