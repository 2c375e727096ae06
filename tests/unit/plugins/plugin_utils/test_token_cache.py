# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is cached is used until it is due; what cannot be used is replaced; what is unsafe is refused."""

from __future__ import annotations

import errno
import fcntl
import os
import pathlib
import stat
import subprocess
import sys
import tempfile
import time
import types
import typing as t

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._errors import (
    FileError,
    InputError,
    RefusedError,
    UnreachableError,
)
from ansible_collections.bloq.cloud.plugins.module_utils._tokens import Grant
from ansible_collections.bloq.cloud.plugins.plugin_utils import _token_cache
from ansible_collections.bloq.cloud.plugins.plugin_utils._cache_box import CacheBox
from ansible_collections.bloq.cloud.plugins.plugin_utils._token_cache import CacheKey, TokenCache
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

KEY = CacheKey("https://accounts.bloq.cloud", "ci", "client_credentials")
CREDENTIAL = "the credential"
WORD = "the-token"


class Service:
    """Grants tokens that are told apart by their number."""

    def __init__(self, lifetime: float = 3600.0, skew: float = 0.0) -> None:
        self.minted = 0
        self.lifetime = lifetime
        self.skew = skew
        self.fault: Exception | None = None

    def mint(self) -> Grant:
        self.minted += 1
        if self.fault is not None:
            raise self.fault
        end = time.time() + self.skew + self.lifetime
        return Grant(f"{WORD}-{self.minted}", "client", end, self.lifetime, self.skew, "the-refresh-token")


class Use:
    """A cache in a folder, with a service behind it and the warnings that were given."""

    def __init__(self, folder: pathlib.Path, service: Service | None = None) -> None:
        self.folder = folder
        self.service = service or Service()
        self.warnings: list[str] = []
        self.cache = TokenCache(str(folder), self.warnings.append)

    def get(self, **changes: t.Any) -> tuple[Grant, bool]:
        wanted: dict[str, t.Any] = {"key": KEY, "credential": CREDENTIAL, "strong": True, "min_ttl": 300.0}
        return self.cache.get_or_mint(**{**wanted, "mint": self.service.mint, **changes})

    def entry(self, ending: str = "token") -> pathlib.Path:
        return next(self.folder.glob(f"*.{ending}"))


@pytest.fixture
def use(tmp_path: pathlib.Path) -> Use:
    return Use(tmp_path / "made" / "cache")


def sleep(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + seconds)


def age(path: pathlib.Path, seconds: float) -> None:
    moment = path.stat().st_mtime - seconds
    os.utime(path, (moment, moment))


def fail_in(monkeypatch: pytest.MonkeyPatch, module: types.ModuleType, function: str, number: int) -> None:
    def fail(*_args: t.Any, **_kwargs: t.Any) -> t.NoReturn:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(module, function, fail)


# What is kept


def test_the_second_use_asks_nobody(use: Use) -> None:
    first, minted = use.get()
    assert minted
    assert use.get() == (first, False)
    assert use.service.minted == 1 and use.warnings == []


def test_a_hit_needs_no_lock(use: Use, monkeypatch: pytest.MonkeyPatch) -> None:
    first, _minted = use.get()
    fail_in(monkeypatch, fcntl, "flock", errno.ENOLCK)
    assert use.get() == (first, False)
    assert use.warnings == []


def test_another_run_and_a_password_find_their_token(use: Use) -> None:
    first, _minted = use.get(strong=False)
    assert Use(use.folder, use.service).get(strong=False) == (first, False)


@pytest.mark.parametrize(
    "change",
    [
        {"credential": "rotated"},
        {"key": CacheKey("https://other.example", "ci", "client_credentials")},
        {"key": CacheKey("https://accounts.bloq.cloud", "cd", "client_credentials")},
        {"key": CacheKey("https://accounts.bloq.cloud", "ci", "refresh_token")},
    ],
)
def test_whatever_else_is_asked_for_has_its_own_entry(use: Use, change: dict[str, t.Any]) -> None:
    mine, _minted = use.get()
    assert use.get(**change)[1]
    assert use.get() == (mine, False)


