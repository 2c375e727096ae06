# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A key is derived once for all processes of a run, and a spoilt one is never taken."""

from __future__ import annotations

import mmap
import multiprocessing
import typing as t

import pytest
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens import cache_box
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.cache_box import CacheBox
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.derived_keys import DerivedKeys

_LENGTH = 48


class _Derivation:
    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> bytes:
        self.times += 1
        return bytes([self.times]) * _LENGTH


def _never() -> bytes:
    raise AssertionError


def _name_without_deriving(names: multiprocessing.SimpleQueue[str]) -> None:
    cache_box._derive.cache_clear()
    cache_box._slow = _never  # type: ignore[assignment]
    names.put(CacheBox("a password of a run", ("a", "b"), strong=False).name)


def test_a_forked_process_finds_what_another_derived() -> None:
    keys, fork = DerivedKeys(_LENGTH), multiprocessing.get_context("fork")

    def derive_there() -> None:
        keys.get_or_derive((b"password", b"context"), lambda: b"k" * _LENGTH)

    process = fork.Process(target=derive_there)
    process.start()
    process.join()
    assert keys.get_or_derive((b"password", b"context"), _never) == b"k" * _LENGTH


def test_a_box_is_named_in_a_fork_without_deriving_again() -> None:
    fork = multiprocessing.get_context("fork")
    name, names = CacheBox("a password of a run", ("a", "b"), strong=False).name, fork.SimpleQueue()
    process = fork.Process(target=_name_without_deriving, args=(names,))
    process.start()
    process.join()
    assert process.exitcode == 0 and names.get() == name


def test_each_password_and_context_has_its_own() -> None:
    keys, derive = DerivedKeys(_LENGTH), _Derivation()
    parts = [(b"ab", b"c"), (b"a", b"bc"), (b"abc",), (b"abc", b"")]
    assert len({keys.get_or_derive(each, derive) for each in parts}) == len(parts)


def test_some_passwords_of_a_run_have_place_at_once() -> None:
    keys, derive = DerivedKeys(_LENGTH), _Derivation()
    for _turn in range(2):
        for number in range(20):
            keys.get_or_derive((b"%d" % number,), derive)
    # Some share a place; by chance hardly ever as many as this.
    assert derive.times < 38


def test_more_than_there_is_place_for_are_derived_again() -> None:
    keys, derive = DerivedKeys(_LENGTH), _Derivation()
    for number in range(200):
        assert keys.get_or_derive((b"%d" % number,), derive) == bytes([derive.times]) * _LENGTH
    assert derive.times == 200


@pytest.mark.parametrize("at", [0, 31, 32, 79, 80, 111])
def test_a_byte_that_another_process_wrote_meanwhile_spoils_the_whole(at: int) -> None:
    keys, derive = DerivedKeys(_LENGTH), _Derivation()
    keys.get_or_derive((b"one",), derive)
    memory = t.cast(mmap.mmap, keys._memory)
    place = next(begin for begin in range(0, len(memory), keys._size) if any(memory[begin : begin + keys._size]))
    memory[place + at] ^= 1
    assert keys.get_or_derive((b"one",), derive) == b"\2" * _LENGTH
    assert keys.get_or_derive((b"one",), _never) == b"\2" * _LENGTH


@pytest.mark.parametrize("error", [OSError("no memory"), ValueError("not here")])
def test_without_memory_to_share_each_derives(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def refuse(*_args: object) -> t.NoReturn:
        raise error

    monkeypatch.setattr(mmap, "mmap", refuse)
    keys, derive = DerivedKeys(_LENGTH), _Derivation()
    assert keys.get_or_derive((b"one",), derive) == b"\1" * _LENGTH
    assert keys.get_or_derive((b"one",), derive) == b"\2" * _LENGTH
