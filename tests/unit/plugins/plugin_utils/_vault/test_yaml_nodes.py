# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether two YAML nodes load alike."""

from __future__ import annotations

import pytest
import yaml
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault.yaml_nodes import loads_alike


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("a: 1", "'a': 0x1", False),
        ("a: 1", "{a: 1}", True),
        ("a: 1", "a: '1'", False),
        ("a: [1]", "a: {1: }", False),
        ("a: [1]", "a: [1, 2]", False),
        ("a: 1\nb: 2", "b: 2\na: 1", False),
        ("a: &a [1]\nb: *a", "a: [1]\nb: [1]", True),
        ("a: &a [*a]", "a: &b [*b]", True),
        ("a: &a [*a]", "a: &b [[*b]]", True),
        ("a: &a [*a]", "a: [[1]]", False),
        ("a: !vault |\n  1\n  2", "a: !vault '1\n\n  2\n\n'", True),
        ("a: !vault 12", "a: !unsafe 12", False),
        ("a: |\n  b", "a: |\n  b\n", False),
    ],
)
def test_loads_alike(one: str, other: str, alike: bool) -> None:
    assert loads_alike(yaml.compose(one), yaml.compose(other)) is alike
    assert loads_alike(yaml.compose(other), yaml.compose(one)) is alike


def test_an_empty_document_is_like_itself_only() -> None:
    assert loads_alike(None, yaml.compose("a")) is False