def test_files_are_private_and_tell_nothing(use: Use) -> None:
    use.get()
    assert stat.S_IMODE(use.folder.stat().st_mode) == 0o700
    files = list(use.folder.iterdir())
    assert sorted(file.suffix for file in files) == [".lock", ".token"]
    for file in files:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        found = file.read_bytes() + file.name.encode()
        for secret in (CREDENTIAL, WORD, "the-refresh-token", "accounts", KEY.identity + "."):
            assert secret.encode() not in found


def test_nothing_of_a_grant_is_represented(use: Use) -> None:
    grant, _minted = use.get()
    assert WORD not in repr((grant, use.cache)) and "the-refresh-token" not in repr(grant)
    assert CREDENTIAL not in repr(use.cache)


# When it is replaced


def test_a_token_is_replaced_before_min_ttl(use: Use, monkeypatch: pytest.MonkeyPatch) -> None:
    use.get()
    sleep(monkeypatch, 3200)
    assert not use.get()[1]
    sleep(monkeypatch, 3301)
    assert use.get()[1]


def test_a_token_shorter_than_min_ttl_serves_for_half_of_its_life(use: Use, monkeypatch: pytest.MonkeyPatch) -> None:
    use.service.lifetime = 60
    use.get()
    sleep(monkeypatch, 29)
    assert not use.get()[1]
    sleep(monkeypatch, 31)
    assert use.get()[1]


@pytest.mark.parametrize("skew", [-7200, 7200])
def test_a_clock_that_is_off_changes_nothing(use: Use, monkeypatch: pytest.MonkeyPatch, skew: float) -> None:
    use.service.skew = skew
    use.get()
    assert not use.get()[1]
    sleep(monkeypatch, 3301)
    assert use.get()[1]


@pytest.mark.parametrize("step", [-3600, -30, 86400])
def test_after_a_clock_s_jump_a_token_is_minted(use: Use, monkeypatch: pytest.MonkeyPatch, step: float) -> None:
    use.get()
    sleep(monkeypatch, step)
    assert use.get()[1]
    assert not use.get()[1]


def test_force_mints_and_the_new_token_is_kept(use: Use) -> None:
    use.get()
    forced, minted = use.get(force=True)
    assert minted and use.service.minted == 2
    assert use.get() == (forced, False)


def test_forget_and_clear(use: Use) -> None:
    use.get()
    use.cache.forget(KEY, CREDENTIAL, strong=True)
    assert use.get()[1]
    use.get(credential="other")
    (use.folder / "a user's own file").touch()
    (use.folder / f".{use.entry().name}.abc.tmp").touch()
    assert use.cache.clear() == 2
    assert [file.name for file in use.folder.iterdir()] == ["a user's own file"]
    assert use.cache.clear() == 0
    assert use.get()[1]


def test_there_may_be_nothing_to_forget_or_clear(use: Use) -> None:
    use.cache.forget(KEY, CREDENTIAL, strong=True)
    assert use.cache.clear() == 0
    assert not use.folder.exists()


# Failures of the service


@pytest.mark.parametrize(
    "fault",
    [
        RefusedError("Wrong.", status=401, code="nope"),
        UnreachableError("Nobody there.", maybe_received=False),
        KeyError("a bug"),
    ],
)
def test_a_failure_is_told_and_the_next_call_asks_again(use: Use, fault: Exception) -> None:
    use.service.fault = fault
    for count in (1, 2):
        with pytest.raises(type(fault)) as caught:
            use.get()
        assert caught.value is fault and use.service.minted == count
    use.service.fault = None
    assert use.get()[1]
    assert not list(use.folder.glob("*.failure"))


