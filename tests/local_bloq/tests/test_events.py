# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The daily events of an account."""

from __future__ import annotations

import typing as t
from pathlib import Path

import requests
from asking import TIMEOUT, client_tokens, log_in
from conftest import Served, serve


def events(bloq: Served, account: dict[str, str]) -> list[dict[str, t.Any]]:
    reply = requests.get(f"{bloq.accounts}/users/me/events", headers=account, timeout=TIMEOUT)
    assert reply.status_code == 200
    return t.cast(list[dict[str, t.Any]], reply.json())


def test_each_service_has_one_event_a_day_that_counts(tmp_path: Path) -> None:
    database = str(tmp_path / "bloq.db")
    with serve("--db", database, "--user", "other@example.com") as bloq:
        account = log_in(bloq)
        client_tokens(bloq, account)
        client_tokens(bloq, account)
        requests.get(f"{bloq.connect}/api/v1/status", headers=account, timeout=TIMEOUT)
        seen = events(bloq, account)
        assert all(set(event) == {"id", "service", "serviceData", "createdAt"} for event in seen)
        # Around midnight there are two days.
        counted: dict[str, int] = {}
        for event in seen:
            for what, count in event["serviceData"].items():
                counted[f"{event['service']} {what}"] = counted.get(f"{event['service']} {what}", 0) + count
        assert counted == {
            "accounts logins": 1,
            "accounts clientKeysMade": 2,
            "accounts clientTokens": 2,
            "connect requests": 1,
        }
        other = events(bloq, log_in(bloq, "other@example.com"))
        assert [event["serviceData"] for event in other] == [{"logins": 1}]
    with serve("--db", database, password=bloq.password) as again:
        assert events(again, account) == seen
