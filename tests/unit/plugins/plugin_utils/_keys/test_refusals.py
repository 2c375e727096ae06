# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A list that lags behind is no reason to make a key that another run has made already."""

from __future__ import annotations

import time

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._errors import RefusedError, ReplyError
from ansible_collections.bloq.cloud.plugins.plugin_utils._creation.escrow import Escrowed
from ansible_collections.bloq.cloud.plugins.plugin_utils._keys.record import KeyRecord
from ansible_collections.bloq.cloud.plugins.plugin_utils._keys.refusals import refuse_lagging_list

NOW = 1_800_000_000.0
MADE, OLDER = "0a" * 20, "0b" * 20


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: NOW)


def escrowed(client_id: str, ago: float) -> Escrowed:
    record = KeyRecord("https://accounts.example.com", client_id, "its secret", "2027-01-15T08:00:00Z")
    return Escrowed(client_id, NOW - ago, record.to_mapping())


def works(_client_id: str, _client_secret: str) -> None:
    """The service takes every key."""


def refused(_client_id: str, _client_secret: str) -> None:
    raise RefusedError("revoked", status=401)


def test_one_made_lately_that_works_is_waited_for() -> None:
    for ago in (0.0, 600.0):
        with pytest.raises(ReplyError, match=f"does not list the client key {MADE}, which another run"):
            refuse_lagging_list("ci", [escrowed(MADE, ago), escrowed(OLDER, 3600.0)], {OLDER}, works)


def test_nothing_is_in_the_way_otherwise() -> None:
    made = [escrowed(MADE, 60.0)]
    refuse_lagging_list("ci", [], {OLDER}, works)
    refuse_lagging_list("ci", made, {MADE}, works)
    refuse_lagging_list("ci", made, {OLDER}, refused)
    refuse_lagging_list("ci", [escrowed(MADE, 601.0)], {OLDER}, works)