@pytest.mark.parametrize(("later", "minted"), [(1, 1), (31, 2), (-60, 2)])
def test_a_refusal_counts_for_a_step_a_few_seconds_and_once_in_each_process(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, later: float, minted: int
) -> None:
    service = Service()
    service.fault = RefusedError("The password is wrong.", status=401)
    use = Use(tmp_path / "cache", service)
    use.cache = TokenCache(str(use.folder), step="a task")
    with pytest.raises(RefusedError):
        use.get()
    monkeypatch.setattr(_token_cache, "_known_refusals", set())  # as in another process
    sleep(monkeypatch, later)
    with pytest.raises(RefusedError):
        use.get()
    assert service.minted == minted
    service.fault = None
    assert use.get()[1], "a second try in the same process asks, for the refusal may be over"


def test_a_failure_leaves_the_token_that_is_there(use: Use) -> None:
    first, _minted = use.get()
    use.service.fault = RefusedError("Wrong.", status=403)
    with pytest.raises(RefusedError):
        use.get(force=True)
    assert use.get() == (first, False)
    assert b"Wrong" not in use.entry("failure").read_bytes()


def test_a_failure_is_told_where_nothing_can_be_written(use: Use, monkeypatch: pytest.MonkeyPatch) -> None:
    use.service.fault = RefusedError("Wrong.", status=401)
    fail_in(monkeypatch, os, "fsync", errno.ENOSPC)
    with pytest.raises(RefusedError):
        use.get()


# What cannot be used is replaced


def spoilt(use: Use, data: bytes) -> None:
    use.entry().write_bytes(data)
    assert use.get()[1]
    assert not use.get()[1]


@given(data=st.binary(max_size=300))
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_random_bytes_are_replaced(use: Use, data: bytes) -> None:
    use.get()
    spoilt(use, data)


@given(where=st.integers(0, 4095), change=st.integers(0, 255))
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_flipped_or_missing_byte_is_noticed(use: Use, where: int, change: int) -> None:
    use.get()
    sealed = bytearray(use.entry().read_bytes())
    at = where % len(sealed)
    sealed[at] ^= change
    spoilt(use, bytes(sealed) if change else bytes(sealed[:at]))


def test_another_entry_in_its_place_is_replaced(use: Use) -> None:
    use.get(credential="other")
    foreign = use.entry().read_bytes()
    use.cache.clear()
    use.get()
    spoilt(use, foreign)


@pytest.mark.parametrize("content", [{}, {"grant": {}, "minted_at": 0}, {"grant": {"kind": "client", "new": 1}}])
def test_another_version_s_entry_is_replaced(use: Use, content: dict[str, t.Any]) -> None:
    use.get()
    box = CacheBox(CREDENTIAL, ("https://accounts.bloq.cloud", "ci", "client_credentials"), strong=True)
    assert use.entry().stem == box.name
    spoilt(use, box.seal(content, "token"))


def test_a_huge_file_is_not_read(use: Use, monkeypatch: pytest.MonkeyPatch) -> None:
    use.get()
    with use.entry().open("ab") as stream:
        stream.truncate(1 << 40)
    fail_in(monkeypatch, os, "read", errno.EIO)
    assert use.get()[1]


def test_a_symbolic_link_is_replaced_and_not_followed(use: Use, tmp_path: pathlib.Path) -> None:
    use.get()
    elsewhere = tmp_path / "elsewhere"
    use.entry().rename(elsewhere)
    before = elsewhere.read_bytes()
    (use.folder / use.entry("lock").with_suffix(".token").name).symlink_to(elsewhere)
    assert use.get()[1]
    assert not use.entry().is_symlink() and elsewhere.read_bytes() == before
    assert not use.get()[1]


def test_a_fifo_is_replaced_and_not_waited_for(use: Use) -> None:
    use.get()
    path = use.entry()
    path.unlink()
    os.mkfifo(path, 0o600)
    assert use.get()[1]
    assert not use.get()[1]


