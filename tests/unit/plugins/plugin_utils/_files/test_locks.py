# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One holder at a time; whoever waits is told for whom, and not for ever."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import multiprocessing
import os
import pathlib
import signal
import stat
import time
import typing as t

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._errors import FileError, InputError
from ansible_collections.bloq.cloud.plugins.plugin_utils._files import locks
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._files.real_files import as_user
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils.own_time import OwnTime

forks = multiprocessing.get_context("fork")


def hold(path: pathlib.Path, timeout: float = 0.0, notify: locks.Notify = lambda text: None) -> t.Any:
    return locks.locked(str(path), "vault_file", timeout=timeout, notify=notify)


@contextlib.contextmanager
def stopped_holder(path: pathlib.Path) -> t.Iterator[int]:
    """A process that holds the lock, and is stopped."""

    def work(ready: t.Any) -> None:
        with hold(path, 10):
            ready.set()
            time.sleep(60)

    ready = forks.Event()
    holder = forks.Process(target=work, args=(ready,))
    holder.start()
    assert ready.wait(10) and holder.pid
    os.kill(holder.pid, signal.SIGSTOP)
    os.waitpid(holder.pid, os.WUNTRACED)
    try:
        yield holder.pid
    finally:
        os.kill(holder.pid, signal.SIGKILL)
        holder.join()


@pytest.fixture
def path(common_path: pathlib.Path) -> pathlib.Path:
    return common_path / "keys.yml"


def test_the_lock_is_a_file_beside_it_that_does_not_stay(path: pathlib.Path) -> None:
    with hold(path):
        assert os.listdir(path.parent) == [".keys.yml.bloq-lock"]
        assert stat.S_IMODE((path.parent / ".keys.yml.bloq-lock").stat().st_mode) == 0o600
    assert os.listdir(path.parent) == []


def test_files_in_one_folder_and_the_folder_itself_have_nothing_to_do_with_each_other(path: pathlib.Path) -> None:
    folder = os.open(path.parent, os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)
    with hold(path), hold(path.parent / "other.yml"):
        pass
    os.close(folder)


def test_a_link_has_the_lock_of_what_it_leads_to(path: pathlib.Path, tmp_path: pathlib.Path) -> None:
    link = tmp_path / "elsewhere" / "link.yml"
    link.parent.mkdir()
    link.symlink_to(path)
    with hold(path), pytest.raises(FileError, match="is locked by process"), hold(link):
        pass


def test_a_stopped_holder_is_named_and_given_up(path: pathlib.Path, own_time: OwnTime) -> None:
    told: list[str] = []
    with stopped_holder(path) as pid:
        with pytest.raises(FileError) as failure, hold(path, 10, told.append):
            pass
        assert own_time.passed == pytest.approx(10)
        assert locks.holder_of(locks.lock_of(str(path))) == f"process {pid} ({own_name()}, stopped)"
    assert told == [f"Waiting up to 10 s for {path}, which is locked by process {pid} ({own_name()}, stopped)."]
    assert f"locked by process {pid} ({own_name()}, stopped), for longer than lock_timeout, 10 s" in str(failure.value)


def test_who_does_not_wait_for_a_stopped_holder_learns_which_and_of_which_file(
    path: pathlib.Path, own_time: OwnTime
) -> None:
    told: list[str] = []
    lock = locks.lock_of(str(path))
    with stopped_holder(path) as pid:
        with pytest.raises(locks.HeldError) as held:
            locks.acquire(
                lambda: os.open(lock, os.O_RDWR),
                lock,
                what="it",
                timeout=60,
                notify=told.append,
                waits_for_stopped=False,
            )
        assert 5 <= own_time.passed < 10
        assert held.value.holder == f"process {pid} ({own_name()}, stopped)"
        assert os.path.samestat(held.value.file, os.stat(lock))
    assert told == []


def own_name() -> str:
    return pathlib.Path("/proc/self/comm").read_text().strip()


def test_what_a_killed_holder_left_is_no_obstacle(path: pathlib.Path) -> None:
    with stopped_holder(path):
        pass
    assert os.listdir(path.parent) == [".keys.yml.bloq-lock"]
    with hold(path):
        pass
    assert os.listdir(path.parent) == []


def test_many_at_once_are_one_at_a_time(path: pathlib.Path) -> None:
    def work(_number: int) -> None:
        for _turn in range(20):
            with hold(path, 30):
                inside = os.open(path.parent / "inside", os.O_CREAT | os.O_EXCL)
                time.sleep(0.001)
                os.close(inside)
                os.unlink(path.parent / "inside")

    workers = [forks.Process(target=work, args=(number,)) for number in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0] * 8
    assert os.listdir(path.parent) == []


