# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user should know of options, in every plugin that takes them."""

from __future__ import annotations

import pytest
from ansible.utils.display import Display
from ansible_collections.bloq.cloud.plugins.module_utils._argspec import LOOKUP
from ansible_collections.bloq.cloud.plugins.plugin_utils._options.concerns import warn_of_options
from ansible_collections.bloq.cloud.plugins.plugin_utils._options.resolve import resolve
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.controller import controller_tokens

SCOPE = {"BLOQ_COORDINATION_SCOPE": "payments/production"}
URL = "redis://127.0.0.1:9"


@pytest.mark.parametrize(
    ("environment", "count"),
    [
        ({}, 0),
        (SCOPE, 1),
        # As a credential of AWX that leaves the field empty has it.
        ({**SCOPE, "BLOQ_COORDINATION_URL": ""}, 1),
        ({**SCOPE, "BLOQ_COORDINATION_URL": URL}, 0),
        ({"BLOQ_COORDINATION_URL": URL}, 0),
        ({**SCOPE, "BLOQ_VALIDATE_CERTS": "false"}, 2),
    ],
)
def test_a_scope_without_a_server_is_warned_of(environment: dict[str, str], count: int) -> None:
    warnings: list[str] = []
    warn_of_options(resolve(LOOKUP, {}, lambda _name: None, environment), warnings.append)
    assert len(warnings) == count
    assert not count or "coordination_scope is set and coordination_url is not" in warnings[-1]


def test_plugins_without_an_action_warn_too(monkeypatch: pytest.MonkeyPatch) -> None:
    warnings: list[str] = []
    monkeypatch.setattr(Display, "warning", lambda _self, text: warnings.append(text))
    controller_tokens(resolve(LOOKUP, {}, lambda _name: None, SCOPE), "a plugin")
    assert len(warnings) == 1
