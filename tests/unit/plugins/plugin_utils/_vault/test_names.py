# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which names new records can get."""

from __future__ import annotations

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._errors import InputError
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault.names import check_new_name


@pytest.mark.parametrize(
    "name", ["ci", "a b", "{{ ci }}", "null", "#1", "n\xa0n", "zero\u200cwidth", "a\nb", "ci ", 200 * "n"]
)
def test_what_a_person_can_read_is_a_name(name: str) -> None:
    check_new_name(name, "client key")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("n" * 201, "it has 201 characters, and may have 200"),
        ("a\x07", "control character"),
        ("\x85", "control character"),
        ("\ud800", "control character"),
    ],
)
def test_others_are_refused_with_the_reason(name: str, why: str) -> None:
    with pytest.raises(InputError, match=why) as refused:
        check_new_name(name, "node")
    assert str(refused.value).isprintable() and len(str(refused.value)) < 200
