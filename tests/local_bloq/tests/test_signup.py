# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From signing up to the first login."""

from __future__ import annotations

import secrets
import typing as t
import uuid

import pytest
import requests
from asking import TIMEOUT, answer, log_in
from conftest import USER, Served


def application(**changes: t.Any) -> dict[str, t.Any]:
    address = {"address": "1 Main Street", "zipCode": "94105", "state": "CA", "country": "US"}
    return {
        "email": f"{uuid.uuid4()}@example.com",
        "displayName": "New User",
        "password": secrets.token_urlsafe(18),
        "billingAddress": address,
        **changes,
    }


def sign_up(bloq: Served, body: object) -> requests.Response:
    return requests.post(f"{bloq.accounts}/users", json=body, timeout=TIMEOUT)


def mailed_token(bloq: Served, email: str) -> str:
    mails = requests.get(f"{bloq.accounts}/_local/mails", timeout=TIMEOUT).json()
    return t.cast(str, [mail["verificationToken"] for mail in mails if mail["to"] == email][-1])


def verify(bloq: Served, user: str, token: str) -> requests.Response:
    return requests.put(f"{bloq.accounts}/users/{user}/token/{token}", timeout=TIMEOUT)


@pytest.mark.parametrize("name", ["email", "id"])
def test_an_account_is_made_verified_and_used(bloq: Served, name: str) -> None:
    body = application()
    made = sign_up(bloq, body)
    assert made.status_code == 201
    profile = made.json()
    assert profile["verifiedAt"] is None
    assert {key: profile[key] for key in ("email", "displayName", "billingAddress")} == {
        key: body[key] for key in ("email", "displayName", "billingAddress")
    }
    early = requests.post(f"{bloq.accounts}/auth", auth=(body["email"], body["password"]), timeout=TIMEOUT)
    assert answer(early) == (403, {"code": "UserNotVerified"})
    token = mailed_token(bloq, body["email"])
    assert uuid.UUID(token).version == 4
    wrong = verify(bloq, profile[name], str(uuid.uuid4()))
    assert answer(wrong) == (400, {"code": "InvalidVerificationToken"})
    right = verify(bloq, profile[name], token)
    assert (right.status_code, right.content) == (204, b"")
    assert log_in(bloq, body["email"], body["password"])
    again = verify(bloq, profile[name], token)
    assert answer(again) == (409, {"code": "UserVerified"})


def test_nobody_cannot_be_verified(bloq: Served) -> None:
    for user in ("nobody@example.com", f"user-{uuid.uuid4()}"):
        reply = verify(bloq, user, str(uuid.uuid4()))
        assert answer(reply) == (404, {"code": "UserNotFound"})


def test_an_address_is_taken_once_in_whatever_case(bloq: Served) -> None:
    assert sign_up(bloq, application(email=USER.upper())).json() == {"code": "EmailTaken"}
    assert sign_up(bloq, application(email=USER)).status_code == 409


@pytest.mark.parametrize(
    "changes",
    [
        {"email": "no address"},
        {"displayName": ""},
        {"password": ""},
        {"password": "x" * 2000},
        {"billingAddress": {"address": "1 Main Street", "zipCode": "94105", "state": "CA"}},
        {"billingAddress": {"address": "1 Main Street", "zipCode": "94105", "state": "CA", "country": "USA"}},
        {"billingAddress": "1 Main Street"},
        {"displayName": "nul \0"},
    ],
)
def test_an_incomplete_application_is_refused(bloq: Served, changes: dict[str, t.Any]) -> None:
    reply = sign_up(bloq, application(**changes))
    assert answer(reply) == (400, {"code": "InvalidBody"})


def test_what_is_no_json_object_is_refused(bloq: Served) -> None:
    for data in (b"", b"{", b"[]", b"\xff"):
        headers = {"Content-Type": "application/json"}
        reply = requests.post(f"{bloq.accounts}/users", data=data, headers=headers, timeout=TIMEOUT)
        assert reply.status_code == 400
        assert isinstance(reply.json()["code"], str)