def test_a_lock_put_in_place_of_ours_is_not_removed(path: pathlib.Path) -> None:
    lock = path.parent / ".keys.yml.bloq-lock"
    with hold(path):
        lock.unlink()
        lock.touch()
    assert lock.exists()


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EBADF, errno.EOPNOTSUPP])
def test_a_disk_without_locks_is_told(path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    def fail(*_arguments: object) -> None:
        raise OSError(number, os.strerror(number))

    before = len(os.listdir("/dev/fd"))
    monkeypatch.setattr(fcntl, "flock", fail)
    with pytest.raises(FileError, match=r"Cannot lock .*Keep the file on a disk that has locks"), hold(path):
        pass
    assert len(os.listdir("/dev/fd")) == before


def test_bad_input_is_told(path: pathlib.Path) -> None:
    with pytest.raises(InputError, match="lock_timeout must be"), hold(path, -1):
        pass
    with pytest.raises(FileError, match=r"The folder .* for vault_file does not exist"), hold(path / "x"):
        pass
    (path.parent / ".keys.yml.bloq-lock").symlink_to("elsewhere")
    with pytest.raises(FileError, match="Cannot lock"), hold(path):
        pass


def test_a_folder_that_takes_no_file_needs_no_lock(path: pathlib.Path) -> None:
    def work() -> None:
        with hold(path):
            raise InputError("the block was run")

    path.parent.chmod(0o555)
    assert as_user(4321, work) == "InputError: the block was run"
    assert os.listdir(path.parent) == []


@pytest.mark.parametrize(("mode", "opens"), [(0o777, True), (0o755, False)])
def test_who_shares_the_folder_shares_the_lock(path: pathlib.Path, mode: int, opens: bool) -> None:
    path.parent.chmod(mode)
    with hold(path):
        problem = as_user(4321, lambda: hold(path).__enter__())
    assert ("is locked by process" in problem) is opens
    assert ("Permission denied" in problem) is not opens


def test_a_lock_of_root_s_belongs_to_the_folder_s_owner(path: pathlib.Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    os.chown(path.parent, 4321, 4321)
    with hold(path):
        status = (path.parent / ".keys.yml.bloq-lock").stat()
    assert (status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode)) == (4321, 4321, 0o600)


def test_a_lock_belongs_to_the_group_that_shares_the_folder(path: pathlib.Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder away")

    def work() -> None:
        with hold(path):
            raise InputError(str((path.parent / ".keys.yml.bloq-lock").stat().st_gid))

    os.chown(path.parent, -1, 5678)
    path.parent.chmod(0o770)
    assert as_user(4321, work, groups=[5678]) == "InputError: 5678"


def test_a_lock_that_is_removed_between_its_opening_and_its_locking_is_not_taken(path: pathlib.Path) -> None:
    removed: list[str] = []

    def opened() -> int:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT)
        if not removed:
            removed.append(str(path))
            path.unlink()
        return descriptor

    descriptor = locks.acquire(opened, str(path), what="it", timeout=0.0, notify=removed.append)
    with locks.released(descriptor):
        assert os.path.samestat(os.fstat(descriptor), path.stat())


@pytest.mark.parametrize(
    ("folder", "lock"), [(0o700, 0o600), (0o755, 0o600), (0o775, 0o660), (0o777, 0o666), (0o757, 0o606)]
)
def test_a_lock_is_open_to_those_who_may_replace_the_file(path: pathlib.Path, folder: int, lock: int) -> None:
    path.parent.chmod(folder)
    with hold(path):
        assert stat.S_IMODE((path.parent / ".keys.yml.bloq-lock").stat().st_mode) == lock


def test_a_holder_that_has_ended_has_no_name(path: pathlib.Path) -> None:
    """What it forked holds its lock on, and in a container nothing tells whose it was."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.close(write)
        fcntl.flock(os.open(path, os.O_RDWR | os.O_CREAT), fcntl.LOCK_EX)
        if not os.fork():
            os.read(read, 1)
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(read)
    try:
        assert locks.holder_of(str(path)) in (f"process {child}", "another process")
    finally:
        os.close(write)


def test_nobody_holds_a_lock_that_is_free_or_not_there(path: pathlib.Path) -> None:
    before = len(os.listdir("/dev/fd"))
    lock = path.parent / ".keys.yml.bloq-lock"
    assert locks.lock_of(str(path)) == str(lock)
    assert locks.holder_of(str(lock)) is None
    lock.touch()
    assert locks.holder_of(str(lock)) is None
    with hold(path):
        assert locks.holder_of(str(lock)) == f"process {os.getpid()} ({own_name()})"
    lock.symlink_to(path.parent / "elsewhere")
    assert locks.holder_of(str(lock)) is None
    assert len(os.listdir("/dev/fd")) == before


def test_no_time_at_all_is_a_time_to_wait(path: pathlib.Path) -> None:
    with hold(path, 0):
        began = time.monotonic()
        with pytest.raises(FileError, match="for longer than lock_timeout, 0 s"), hold(path, 0):
            pass
        assert time.monotonic() - began < 5
