# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What makes the lookup quick to load does it, and nothing but time hangs on it."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import sys
from pathlib import Path

import pytest
from ansible_collections.bloq.cloud.plugins.plugin_utils._loading import cached_bytecode
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._tokens.alone import run_alone
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._tokens.cache_world import CREDENTIAL, KEY, Use

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


@pytest.mark.parametrize("turned_off", ["", "cached_bytecode", "without_documentation"])
def test_the_lookup_does_without(use: Use, turned_off: str) -> None:
    use.get()
    program = """
import contextlib, sys
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import init_plugin_loader, lookup_loader
from ansible.template import Templar
root, folder, turned_off, url, client_id, secret = sys.argv[1:]
init_plugin_loader([root])
from ansible_collections.bloq.cloud.plugins.plugin_utils import _loading
if turned_off == "cached_bytecode":
    _loading.cached_bytecode = contextlib.nullcontext
elif turned_off:
    _loading.without_documentation = lambda plugin: None
keys = {"bloq_client_keys": {"ci": {"accounts_url": url, "client_id": client_id, "client_secret": secret}}}
loader = DataLoader()
lookup = lookup_loader.get("bloq.cloud.bloq_token", loader=loader, templar=Templar(loader=loader, variables=keys))
assert lookup.run(["ci"], variables=keys, cache_path=folder) == ["the-token-1"]
"""
    root = str(Path(__file__).parents[7])
    run_alone(program, root, str(use.folder), turned_off, KEY.accounts_url, KEY.identity, CREDENTIAL)


def test_a_hit_loads_nothing_that_only_a_miss_needs(use: Use) -> None:
    use.get()
    program = """
import sys
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import init_plugin_loader, lookup_loader
from ansible.template import Templar
root, folder, url, client_id, secret = sys.argv[1:]
init_plugin_loader([root])
keys = {"bloq_client_keys": {"ci": {"accounts_url": url, "client_id": client_id, "client_secret": secret}}}
loader = DataLoader()
lookup = lookup_loader.get("bloq.cloud.bloq_token", loader=loader, templar=Templar(loader=loader, variables=keys))
assert lookup.run(["ci"], variables=keys, cache_path=folder) == ["the-token-1"]
ours = {name.split(".plugins.")[-1] for name in sys.modules if ".bloq.cloud.plugins." in name}
unneeded = {"module_utils._connection", "module_utils._times", "module_utils._tokens", "plugin_utils._tokens.minting"}
unneeded |= {"plugin_utils._files.durable", "plugin_utils._files.locks", "plugin_utils._tokens.shared"}
assert not ours & unneeded, ours & unneeded
"""
    root = str(Path(__file__).parents[7])
    run_alone(program, root, str(use.folder), KEY.accounts_url, KEY.identity, CREDENTIAL)
