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


def test_a_long_name_is_shown_as_far_as_one_reads() -> None:
    name = "n" * 40
    with pytest.raises(InputError) as refused:
        check_new_name("\x07" + name[1:], "node")
    assert f"The name {chr(7) + name[1:]!r} cannot be" in str(refused.value)
    with pytest.raises(InputError) as refused:
        check_new_name(f"{name}\x07", "node")
    assert f"The name '{name}...' cannot be that of a new node: it has a control character." in str(refused.value)
