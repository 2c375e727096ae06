# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A field of a record is text, or is told by its name alone."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._errors import InputError
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault.fields import fields_of, text_field


class Vaulted:
    """Text that is decrypted when it is asked for."""

    def __str__(self) -> str:
        return "the-secret"


@pytest.mark.parametrize(("value", "text"), [("the-secret", "the-secret"), (Vaulted(), "the-secret"), (7, "7")])
def test_text_is_plain_text(value: object, text: str) -> None:
    assert text_field("ci", {"client_secret": value}, "client_secret") == text
    assert text_field("ci", {"client_secret": value}, "client_secret", required=False) == text


@pytest.mark.parametrize("record", [{}, {"client_secret": None}])
def test_a_field_that_need_not_be_there_may_be_missing(record: dict[str, t.Any]) -> None:
    assert text_field("ci", record, "client_secret", required=False) is None
    with pytest.raises(InputError, match="client key 'ci', client_secret must be text"):
        text_field("ci", record, "client_secret")


@pytest.mark.parametrize("required", [True, False])
@pytest.mark.parametrize("value", ["", ["the-secret"], ("the-secret",), {"text": "the-secret"}])
def test_what_is_no_text_is_told(value: object, required: bool) -> None:
    with pytest.raises(InputError, match="client key 'ci', client_secret must be text") as told:
        text_field("ci", {"client_secret": value}, "client_secret", required=required)
    assert "the-secret" not in str(told.value)


def test_a_record_is_a_mapping() -> None:
    assert fields_of("ci", {"client_id": "id"}) == {"client_id": "id"}
    with pytest.raises(InputError, match="client key 'ci' is not a mapping"):
        fields_of("ci", "the-secret")
