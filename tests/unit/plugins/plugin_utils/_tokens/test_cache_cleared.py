# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is forgotten, cleared or long past its end goes, and nothing else."""

from __future__ import annotations

from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._tokens.cache_world import CREDENTIAL, KEY, Use, age


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


def test_check_mode_says_how_many_would_be_cleared_and_leaves_them(use: Use) -> None:
    token, _minted = use.get()
    assert use.cache.clear(check_mode=True) == 1
    assert use.get() == (token, False)


def test_there_may_be_nothing_to_forget_or_clear(use: Use) -> None:
    use.cache.forget(KEY, CREDENTIAL, strong=True)
    assert use.cache.clear() == 0
    assert not use.folder.exists()


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
