# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where nothing can be kept, tokens are asked for without a cache, and a warning says so."""

from __future__ import annotations

import errno
import fcntl
import os
import pathlib

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._errors import FileError
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._tokens.cache_world import (
    WORD,
    Use,
    fail_in,
    fail_to_sync_folders,
)


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
    fail_to_sync_folders(monkeypatch)
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
