# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests that many tests make."""

from __future__ import annotations

import typing as t

import requests
from conftest import USER, Served

TIMEOUT = 10


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def log_in(bloq: Served, user: str = USER, password: str | None = None) -> dict[str, str]:
    reply = requests.post(f"{bloq.accounts}/auth", auth=(user, (password or bloq.password).encode()), timeout=TIMEOUT)
    assert reply.status_code == 200, reply.text
    return bearer(reply.json()["accessToken"])


def make_key(bloq: Served, account: dict[str, str]) -> dict[str, str]:
    reply = requests.post(f"{bloq.accounts}/users/me/client-keys", headers=account, timeout=TIMEOUT)
    assert reply.status_code == 200
    return t.cast(dict[str, str], reply.json())


def exchange(bloq: Served, **body: str) -> requests.Response:
    return requests.post(f"{bloq.accounts}/auth/token", json=body, timeout=TIMEOUT)


def client_tokens(bloq: Served, account: dict[str, str]) -> dict[str, str]:
    reply = exchange(bloq, grantType="clientCredentials", **make_key(bloq, account))
    assert reply.status_code == 200
    return t.cast(dict[str, str], reply.json())


def answer(reply: requests.Response) -> tuple[int, t.Any]:
    """Return status and JSON body."""
    return reply.status_code, reply.json()


def control(bloq: Served, method: str, body: object = None) -> requests.Response:
    """Ask for the faults, or set or clear them."""
    return requests.request(method, f"{bloq.accounts}/_local/faults", json=body, timeout=TIMEOUT)


def cause(bloq: Served, *faults: dict[str, t.Any]) -> None:
    """Set these faults, and no others."""
    assert control(bloq, "PUT", list(faults)).status_code == 200
