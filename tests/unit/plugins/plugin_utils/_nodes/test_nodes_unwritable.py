# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A vault file that cannot be replaced is known before anything is asked that changes a node, in check mode too."""

from __future__ import annotations

import pathlib

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._errors import FileError
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._nodes import test_node_lifecycle
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._vault.unwritable import either_mode, unwritable


@pytest.fixture
def nodes(tmp_path: pathlib.Path) -> test_node_lifecycle.Controller:
    return test_node_lifecycle.Controller(tmp_path)


@either_mode
@pytest.mark.parametrize("present", [True, False])
def test_a_node_that_must_change_is_left_as_it_is(
    nodes: test_node_lifecycle.Controller, present: bool, check_mode: bool
) -> None:
    if not present:
        nodes.run()
    before = dict(nodes.account.nodes)
    with unwritable(), pytest.raises(FileError, match="Cannot replace"):
        nodes.run(present=present, check_mode=check_mode)
    assert nodes.account.nodes == before
    assert nodes.left_behind == []


@either_mode
def test_a_node_that_is_gone_is_not_made_anew(nodes: test_node_lifecycle.Controller, check_mode: bool) -> None:
    nodes.run()
    nodes.account.nodes.clear()
    with unwritable(), pytest.raises(FileError, match="Cannot replace"):
        nodes.run(check_mode=check_mode)
    assert nodes.account.nodes == {}
