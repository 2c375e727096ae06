# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changing the account's password."""

from __future__ import annotations

import concurrent.futures
import secrets
from collections.abc import Iterator

import pytest
import requests
from asking import TIMEOUT, answer, bearer, client_tokens, log_in
from conftest import USER, Served, serve


@pytest.fixture
def own() -> Iterator[Served]:
    """A local Bloq whose password the test may change."""
    with serve() as served:
        yield served


def change(bloq: Served, account: dict[str, str], old: str, new: str) -> requests.Response:
    body = {"oldPassword": old, "newPassword": new}
    return requests.put(f"{bloq.accounts}/users/me/password", json=body, headers=account, timeout=TIMEOUT)


def log_in_status(bloq: Served, password: str) -> int:
    return requests.post(f"{bloq.accounts}/auth", auth=(USER, password), timeout=TIMEOUT).status_code


def test_the_new_password_counts_and_the_old_does_not(own: Served) -> None:
    account, new = log_in(own), "pässword: " + secrets.token_urlsafe(18)
    reply = change(own, account, own.password, new)
    assert (reply.status_code, reply.content) == (204, b"")
    assert log_in_status(own, own.password) == 401
    assert requests.get(f"{own.accounts}/users/me", headers=log_in(own, password=new), timeout=TIMEOUT).ok
    # Tokens from before live on: see docs/choices.md.
    assert requests.get(f"{own.accounts}/users/me", headers=account, timeout=TIMEOUT).ok


def test_a_refused_change_changes_nothing(own: Served) -> None:
    account = log_in(own)
    assert answer(change(own, account, "wrong", "another")) == (400, {"code": "InvalidPassword"})
    assert answer(change(own, account, own.password, own.password)) == (400, {"code": "PasswordUnchanged"})
    assert answer(change(own, account, own.password, "")) == (400, {"code": "InvalidBody"})
    assert log_in_status(own, own.password) == 200


def test_only_an_account_token_changes_it(own: Served) -> None:
    client = bearer(client_tokens(own, log_in(own))["accessToken"])
    assert answer(change(own, client, own.password, "another")) == (403, {"code": "WrongTokenKind"})
    assert answer(change(own, {}, own.password, "another")) == (401, {"code": "MissingToken"})
    assert log_in_status(own, own.password) == 200


def test_wrong_old_passwords_are_throttled_as_logins_are(own: Served) -> None:
    account = log_in(own)
    for _turn in range(10):
        assert change(own, account, "wrong", "another").status_code == 400
    reply = change(own, account, own.password, "another")
    assert answer(reply) == (429, {"code": "TooManyAttempts"})
    assert 0 < int(reply.headers["Retry-After"]) <= 60


def test_of_two_changes_at_once_one_wins(own: Served) -> None:
    account = log_in(own)
    wanted = ["one password", "another password"]
    with concurrent.futures.ThreadPoolExecutor() as pool:
        replies = list(pool.map(lambda new: change(own, account, own.password, new).status_code, wanted))
    assert sorted(replies) == [204, 400]
    assert log_in_status(own, wanted[replies.index(204)]) == 200
    assert log_in_status(own, wanted[replies.index(400)]) == 401
