# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A token of an Accounts service on this machine goes to none of Bloq's own services."""

from __future__ import annotations

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._errors import InputError
from ansible_collections.bloq.cloud.plugins.module_utils._urls import refuse_local_token

NODES = "https://nodes.bloq.cloud"


@pytest.mark.parametrize(
    "accounts", ["http://127.0.0.1:4000", "http://localhost:4000/", "https://[::1]:4000", " http://127.1.2.3"]
)
def test_a_local_token_is_not_for_the_real_service(accounts: str) -> None:
    with pytest.raises(InputError, match=r"^accounts_url is on this machine.*nodes\.bloq\.cloud.*BLOQ_NODES_URL"):
        refuse_local_token(accounts, NODES)


@pytest.mark.parametrize(
    ("accounts", "nodes"),
    [
        ("https://accounts.bloq.cloud", NODES),
        ("http://127.0.0.1:4000", "http://localhost:4002"),
        ("http://127.0.0.1:4000", "https://nodes.example.com"),
        ("https://localhost.example.com", NODES),
    ],
)
def test_services_that_belong_together_are_not_refused(accounts: str, nodes: str) -> None:
    refuse_local_token(accounts, nodes)
