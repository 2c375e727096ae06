# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Without a server of many controllers, what is known of an account is beside the vault file."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.bloq.cloud.plugins.plugin_utils._creation.changes import LocalChanges, LocalView

_URL = "https://accounts.example.com"


def test_who_looks_sees_what_who_changes_has_noted(tmp_path: Path) -> None:
    path = str(tmp_path / "keys.yml")
    LocalChanges().intents(path, _URL, "me").declare(frozenset({"key1"}), 0.0)
    assert [intent.known for intent in LocalView().intents(path, _URL, "me", "keys").own()] == [{"key1"}]
    assert LocalView().intents(path, _URL, "you", "keys").own() == ()
    assert LocalView().intents(path, "https://elsewhere.example.com", "me", "keys").own() == ()
    assert LocalView().intents(str(tmp_path / "other.yml"), _URL, "me", "keys").own() == ()
    assert LocalView().report("client_id") is None


@pytest.mark.parametrize(("limits", "seconds"), [({}, 90.0), ({"limit": 7.0}, 37.0)])
def test_a_request_may_come_late_by_half_a_minute(tmp_path: Path, limits: dict[str, float], seconds: float) -> None:
    intents = LocalChanges().intents(str(tmp_path / "keys.yml"), _URL, "me", **limits)
    intents.declare(frozenset(), 0.0)
    (intent,) = intents.own()
    assert intent.deadline - intent.started == pytest.approx(seconds)
