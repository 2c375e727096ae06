# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which imports go through Python's cache of bytecode, and for how long."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import sys

import pytest
from ansible_collections.bloq.cloud.plugins.plugin_utils._bytecode import cached_bytecode

_PLUGINS = "ansible_collections.bloq.cloud.plugins"


def _loader(monkeypatch: pytest.MonkeyPatch, name: str) -> object:
    monkeypatch.delitem(sys.modules, name, raising=False)
    spec = importlib.util.find_spec(name)
    assert spec is not None
    return spec.loader


@pytest.mark.parametrize("name", [f"{_PLUGINS}.module_utils._times", f"{_PLUGINS}.plugin_utils._tokens.freshness"])
def test_our_own_modules_get_the_loader_that_keeps_bytecode(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    with cached_bytecode():
        loader = _loader(monkeypatch, name)
    assert isinstance(loader, importlib.machinery.SourceFileLoader)
    assert loader.get_filename(name).endswith(".py")


def test_others_and_what_is_not_there_are_left_to_others(monkeypatch: pytest.MonkeyPatch) -> None:
    with cached_bytecode():
        finder = sys.meta_path[0]
        assert finder.find_spec("json", None) is None
        assert finder.find_spec(f"{_PLUGINS}.plugin_utils", [__file__]) is None
        assert finder.find_spec(f"{_PLUGINS}.plugin_utils._no_such_module", [__file__]) is None


def test_nothing_is_left_behind_after_a_failure() -> None:
    before = list(sys.meta_path)
    with pytest.raises(ImportError), cached_bytecode():
        raise ImportError
    assert sys.meta_path == before
