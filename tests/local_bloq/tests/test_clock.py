# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A clock that is off is off everywhere: in tokens, in replies, and in what counts as expired."""

from __future__ import annotations

import email.utils
import time

import jwt
import pytest
import requests
from asking import TIMEOUT, log_in, make_key
from conftest import serve

SLACK = 30


@pytest.mark.parametrize("offset", [7200, -7200])
def test_the_services_live_at_another_time(offset: int) -> None:
    with serve(f"--clock-offset={offset}", "--account-token-ttl", "3600") as bloq:
        account = log_in(bloq)
        claims = jwt.decode(account["Authorization"].split()[1], options={"verify_signature": False})
        assert abs(claims["iat"] - time.time() - offset) < SLACK
        reply = requests.get(f"{bloq.accounts}/users/me", headers=account, timeout=TIMEOUT)
        assert reply.status_code == 200
        assert abs(email.utils.parsedate_to_datetime(reply.headers["Date"]).timestamp() - time.time() - offset) < SLACK
        assert len(make_key(bloq, account)["clientId"]) == 40


def test_without_it_replies_are_dated_by_the_machine() -> None:
    with serve() as bloq:
        dates = requests.get(bloq.accounts, timeout=TIMEOUT).raw.headers.getlist("Date")
        assert len(dates) == 1
        assert abs(email.utils.parsedate_to_datetime(dates[0]).timestamp() - time.time()) < SLACK
