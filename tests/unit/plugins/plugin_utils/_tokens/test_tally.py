# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run's tokens are counted in every process that it forks."""

from __future__ import annotations

import os
import pathlib

import pytest
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens import source
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.credentials import ClientCredential
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.tally import Tally
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._tokens.cache_world import Use


class Accounts:
    """Grants what the world's service grants."""

    def __init__(self, use: Use) -> None:
        self._use = use

    def exchange(self, *_pair: str) -> object:
        return self._use.service.mint()


def test_tokens_are_counted_in_all_processes(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "observe", str)
    use = Use(tmp_path / "tokens")
    tally = Tally()
    tokens = source.TokenSource(
        lambda url: Accounts(use),  # type: ignore[arg-type, return-value]
        use.cache,
        min_ttl=300.0,
        force=False,
        allow_http=False,
        warn=use.warnings.append,
    )
    credential = ClientCredential("https://accounts.example.com", "a" * 40, "5" * 80)
    for _process in range(5):
        child = os.fork()
        if not child:
            for _use in range(3):
                tokens.client(credential, source.AUTO)
            os._exit(0)
        os.waitpid(child, 0)
    tokens.client(credential, source.AUTO)
    assert (tally.count("minted"), tally.count("cache")) == (1, 15)
