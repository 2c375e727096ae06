# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task most likely means otherwise is warned of: an option without effect, a number without a unit."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.bloq.cloud.plugins.action import (
    bloq_client_key,
    bloq_client_key_info,
    bloq_node,
    bloq_request,
    bloq_token,
)
from ansible_collections.bloq.cloud.plugins.plugin_utils._action import BloqAction
from ansible_collections.bloq.cloud.tests.unit.plugins.action.in_process import said

KEY, INFO, NODE, REQUEST, TOKEN = (
    module.ActionModule for module in (bloq_client_key, bloq_client_key_info, bloq_node, bloq_request, bloq_token)
)
ROTATE = {"name": "ci", "vault_file": "keys.yml", "rotate": "when_older_than", "max_age": "90d"}
NEW_NODE = {"name": "one", "vault_file": "nodes.yml", "chain": "btc"}


@pytest.mark.parametrize(
    ("options", "warning"),
    [
        ({"max_age": 30}, "max_age: 30 is 30 seconds. Write 30d for days, or 30s."),
        ({"max_age": "86399"}, "max_age: 86399 is 86399 seconds. Write 86399d for days, or 86399s."),
        ({"overlap": "24"}, "overlap: 24 is 24 seconds. Write 24h for hours, or 24s."),
    ],
)
def test_a_number_without_a_unit_that_is_likely_meant_to_have_one(options: dict[str, t.Any], warning: str) -> None:
    assert said(KEY, **{**ROTATE, **options})["warnings"] == [warning]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"max_age": "30s"},
        {"max_age": "1d"},
        {"max_age": 0},
        {"max_age": 86400},
        {"overlap": 0},
        {"overlap": "0"},
        {"overlap": 3600},
        {"overlap": "24 h"},
        {"overlap": 24, "state": "absent"},
        {"rotate": "always"},
    ],
    ids=str,
)
def test_what_can_be_meant_as_it_is(options: dict[str, t.Any]) -> None:
    assert "warnings" not in said(KEY, **{**ROTATE, **options})


@pytest.mark.parametrize(
    ("action", "options", "unused", "needed"),
    [
        (KEY, {**ROTATE, "rotate": "never"}, "max_age", "rotate: when_older_than"),
        (NODE, {**NEW_NODE, "sync_within": 5}, "sync_within", "wait_for: synced"),
        (NODE, {**NEW_NODE, "wait_for": "synced", "wait": False}, "wait_for", "wait: true"),
        (TOKEN, {"key": "ci", "vault_id": "prod"}, "vault_id", "vault_file"),
        (INFO, {"missing": "fail"}, "missing", "vault_file"),
        (INFO, {"plain_ids": True}, "plain_ids", "vault_file"),
    ],
)
def test_an_option_without_the_one_that_it_counts_with(
    action: type[BloqAction], options: dict[str, t.Any], unused: str, needed: str
) -> None:
    warning = f"{unused} has no effect without {needed}. Add that, or leave {unused} out."
    assert said(action, **options)["warnings"] == [warning]


def test_what_stands_beside_for_others_is_no_mistake() -> None:
    beside = {"bloq_max_age": "90d", "bloq_sync_within": 5, "bloq_vault_id": "prod"}
    assert "warnings" not in said(KEY, beside, name="ci", vault_file="keys.yml")
    assert "warnings" not in said(NODE, beside, **NEW_NODE)
    assert "warnings" not in said(TOKEN, beside, key="ci")


def test_a_request_that_works_with_the_local_bloq_alone() -> None:
    asked: dict[str, t.Any] = {"service": "connect", "path": "/api/v1/status", "connect_url": "http://127.0.0.1:1"}
    assert "Name the chain, such as btc" in said(REQUEST, **asked)["warnings"][0]
    assert "warnings" not in said(REQUEST, **asked, chain="btc")
    assert "warnings" not in said(REQUEST, service="accounts", path="/")
    # It may be the address of one chain.
    assert "warnings" not in said(REQUEST, **{**asked, "connect_url": "https://btc.connect.example.com"})
