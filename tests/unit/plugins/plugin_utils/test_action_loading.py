# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an action loads before Ansible forks: what all its tasks need, and nothing that some can do without."""

from __future__ import annotations

import pytest
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._tokens.alone import run_alone
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._tokens.cache_world import CREDENTIAL, KEY, Use

_ACTION = "ansible_collections.bloq.cloud.plugins.action"


@pytest.mark.parametrize("module", ["bloq_client_key", "bloq_client_key_info", "bloq_account_info", "bloq_node_info"])
def test_an_action_that_always_asks_has_loaded_what_a_request_takes(module: str) -> None:
    run_alone(f"import sys, {_ACTION}.{module}; assert 'requests' in sys.modules")


@pytest.mark.parametrize("module", ["bloq_login", "bloq_token"])
def test_an_action_that_may_find_its_token_in_the_cache_has_not(module: str) -> None:
    run_alone(f"import sys, {_ACTION}.{module}; assert 'requests' not in sys.modules")


def test_an_action_has_loaded_before_ansible_forks_what_a_hit_needs(use: Use) -> None:
    use.get()
    program = """
import sys
from ansible_collections.bloq.cloud.plugins.action import bloq_token
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.cache import CacheKey, TokenCache
loaded = set(sys.modules)
url, identity, grant, credential = sys.argv[2:]
found, minted = TokenCache(sys.argv[1]).get_or_mint(
    CacheKey(url, identity, grant), credential, strong=True, min_ttl=300.0, mint=lambda: None
)
assert not minted
assert sys.modules.keys() == loaded, sys.modules.keys() - loaded
"""
    run_alone(program, str(use.folder), *KEY, CREDENTIAL)
