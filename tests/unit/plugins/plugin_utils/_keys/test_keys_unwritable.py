# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A vault file that cannot be replaced is known before anything is asked that changes a key, in check mode too."""

from __future__ import annotations

import contextlib
import errno
import os
import pathlib
import typing as t

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._errors import FileError
from ansible_collections.bloq.cloud.plugins.plugin_utils._keys.plan import Wanted
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._keys import key_world, test_refresh_token
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._vault.unwritable import either_mode, unwritable


@pytest.fixture
def keys(tmp_path: pathlib.Path) -> key_world.Controller:
    return key_world.Controller(tmp_path, key_world.Service())


@either_mode
@pytest.mark.parametrize(
    ("is_there", "wanted"),
    [(False, Wanted()), (True, Wanted(present=False)), (True, Wanted(rotate="always"))],
    ids=["create", "remove", "rotate"],
)
def test_what_must_change_asks_nothing(
    keys: key_world.Controller, is_there: bool, wanted: Wanted, check_mode: bool
) -> None:
    if is_there:
        keys.run()
    before, asked = dict(keys.service.keys), keys.service.lists
    with unwritable(), pytest.raises(FileError, match="Cannot replace"):
        keys.run(wanted, check_mode=check_mode)
    assert (keys.service.keys, keys.service.lists) == (before, asked)
    assert keys.left_behind == []


@either_mode
def test_what_turns_out_to_change_changes_nothing(keys: key_world.Controller, check_mode: bool) -> None:
    keys.run()
    before = dict(keys.service.keys)
    with unwritable(), pytest.raises(FileError, match="Cannot replace"):
        keys.run(Wanted(rotate="when_older_than", max_age=0.0), check_mode=check_mode)
    assert keys.service.keys == before
    keys.service.keys.clear()
    with unwritable(), pytest.raises(FileError, match="Cannot replace"):
        keys.run(check_mode=check_mode)
    assert keys.service.keys == {}


def test_what_changes_nothing_needs_no_writable_file(keys: key_world.Controller) -> None:
    keys.run()
    with unwritable():
        assert not keys.run().changed
        assert not keys.run(Wanted(present=False), name="other").changed


@either_mode
def test_a_refresh_token_that_cannot_be_registered_is_told(tmp_path: pathlib.Path, check_mode: bool) -> None:
    folder = test_refresh_token.Folder(tmp_path)
    offered = test_refresh_token.refresh_token("offered")
    with pytest.raises(FileError, match=r"Cannot (replace|write)"), unwritable() if check_mode else failing_rename():
        folder.register(offered, check_mode=check_mode)
    folder.register(offered)
    # Nor is it asked of the file while the one that it has is good.
    with unwritable():
        assert not folder.register(offered, check_mode=check_mode).changed


@contextlib.contextmanager
def failing_rename() -> t.Iterator[None]:
    def fail(_old: str, _new: str) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    with pytest.MonkeyPatch.context() as fault:
        fault.setattr(os, "replace", fail)
        yield
