# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What real clients send and need, odd as it is."""

from __future__ import annotations

import time

import jwt
import pytest
import requests
from asking import TIMEOUT, answer, bearer, client_tokens, exchange, log_in, make_key
from conftest import USER, Served, serve

JSON = {"Content-Type": "application/json"}


def test_a_json_content_type_without_a_body_is_accepted(bloq: Served) -> None:
    reply = requests.post(f"{bloq.accounts}/auth", auth=(USER, bloq.password), headers=JSON, timeout=TIMEOUT)
    assert reply.status_code == 200
    headers = {**bearer(reply.json()["accessToken"]), **JSON}
    url = f"{bloq.accounts}/users/me/client-keys"
    made = requests.post(url, headers=headers, timeout=TIMEOUT)
    assert made.status_code == 200
    for path in ("/users/me", "/users/me/client-keys", "/users/me/events"):
        assert requests.get(bloq.accounts + path, headers=headers, timeout=TIMEOUT).status_code == 200
    gone = requests.delete(f"{url}/{made.json()['clientId']}", headers=headers, timeout=TIMEOUT)
    assert (gone.status_code, gone.content) == (204, b"")
    for service in (bloq.accounts, bloq.nodes):
        assert requests.get(service, headers=JSON, timeout=TIMEOUT).status_code == 200


@pytest.mark.parametrize("stale", ["Bearer stale", "Bearer ", "Basic x", "nonsense"])
def test_the_grants_ignore_an_authorization_header(bloq: Served, stale: str) -> None:
    pair = {"grantType": "clientCredentials", **make_key(bloq, log_in(bloq))}
    headers = {"Authorization": stale}
    granted = requests.post(f"{bloq.accounts}/auth/token", json=pair, headers=headers, timeout=TIMEOUT)
    assert granted.status_code == 200
    refresh = {"grantType": "refreshToken", "refreshToken": granted.json()["refreshToken"]}
    refreshed = requests.post(f"{bloq.accounts}/auth/token", json=refresh, headers=headers, timeout=TIMEOUT)
    assert refreshed.status_code == 200


def test_a_body_without_content_type_is_taken_for_json(bloq: Served) -> None:
    reply = requests.post(f"{bloq.accounts}/auth/token", data=b'{"grantType": "other"}', timeout=TIMEOUT)
    assert answer(reply) == (400, {"code": "InvalidBody"})


@pytest.mark.parametrize("path", ["//users/me", "/users/me/", "/users//me", "/profile", "/users/me/keys"])
def test_a_path_that_is_not_quite_right_is_not_found(bloq: Served, path: str) -> None:
    account = log_in(bloq)
    assert answer(requests.get(bloq.accounts + path, headers=account, timeout=TIMEOUT)) == (404, {"code": "NotFound"})


def test_a_wrong_method_is_told_the_right_ones(bloq: Served) -> None:
    reply = requests.put(f"{bloq.accounts}/users/me/client-keys", timeout=TIMEOUT)
    assert answer(reply) == (405, {"code": "MethodNotAllowed"})
    assert {"GET", "POST"} <= set(reply.headers["Allow"].replace(" ", "").split(","))


def test_missing_invalid_and_expired_are_401_and_the_wrong_kind_403() -> None:
    with serve("--account-token-ttl", "4") as bloq:
        account = log_in(bloq)
        tokens = client_tokens(bloq, account)
        time.sleep(5.1)
        url = f"{bloq.accounts}/users/me"
        for headers, expected in (
            ({}, (401, {"code": "MissingToken"})),
            ({"Authorization": f"Basic {tokens['accessToken']}"}, (401, {"code": "InvalidToken"})),
            (bearer("stale"), (401, {"code": "InvalidToken"})),
            (account, (401, {"code": "ExpiredToken"})),
            (bearer(tokens["accessToken"]), (403, {"code": "WrongTokenKind"})),
            (bearer(tokens["refreshToken"]), (403, {"code": "WrongTokenKind"})),
        ):
            assert answer(requests.get(url, headers=headers, timeout=TIMEOUT)) == expected
        # In this one case the body is what the SDK looks for: no JSON and no newline.
        expired = requests.get(f"{bloq.connect}/api/v1/status", headers=account, timeout=TIMEOUT)
        assert (expired.status_code, expired.content) == (401, b"jwt expired")
        assert expired.headers["Content-Type"].startswith("text/plain")
        for headers in ({}, bearer("stale")):
            other = requests.get(f"{bloq.connect}/api/v1/status", headers=headers, timeout=TIMEOUT)
            assert other.status_code == 401
            assert other.json()["code"] in ("MissingToken", "InvalidToken")


def test_only_an_administrators_token_is_for_managers() -> None:
    with serve("--admin", USER, "--user", "other@example.com") as bloq:
        for user, expected in ((USER, True), ("other@example.com", False)):
            token = log_in(bloq, user)["Authorization"].split()[1]
            assert ("manager" in jwt.decode(token, options={"verify_signature": False})["aud"]) is expected


def test_a_removed_key_ends_its_grants_and_its_access_tokens_run_out(bloq: Served) -> None:
    account = log_in(bloq)
    key = make_key(bloq, account)
    tokens = exchange(bloq, grantType="clientCredentials", **key).json()
    requests.delete(f"{bloq.accounts}/users/me/client-keys/{key['clientId']}", headers=account, timeout=TIMEOUT)
    assert exchange(bloq, grantType="refreshToken", refreshToken=tokens["refreshToken"]).status_code == 401
    headers = bearer(tokens["accessToken"])
    assert requests.get(f"{bloq.connect}/api/v1/status", headers=headers, timeout=TIMEOUT).status_code == 200
