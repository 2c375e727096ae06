# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An entry that cannot be used is replaced, whatever stands in its place."""

from __future__ import annotations

import errno
import os
import pathlib
import typing as t

import pytest
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.cache_box import CacheBox
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._tokens.cache_world import CREDENTIAL, Use, fail_in
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


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
