# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide on troubleshooting has every message that the code can give, and none that it cannot."""

from __future__ import annotations

import re

import pytest
from ansible_collections.bloq.cloud.tests.unit.docs.messages import COLLECTION, Message, messages

_GUIDE = COLLECTION / "docs" / "docsite" / "rst" / "guide_troubleshooting.rst"
_MESSAGES = messages()


def _entries() -> list[str]:
    """Return the messages in the guide: the literals that items of its lists begin with."""
    found = re.findall(r"^- ``(.+?)``$", _GUIDE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [" ".join(entry.split()) for entry in found]


def test_the_search_finds_the_messages() -> None:
    shapes = {message.shape for message in _MESSAGES}
    assert "Cannot read <path>: <strerror>." in shapes
    assert "The user or the password is wrong. Check username and password." in shapes
    assert "a name is there twice; remove one of the two" in shapes
    assert len(shapes) > 150


@pytest.mark.parametrize("message", _MESSAGES, ids=lambda message: message.where)
def test_the_guide_has_the_message(message: Message) -> None:
    assert any(message.pattern.fullmatch(entry) for entry in _entries()), f"{_GUIDE.name} needs: - ``{message.shape}``"


def test_the_guide_has_no_message_that_is_gone() -> None:
    gone = [entry for entry in _entries() if not any(message.pattern.fullmatch(entry) for message in _MESSAGES)]
    assert not gone, f"No code gives these messages any more: {gone}"
