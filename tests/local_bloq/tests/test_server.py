# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The server itself: its replies leave at once."""

from __future__ import annotations

import time

import requests
from conftest import Served


def test_no_reply_waits_for_an_acknowledgement(bloq: Served) -> None:
    with requests.Session() as session:
        taken = []
        for _turn in range(40):
            started = time.monotonic()
            session.get(f"{bloq.accounts}/", timeout=10)
            taken.append(time.monotonic() - started)
    # With Nagle's algorithm each of them takes 40 ms.
    assert min(taken) < 0.03
