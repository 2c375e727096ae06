# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a template may hand over as a token."""

from __future__ import annotations

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._errors import InputError
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.template_values import token_text


class Lazy:
    """Text that is made when it is asked for, as a vaulted value is."""

    def __str__(self) -> str:
        return "the-token"


@pytest.mark.parametrize(("value", "text"), [("the-token", "the-token"), (Lazy(), "the-token"), (None, ""), ("", "")])
def test_text_is_a_token(value: object, text: str) -> None:
    assert token_text(value) == text


def test_a_whole_result_is_told_from_its_token() -> None:
    with pytest.raises(InputError, match=r"token\.access_token, not a whole result"):
        token_text({"access_token": "the-token"})


@pytest.mark.parametrize("value", [True, 7, 7.5, ["the-token"], ("the-token",)])
def test_what_is_no_text_is_named_by_its_type_alone(value: object) -> None:
    with pytest.raises(InputError, match=f"this is {type(value).__name__}") as told:
        token_text(value)
    assert "the-token" not in str(told.value)
