# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a server keeps of one account is no other account's."""

from __future__ import annotations

import pytest
from ansible_collections.bloq.cloud.plugins.plugin_utils._fleet.ledger import ESCROW, Ledger
from ansible_collections.bloq.cloud.plugins.plugin_utils._fleet.server import Server


@pytest.mark.parametrize(
    ("service", "account"), [("https://nodes.example.com", "me"), ("https://accounts.example.com", "you")]
)
def test_another_account_or_service_is_apart(server: Server, service: str, account: str) -> None:
    one, other = Ledger(server, "https://accounts.example.com", "me"), Ledger(server, service, account)
    one.add(ESCROW, "a field", {"id": "a value"})
    assert (one.entries(ESCROW), other.entries(ESCROW)) == ({"a field": {"id": "a value"}}, {})
    with one.locked(timeout=1.0, notify=str):
        assert one.holder() is not None and other.holder() is None
        with other.locked(timeout=1.0, notify=str):
            assert other.holder() is not None
