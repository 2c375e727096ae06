# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""However many processes want a token at once, one asks for it; and one that dies holds nobody up."""

from __future__ import annotations

import contextlib
import fcntl
import multiprocessing
import os
import pathlib
import signal
import time
import typing as t

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._errors import (
    BloqError,
    RefusedError,
    StatusError,
    UnreachableError,
)
from ansible_collections.bloq.cloud.plugins.module_utils._granted import Token
from ansible_collections.bloq.cloud.plugins.plugin_utils._files import locks
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.cache import CacheKey, TokenCache

KEY = CacheKey("https://accounts.bloq.cloud", "ci", "client_credentials")
MANY = 16
PATIENCE = 30.0

forks = multiprocessing.get_context("fork")


class Crowd:
    """Processes that want the same token. Their service waits until it is told to answer."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.cache = TokenCache(str(folder))
        self.folder = folder
        self.asked = forks.Semaphore(0)
        self.waiting = forks.Semaphore(0)
        self.answer = forks.Semaphore(0)
        self.results = forks.SimpleQueue()
        self.processes: list[t.Any] = []

    def join_in(self, number: int = 1, fault: BloqError | None = None, **changes: t.Any) -> list[t.Any]:
        started = [forks.Process(target=self._run, args=(fault, changes)) for _turn in range(number)]
        for process in started:
            process.start()
        self.processes += started
        return started

    def expect(self, semaphore: t.Any, number: int = 1) -> None:
        for _turn in range(number):
            assert semaphore.acquire(timeout=PATIENCE)

    def outcomes(self) -> list[str]:
        for process in self.processes:
            process.join(PATIENCE)
            assert process.exitcode is not None
        found = []
        while not self.results.empty():
            found.append(self.results.get())
        return sorted(found)

    def stop(self) -> None:
        for process in self.processes:
            if process.is_alive():
                process.kill()
            process.join()

    def _run(self, fault: BloqError | None, changes: dict[str, t.Any]) -> None:
        lock = fcntl.flock

        asked_for: set[int] = set()

        def seen(descriptor: t.Any, operation: int) -> None:
            # The lock is asked for after the entry was read: this call has begun to wait.
            file = os.fstat(descriptor).st_ino
            if operation & fcntl.LOCK_EX and file not in asked_for:
                asked_for.add(file)
                self.waiting.release()
            lock(descriptor, operation)

        fcntl.flock = seen

        def mint() -> Token:
            self.asked.release()
            assert self.answer.acquire(timeout=PATIENCE)
            if fault is not None:
                raise fault
            return Token(f"of {os.getpid()}", "client", time.time() + 3600, 3600.0)

        wanted: dict[str, t.Any] = {"credential": "the credential", "strong": True, "min_ttl": 300.0}
        try:
            grant, minted = self.cache.get_or_mint(KEY, **{**wanted, **changes}, mint=mint)
            self.results.put(f"{'minted' if minted else 'cached'} {grant.access_token}")
        except BloqError as error:
            self.results.put(f"{type(error).__name__} {error} {vars(error)}")


@pytest.fixture
def crowd(tmp_path: pathlib.Path) -> t.Iterator[Crowd]:
    made = Crowd(tmp_path / "cache")
    yield made
    made.stop()


def asked(crowd: Crowd) -> int:
    count = 0
    while crowd.asked.acquire(block=False):
        count += 1
    return count


def test_one_asks_and_all_have_its_token(crowd: Crowd) -> None:
    crowd.join_in(MANY)
    crowd.expect(crowd.waiting, MANY)
    crowd.answer.release()
    outcomes = crowd.outcomes()
    assert asked(crowd) == 1
    assert [outcome.split()[0] for outcome in outcomes] == ["cached"] * (MANY - 1) + ["minted"]
    assert len({outcome.split()[-1] for outcome in outcomes}) == 1


def test_a_crowd_without_a_pause_asks_once(crowd: Crowd) -> None:
    crowd.answer.release()
    crowd.join_in(MANY, strong=False)
    assert len(crowd.outcomes()) == MANY
    assert asked(crowd) == 1


def test_forced_calls_that_wait_take_the_token_that_is_new(crowd: Crowd) -> None:
    crowd.answer.release()
    crowd.join_in()
    [old] = crowd.outcomes()
    asked(crowd)
    crowd.expect(crowd.waiting)
    crowd.join_in(4, force=True)
    crowd.expect(crowd.waiting, 4)
    crowd.answer.release()
    outcomes = crowd.outcomes()
    assert asked(crowd) == 1
    assert [outcome.split()[0] for outcome in outcomes] == ["cached"] * 3 + ["minted"]
    assert old.split()[-1] not in {outcome.split()[-1] for outcome in outcomes}


def test_other_entries_do_not_wait(crowd: Crowd) -> None:
    crowd.join_in(credential="one")
    crowd.join_in(credential="two")
    crowd.expect(crowd.asked, 2)
    for _turn in range(2):
        crowd.answer.release()
    assert [outcome.split()[0] for outcome in crowd.outcomes()] == ["minted"] * 2


def test_a_killed_holder_holds_nobody_up(crowd: Crowd) -> None:
    [holder] = crowd.join_in()
    crowd.expect(crowd.asked)
    crowd.join_in(3)
    crowd.expect(crowd.waiting, 4)
    os.kill(holder.pid, signal.SIGKILL)
    # Before it is dead, it could be the one that the answer wakes.
    holder.join(PATIENCE)
    crowd.expect(crowd.asked)
    crowd.answer.release()
    assert [outcome.split()[0] for outcome in crowd.outcomes()] == ["cached", "cached", "minted"]
    assert asked(crowd) == 0
    assert sorted(file.suffix for file in crowd.folder.iterdir()) == [".lock", ".token"]


def test_a_refusal_is_shared_by_all_who_wait_and_by_nobody_later(crowd: Crowd) -> None:
    refusal = RefusedError("The password is wrong.", status=401, code="invalid_credentials")
    crowd.join_in(MANY, fault=refusal)
    crowd.expect(crowd.waiting, MANY)
    crowd.answer.release()
    told = "RefusedError The password is wrong. {'status': 401, 'code': 'invalid_credentials'}"
    assert crowd.outcomes() == [told] * MANY
    assert asked(crowd) == 1

    crowd.join_in()
    crowd.answer.release()
    [outcome] = crowd.outcomes()
    assert outcome.startswith("minted") and asked(crowd) == 1


def test_a_429_is_shared_by_all_who_wait(crowd: Crowd) -> None:
    """Who asked has waited as long as it may; all others at once would only begin it anew."""
    crowd.join_in(MANY, fault=StatusError("Too many requests.", status=429, retry_after=10.0))
    crowd.expect(crowd.waiting, MANY)
    crowd.answer.release()
    told = "StatusError Too many requests. {'status': 429, 'code': None, 'retry_after': 10.0}"
    assert crowd.outcomes() == [told] * MANY
    assert asked(crowd) == 1


def test_after_a_429_one_waits_and_asks_and_the_others_take_what_came_of_it(crowd: Crowd) -> None:
    crowd.cache = TokenCache(str(crowd.folder), patience=5.0)
    crowd.answer.release()
    crowd.join_in(fault=StatusError("Too many requests.", status=429, retry_after=1.0))
    assert crowd.outcomes()[0].startswith("StatusError") and asked(crowd) == 1
    began = time.monotonic()
    crowd.answer.release()
    crowd.join_in(MANY)
    outcomes = crowd.outcomes()
    assert 0.5 < time.monotonic() - began < PATIENCE
    assert [outcome.split()[0] for outcome in outcomes] == ["cached"] * (MANY - 1) + ["minted"]
    assert asked(crowd) == 1


@pytest.mark.parametrize(
    "fault", [RefusedError("The password is wrong.", status=401), StatusError("Too many requests.", status=429)]
)
def test_a_failure_for_all_counts_for_the_other_processes_of_a_step(crowd: Crowd, fault: StatusError) -> None:
    crowd.cache = TokenCache(str(crowd.folder), step="a task")
    for _batch in range(3):
        crowd.answer.release()
        crowd.join_in(3, fault=fault)
        assert {outcome.split()[0] for outcome in crowd.outcomes()} == {type(fault).__name__}
    assert asked(crowd) == 1


@pytest.mark.parametrize("step", ["", "another task"])
def test_a_refusal_does_not_count_for_another_step(crowd: Crowd, step: str) -> None:
    crowd.cache = TokenCache(str(crowd.folder), step="a task" if step else "")
    crowd.answer.release()
    crowd.join_in(fault=RefusedError("The password is wrong.", status=401))
    assert crowd.outcomes()[0].startswith("RefusedError") and asked(crowd) == 1
    crowd.cache = TokenCache(str(crowd.folder), step=step)
    crowd.answer.release()
    crowd.join_in()
    assert crowd.outcomes()[0].startswith("minted") and asked(crowd) == 1


def test_after_another_failure_those_who_wait_ask_at_once(crowd: Crowd) -> None:
    crowd.join_in(fault=UnreachableError("Nobody there.", maybe_received=False))
    crowd.expect(crowd.asked)
    crowd.join_in(4)
    crowd.expect(crowd.waiting, 5)
    crowd.answer.release()
    # None of them has an answer yet: had they stood in line, the second would not have asked.
    crowd.expect(crowd.asked, 4)
    for _turn in range(4):
        crowd.answer.release()
    assert [outcome.split()[0] for outcome in crowd.outcomes()] == ["UnreachableError"] + ["minted"] * 4
    crowd.join_in()
    assert sum(outcome.startswith("cached") for outcome in crowd.outcomes()) == 1


def test_who_waited_for_a_lock_file_that_was_removed_waits_for_the_new_one(crowd: Crowd) -> None:
    [holder] = crowd.join_in()
    crowd.expect(crowd.asked)
    crowd.join_in()
    crowd.expect(crowd.waiting, 2)
    next(crowd.folder.glob("*.lock")).unlink()
    crowd.join_in()
    crowd.expect(crowd.waiting)
    crowd.expect(crowd.asked)
    os.kill(holder.pid, signal.SIGKILL)
    # Before it is dead, it could be the one that the answer wakes.
    holder.join(PATIENCE)
    crowd.expect(crowd.waiting)
    crowd.answer.release()
    assert [outcome.split()[0] for outcome in crowd.outcomes()] == ["cached", "minted"]


def test_a_child_forked_by_the_holder_does_not_keep_the_lock(crowd: Crowd) -> None:
    done, end = os.pipe()
    with crowd.cache._folder.locked("0" * 32):
        child = os.fork()
        if child == 0:
            os.close(end)
            os.read(done, 1)
            os._exit(0)
    try:
        path = crowd.folder / f"{'0' * 32}.lock"
        with path.open() as stream, contextlib.closing(stream):
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    finally:
        os.close(end)
        os.waitpid(child, 0)


def test_minting_sweeping_and_clearing_at_once_never_fail(crowd: Crowd) -> None:
    def new_grant() -> Token:
        return Token("opaque", "client", time.time() + 3600, 3600.0)

    def busy(number: int) -> None:
        for turn in range(30):
            if (number + turn) % 5 == 0:
                crowd.cache.clear()
            if (number + turn) % 3 == 0:
                crowd.cache._folder.sweep(time.time() + 30 * 86400)
            crowd.cache.get_or_mint(KEY, str(turn % 4), strong=True, min_ttl=300.0, mint=new_grant)

    crowd.processes = [forks.Process(target=busy, args=(number,)) for number in range(6)]
    for process in crowd.processes:
        process.start()
    crowd.outcomes()
    assert [process.exitcode for process in crowd.processes] == [0] * 6


def test_a_holder_that_is_stopped_is_not_waited_for(crowd: Crowd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "_NOTIFIES_AFTER", 0.2)
    warnings: list[str] = []
    told: list[str] = []
    [holder] = crowd.join_in()
    crowd.expect(crowd.asked)
    os.kill(holder.pid, signal.SIGSTOP)
    crowd.cache = TokenCache(str(crowd.folder), warnings.append, notify=told.append)
    grant, minted = crowd.cache.get_or_mint(KEY, "the credential", strong=True, min_ttl=300.0, mint=granted)
    assert minted
    assert len(warnings) == 1 and f"was locked by process {holder.pid} (" in warnings[0]
    again = crowd.cache.get_or_mint(KEY, "the credential", strong=True, min_ttl=300.0, mint=granted)
    assert again == (grant, False)
    # What a holder that was stopped writes in the end is whole, and its lock was nobody's any more.
    crowd.answer.release()
    os.kill(holder.pid, signal.SIGCONT)
    assert crowd.outcomes()[0].startswith("minted")


def test_a_holder_that_works_for_too_long_is_not_waited_for(crowd: Crowd) -> None:
    warnings: list[str] = []
    crowd.join_in()
    crowd.expect(crowd.asked)
    crowd.cache = TokenCache(str(crowd.folder), warnings.append, request_limit=lambda: -29.8)
    _grant, minted = crowd.cache.get_or_mint(KEY, "the credential", strong=True, min_ttl=300.0, mint=granted)
    assert minted and len(warnings) == 1


def granted() -> Token:
    return Token("ours", "client", time.time() + 3600, 3600.0)