@pytest.mark.parametrize("ending", ["token", "lock"])
def test_a_folder_in_a_file_s_place_is_survived(use: Use, ending: str) -> None:
    use.get()
    path = use.entry(ending)
    use.cache.clear()
    path.mkdir(mode=0o700)
    assert use.get()[1] and use.get()[1]
    assert len(use.warnings) == 2 and len(set(use.warnings)) == 1


# What is unsafe is refused


@pytest.mark.parametrize("mode", [0o755, 0o710, 0o701, 0o770])
def test_an_open_folder_is_refused(use: Use, mode: int) -> None:
    use.folder.mkdir(parents=True)
    use.folder.chmod(mode)
    with pytest.raises(InputError, match=f"open to other users. Run: chmod 700 {use.folder} .*cache: false"):
        use.get()
    with pytest.raises(InputError):
        use.cache.clear()
    assert use.service.minted == 0


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_an_open_entry_is_refused(use: Use, mode: int) -> None:
    use.get()
    use.entry().chmod(mode)
    with pytest.raises(InputError, match=f"open to other users. Run: chmod 600 {use.entry()} "):
        use.get()
    assert use.service.minted == 1


def test_another_user_s_folder_and_entry_are_refused(use: Use, monkeypatch: pytest.MonkeyPatch) -> None:
    use.get()
    with monkeypatch.context() as other:
        other.setattr(os, "geteuid", lambda: os.getuid() + 1)
        with pytest.raises(InputError, match=f"{use.folder} belongs to another user"):
            use.get()
    others = os.stat_result([0o100600, 0, 0, 1, os.getuid() + 1, 0, 0, 0, 0, 0])
    with monkeypatch.context() as other:
        other.setattr(os, "fstat", lambda _descriptor: others)
        with pytest.raises(InputError, match=f"{use.entry()} belongs to another user"):
            use.get()
    assert use.service.minted == 1


def test_another_user_s_entry_that_cannot_be_opened_is_refused(use: Use, monkeypatch: pytest.MonkeyPatch) -> None:
    use.get()
    path, open_file, stat_file = use.entry(), os.open, os.lstat

    def refuse(name: str, *args: t.Any, **kwargs: t.Any) -> int:
        if name == str(path):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return open_file(name, *args, **kwargs)

    def of_another(name: str) -> os.stat_result:
        found = stat_file(name)
        return os.stat_result([*found[:4], found.st_uid + (name == str(path)), *found[5:10]])

    monkeypatch.setattr(os, "open", refuse)
    assert use.get()[1]
    monkeypatch.setattr(os, "lstat", of_another)
    with pytest.raises(InputError, match=f"{path} belongs to another user"):
        use.get()


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_linked_folder_is_refused(use: Use, tmp_path: pathlib.Path, slash: str) -> None:
    use.get()
    link = tmp_path / "link"
    link.symlink_to(use.folder)
    with pytest.raises(InputError, match="is a symbolic link"):
        TokenCache(f"{link}{slash}").get_or_mint(KEY, CREDENTIAL, strong=True, min_ttl=300, mint=use.service.mint)


def test_a_file_in_the_folder_s_place_is_refused(use: Use) -> None:
    use.folder.parent.mkdir()
    use.folder.touch(0o600)
    with pytest.raises(InputError, match="is no folder"):
        use.get()


# What cannot be written is done without


def works_without(use: Use) -> None:
    for count in (1, 2):
        assert use.get()[1]
        assert use.service.minted == count and len(use.warnings) == count
    assert len(set(use.warnings)) == 1
    assert str(use.folder) in use.warnings[0] and WORD not in use.warnings[0]


def test_a_folder_that_cannot_be_made_is_done_without(tmp_path: pathlib.Path) -> None:
    (tmp_path / "file").touch()
    works_without(Use(tmp_path / "file" / "cache"))


