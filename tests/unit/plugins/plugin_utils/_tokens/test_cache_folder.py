# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cache's folder holds small files, counts its tokens, and sweeps what is past its time to the second."""

from __future__ import annotations

import os
import pathlib

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._errors import FileError
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.cache_folder import CacheFolder

ENTRY, OTHER = "0" * 32, "f" * 32
NOW = 1_800_000_000.0
DAY = 86400


@pytest.fixture
def folder(tmp_path: pathlib.Path) -> CacheFolder:
    """An empty folder."""
    (tmp_path / "cache").mkdir(mode=0o700)
    return CacheFolder(str(tmp_path / "cache"))


def put(folder: CacheFolder, name: str, before: float = 0.0) -> None:
    """Put a file there, of so many seconds before now."""
    path = pathlib.Path(folder.path) / name
    path.write_bytes(b"content")
    path.chmod(0o600)
    os.utime(path, (NOW - before, NOW - before))


def names(folder: CacheFolder) -> list[str]:
    return sorted(os.listdir(folder.path))


@pytest.mark.parametrize(("size", "is_read"), [(0, True), (65536, True), (65537, False)])
def test_what_is_larger_than_any_entry_is_not_read(folder: CacheFolder, size: int, is_read: bool) -> None:
    folder.write("large", b"x" * size)
    assert folder.read("large") == (b"x" * size if is_read else None)
    assert folder.read("missing") is None


def test_a_file_has_the_time_until_which_it_is_needed(folder: CacheFolder) -> None:
    folder.write("one", b"content", NOW)
    folder.write("none", b"content")
    assert os.stat(os.path.join(folder.path, "one")).st_mtime == NOW
    assert os.stat(os.path.join(folder.path, "none")).st_mtime != NOW


@pytest.mark.parametrize("moment", [float("inf"), float("nan"), 1e300])
def test_a_time_that_no_file_can_have_is_done_without(folder: CacheFolder, moment: float) -> None:
    folder.write("one", b"content", moment)
    assert folder.read("one") == b"content"


def test_a_disk_without_times_is_done_without(folder: CacheFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object) -> None:
        raise OSError

    monkeypatch.setattr(os, "utime", refuse)
    folder.write("one", b"content", NOW)
    assert folder.read("one") == b"content"


def test_a_file_that_cannot_be_written_is_named(folder: CacheFolder) -> None:
    with pytest.raises(FileError, match=f"{folder.path}/below"):
        folder.write("below/one", b"content")


@pytest.mark.parametrize("ending", ["token", "failure", "lock"])
def test_an_entry_is_kept_for_two_days(folder: CacheFolder, ending: str) -> None:
    put(folder, f"{ENTRY}.{ending}", 2 * DAY + 1)
    put(folder, f"{OTHER}.{ending}", 2 * DAY)
    folder.sweep(NOW)
    assert names(folder) == [f"{OTHER}.{ending}"]


def test_the_latest_file_of_an_entry_counts(folder: CacheFolder) -> None:
    for young in ("token", "failure", "lock"):
        for ending in ("token", "failure", "lock"):
            put(folder, f"{ENTRY}.{ending}", 0 if ending == young else 3 * DAY)
        folder.sweep(NOW)
        assert len(names(folder)) == 3


def test_a_writer_has_an_hour(folder: CacheFolder) -> None:
    put(folder, f".{ENTRY}.token.old.tmp", 3601)
    put(folder, f".{ENTRY}.failure.old.tmp", 3601)
    put(folder, f".{ENTRY}.token.young.tmp", 3600)
    put(folder, ".another.tmp", 3601)
    folder.sweep(NOW)
    assert names(folder) == [f".{ENTRY}.token.young.tmp", ".another.tmp"]


def test_a_link_is_as_old_as_itself(folder: CacheFolder, tmp_path: pathlib.Path) -> None:
    (tmp_path / "young").touch()
    for name, target in ((f"{ENTRY}.token", "young"), (f"{OTHER}.token", "nowhere")):
        link = pathlib.Path(folder.path) / name
        link.symlink_to(tmp_path / target)
        os.utime(link, (0, 0), follow_symlinks=False)
    folder.sweep(NOW)
    assert names(folder) == []
    assert (tmp_path / "young").exists()


def test_tokens_are_counted_and_nothing_else(folder: CacheFolder) -> None:
    assert CacheFolder(os.path.join(folder.path, "missing")).tokens() == 0
    assert (folder.tokens(), folder.clear()) == (0, 0)
    for name in (f"{ENTRY}.token", f"{ENTRY}.failure", f"{ENTRY}.lock", f"{OTHER}.token", f"{OTHER}.failure"):
        put(folder, name)
    put(folder, f".{OTHER}.token.abc.tmp")
    put(folder, "another")
    assert folder.tokens() == 2
    assert folder.clear() == 2
    assert names(folder) == ["another"]


def test_a_removed_file_was_there(folder: CacheFolder) -> None:
    put(folder, "one")
    assert folder.remove("one") is True
    assert folder.remove("one") is False


def test_the_tilde_is_the_home(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    folder = CacheFolder("~/made/cache")
    assert folder.path == str(tmp_path / "made" / "cache")
    with folder.locked(ENTRY):
        assert names(folder) == [f"{ENTRY}.lock"]
    assert folder.ahead == 0.0
