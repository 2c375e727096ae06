# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The callback loads all that a token of the cache needs, before Ansible forks."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._tokens.alone import run_alone
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._tokens.cache_world import CREDENTIAL, KEY, Use


@pytest.fixture
def use(tmp_path: Path) -> Use:
    return Use(tmp_path / "tokens")


def test_nothing_is_left_to_load_for_a_lookup(use: Use) -> None:
    use.get()
    program = """
import sys
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import callback_loader, init_plugin_loader, lookup_loader
from ansible.template import Templar
root, folder, url, client_id, secret = sys.argv[1:]
init_plugin_loader([root])
callback_loader.get("bloq.cloud.bloq_summary").v2_playbook_on_start(None)
loaded = set(sys.modules)
keys = {"bloq_client_keys": {"ci": {"accounts_url": url, "client_id": client_id, "client_secret": secret}}}
loader = DataLoader()
lookup = lookup_loader.get("bloq.cloud.bloq_token", loader=loader, templar=Templar(loader=loader, variables=keys))
assert lookup.run(["ci"], variables=keys, cache_path=folder) == ["the-token-1"]
left = sorted(name for name in set(sys.modules) - loaded)
assert not left, left
"""
    root = str(Path(__file__).parents[6])
    run_alone(program, root, str(use.folder), KEY.accounts_url, KEY.identity, CREDENTIAL)