def test_a_missing_home_is_done_without(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    use = Use(pathlib.Path("~/.cache/bloq"))
    works_without(use)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("function", ["makedirs", "fsync", "replace"])
@pytest.mark.parametrize("number", [errno.EROFS, errno.ENOSPC])
def test_a_full_or_read_only_disk_is_done_without(
    use: Use, monkeypatch: pytest.MonkeyPatch, function: str, number: int
) -> None:
    with monkeypatch.context() as fault:
        fail_in(fault, os, function, number)
        works_without(use)
    if use.folder.exists():
        assert [file.suffix for file in use.folder.iterdir()] in ([".lock"], [".lock", ".token"], [".token", ".lock"])


def test_a_folder_that_cannot_be_synced_is_done_without(use: Use, monkeypatch: pytest.MonkeyPatch) -> None:
    sync = os.fsync

    def files_only(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", files_only)
    assert use.get()[1]
    assert len(use.warnings) == 1


def test_locks_that_do_not_work_are_done_without(use: Use, monkeypatch: pytest.MonkeyPatch) -> None:
    fail_in(monkeypatch, fcntl, "flock", errno.ENOLCK)
    before = len(os.listdir("/dev/fd"))
    works_without(use)
    assert len(os.listdir("/dev/fd")) == before


def test_a_file_error_of_the_mint_is_not_the_cache_s(use: Use) -> None:
    use.service.fault = FileError("The CA file is missing.")
    with pytest.raises(FileError, match="CA file"):
        use.get()
    assert use.service.minted == 1 and use.warnings == []


# What nobody needs is swept


def test_entries_long_past_their_end_are_swept_when_a_token_is_minted(use: Use) -> None:
    use.get()
    old, lock = use.entry(), use.entry("lock")
    age(old, 3600 + 3 * 86400)
    age(lock, 3 * 86400)
    left_over = use.folder / f".{old.name}.abc.tmp"
    left_over.touch()
    age(left_over, 7200)
    being_written = use.folder / f".{old.name}.def.tmp"
    being_written.touch()
    foreign = use.folder / "notes.token"
    foreign.touch()
    age(foreign, 30 * 86400)
    use.get(credential="other")
    assert not old.exists() and not lock.exists() and not left_over.exists()
    assert foreign.exists() and being_written.exists()
    assert not use.get(credential="other")[1]


def test_a_token_that_lives_long_is_not_swept(use: Use) -> None:
    use.service.lifetime = 30 * 86400.0
    use.get()
    for file in use.folder.iterdir():
        age(file, 10 * 86400)
    use.get(credential="other")
    assert not use.get()[1]


def test_an_entry_whose_lock_is_held_is_not_swept(use: Use) -> None:
    use.get()
    old, lock = use.entry(), use.entry("lock")
    for file in (old, lock):
        age(file, 30 * 86400)
    with use.cache._folder.locked(old.stem):
        use.get(credential="other")
        assert old.exists() and lock.exists()
        assert use.cache.clear() == 2
        assert lock.exists()


# What a hit costs


def test_a_hit_imports_no_http_and_no_jwt_library() -> None:
    program = """
import sys, time
from ansible_collections.bloq.cloud.plugins.module_utils._tokens import Grant
from ansible_collections.bloq.cloud.plugins.plugin_utils._token_cache import CacheKey, TokenCache
cache = TokenCache(sys.argv[1])
now = time.time()
grants = [Grant("opaque", "client", now + 3600, 3600.0)]
for strong in (True, False):
    for minted in (True, False):
        found = cache.get_or_mint(CacheKey("u", "i", "g"), "c", strong=strong, min_ttl=300.0, mint=lambda: grants[0])
        assert found == (grants[0], minted), found
heavy = {"requests", "urllib3", "jwt", "http", "ssl", "yaml", "ansible"} & {name.split(".")[0] for name in sys.modules}
assert not heavy, heavy
"""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        command = [sys.executable, "-c", program, os.path.join(folder, "cache")]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
