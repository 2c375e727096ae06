# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which record a vault file takes over from escrow, and what those are told who only look."""

from __future__ import annotations

import types
from collections.abc import Sequence
from pathlib import Path

import pytest
from ansible_collections.bloq.cloud.plugins.plugin_utils._creation.doubts import Doubtful, doubtful
from ansible_collections.bloq.cloud.plugins.plugin_utils._creation.escrow import Escrowed, adoptable
from ansible_collections.bloq.cloud.plugins.plugin_utils._creation.intent import IntentFile


@pytest.mark.parametrize(
    ("kept", "live", "held", "adopted"),
    [
        (["new", "old"], ["new", "old"], [], "new"),
        (["dead", "old"], ["old"], [], "old"),
        (["new", "old"], ["new", "old"], ["new"], None),
        (["new", "old"], ["new", "old"], ["old"], "new"),
        (["dead"], ["other"], [], None),
        ([], ["other"], [], None),
    ],
)
def test_the_latest_that_lives_is_adopted_unless_the_file_has_it(
    kept: Sequence[str], live: Sequence[str], held: Sequence[str], adopted: str | None
) -> None:
    entries = [Escrowed(resource_id, 0.0, {}) for resource_id in kept]
    found = adoptable(entries, live, held.__contains__)
    assert (found.id if found else None) == adopted


def test_a_record_in_escrow_does_not_show_its_secret() -> None:
    assert "not to be shown" not in repr(Escrowed("key1", 0.0, {"client_secret": "not to be shown"}))


def test_who_only_looks_is_told_of_what_the_vault_file_does_not_hold(tmp_path: Path) -> None:
    intents = IntentFile(str(tmp_path / "keys.yml"), "https://accounts.example.com", "me")
    listing = types.SimpleNamespace(created_by_id={"stored": None, "other": None}, skew=0.0)
    found = doubtful(intents, listing, holds=lambda resource_id: resource_id == "stored", names=set)
    assert found == Doubtful(set(), {"other"})


def test_who_only_looks_does_not_suspect_what_other_files_have_or_this_one(tmp_path: Path) -> None:
    intents = IntentFile(str(tmp_path / "keys.yml"), "https://accounts.example.com", "me")
    intents.suspects.add({"theirs", "nobodys", "held"})
    intents.receipts.add("theirs", str(tmp_path / "other.yml"))
    listing = types.SimpleNamespace(created_by_id=dict.fromkeys(["theirs", "nobodys", "held"]), skew=0.0)
    found = doubtful(intents, listing, holds=lambda resource_id: resource_id == "held", names=set)
    assert found == Doubtful({"nobodys"}, {"nobodys", "theirs"})
    assert Doubtful() == Doubtful(set(), set())
