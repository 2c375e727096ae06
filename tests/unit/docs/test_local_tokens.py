# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing that a reader follows sends a token of the local Bloq to Bloq's own services."""

from __future__ import annotations

import re

import pytest
from ansible_collections.bloq.cloud.tests.unit.docs.handing_on import Example, examples
from ansible_collections.bloq.cloud.tests.unit.docs.messages import COLLECTION

_EXAMPLES = examples(COLLECTION)

# An address that a task uses or a variable holds, whatever the environment says.
_FIXED = re.compile(
    r"""(?:^[ -]*\w*url:|\bdefault\()\s*["']?https://(?:accounts|nodes|\w+\.connect)\.bloq\.cloud""", re.MULTILINE
)


@pytest.mark.parametrize("example", _EXAMPLES, ids=lambda example: example.place)
def test_an_example_takes_addresses_from_a_variable_or_the_environment(example: Example) -> None:
    assert _FIXED.findall(example.text) == []


@pytest.mark.parametrize(
    "text",
    [
        "url: \"{{ bloq_accounts_url | default('https://accounts.bloq.cloud') }}/users/me\"",
        "    url: https://btc.connect.bloq.cloud/api/v1/status",
        "node_connect_url: https://btc.connect.bloq.cloud",
        "- url: 'https://accounts.bloq.cloud/users/me'",
    ],
)
def test_an_address_that_is_fixed_is_found(text: str) -> None:
    assert _FIXED.search(text)
