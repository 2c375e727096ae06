# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node's record is read as it was written, and shown without what is secret."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._errors import InputError
from ansible_collections.bloq.cloud.plugins.plugin_utils._nodes.record import NodeRecord

RECORD = {"nodes_url": "https://nodes.example.com", "kind": "node", "id": "n1", "password": "the-secret", "mine": 7}


def test_what_is_shown_of_a_record_has_no_password() -> None:
    record = NodeRecord.from_mapping("main", RECORD)
    shown = record.public()
    assert "password" not in shown and "the-secret" not in str(shown) + repr(record)
    assert (shown["id"], shown["chain"]) == ("n1", None)


def test_a_record_is_written_as_it_was_read() -> None:
    assert NodeRecord.from_mapping("main", RECORD).to_mapping() == RECORD


@pytest.mark.parametrize("change", [{"id": None}, {"kind": ""}, {"password": ["the-secret"]}, {"url": 7}])
def test_a_field_that_is_no_text_is_named(change: dict[str, t.Any]) -> None:
    (field,) = change
    with pytest.raises(InputError, match=f"record of the node 'main', {field} must be text") as told:
        NodeRecord.from_mapping("main", {**RECORD, **change})
    assert "the-secret" not in str(told.value)
