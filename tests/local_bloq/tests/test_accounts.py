# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The services as bloq-api describes them, asked over HTTP."""

from __future__ import annotations

import json
import re
import signal
import sqlite3
import time
import typing as t
from pathlib import Path

import jwt
import requests
from asking import exchange, log_in, make_key
from conftest import USER, Served, serve


def claims(token: str) -> dict[str, t.Any]:
    return t.cast(dict[str, t.Any], jwt.decode(token, options={"verify_signature": False}))


def test_login_gives_an_account_token_of_twelve_hours(bloq: Served) -> None:
    token = log_in(bloq)["Authorization"].split()[1]
    assert jwt.get_unverified_header(token)["alg"] == "RS256"
    assert claims(token)["exp"] - time.time() > 12 * 3600 - 60
    assert "accounts" in claims(token)["aud"]


def test_a_wrong_password_is_401_with_a_code(bloq: Served) -> None:
    reply = requests.post(f"{bloq.accounts}/auth", auth=(USER, "wrong"), timeout=10)
    assert reply.status_code == 401
    assert isinstance(reply.json()["code"], str)


def test_the_user_id_logs_in_as_the_email_does(bloq: Served) -> None:
    profile = requests.get(f"{bloq.accounts}/users/me", headers=log_in(bloq), timeout=10).json()
    assert profile["email"] == USER
    reply = requests.post(f"{bloq.accounts}/auth", auth=(profile["id"], bloq.password), timeout=10)
    assert reply.status_code == 200


def test_a_client_key_lives_from_its_creation_to_its_removal(bloq: Served) -> None:
    account = log_in(bloq)
    key = make_key(bloq, account)
    assert re.fullmatch("[0-9a-f]{40}", key["clientId"])
    assert re.fullmatch("[0-9a-f]{80}", key["clientSecret"])
    listed = requests.get(f"{bloq.accounts}/users/me/client-keys", headers=account, timeout=10).json()
    assert [sorted(entry) for entry in listed if entry["id"] == key["clientId"]] == [["createdAt", "id"]]
    pair = {"grantType": "clientCredentials", **key}
    granted = exchange(bloq, **pair)
    assert granted.status_code == 200
    refresh = {"grantType": "refreshToken", "refreshToken": granted.json()["refreshToken"]}
    refreshed = exchange(bloq, **refresh)
    assert refreshed.status_code == 200
    assert list(refreshed.json()) == ["accessToken"]
    url = f"{bloq.accounts}/users/me/client-keys/{key['clientId']}"
    assert requests.delete(url, headers=account, timeout=10).status_code == 204
    assert requests.delete(url, headers=account, timeout=10).status_code == 404
    assert exchange(bloq, **pair).status_code == 401
    assert exchange(bloq, **refresh).status_code == 401


def test_account_and_client_tokens_are_not_interchangeable(bloq: Served) -> None:
    account = log_in(bloq)
    granted = exchange(bloq, grantType="clientCredentials", **make_key(bloq, account)).json()
    client = {"Authorization": f"Bearer {granted['accessToken']}"}
    refresh = {"Authorization": f"Bearer {granted['refreshToken']}"}
    for path in (f"{bloq.connect}/api/v1/status", f"{bloq.nodes}/users/me/nodes"):
        assert requests.get(path, headers=client, timeout=10).status_code == 200
        assert requests.get(path, headers=account, timeout=10).status_code == 200
        assert requests.get(path, headers=refresh, timeout=10).status_code == 403
        assert requests.get(path, timeout=10).status_code == 401
    assert requests.get(f"{bloq.accounts}/users/me", headers=client, timeout=10).status_code == 403
    assert requests.get(f"{bloq.accounts}/users/me", timeout=10).status_code == 401


def test_services_tell_their_status_without_a_token(bloq: Served) -> None:
    for url in (f"{bloq.accounts}/", f"{bloq.nodes}/", f"{bloq.connect}/status"):
        assert requests.get(url, timeout=10).status_code == 200


def test_a_token_of_another_key_is_refused(bloq: Served) -> None:
    real = claims(log_in(bloq)["Authorization"].split()[1])
    forged = jwt.encode(real, "k" * 32, algorithm="HS256")
    reply = requests.get(f"{bloq.accounts}/users/me", headers={"Authorization": f"Bearer {forged}"}, timeout=10)
    assert reply.status_code == 401


def test_tokens_really_expire_and_connect_says_so_in_its_own_words() -> None:
    with serve("--client-token-ttl", "1") as bloq:
        token = exchange(bloq, grantType="clientCredentials", **make_key(bloq, log_in(bloq))).json()["accessToken"]
        time.sleep(2.1)
        headers = {"Authorization": f"Bearer {token}"}
        reply = requests.get(f"{bloq.connect}/api/v1/status", headers=headers, timeout=10)
    assert (reply.status_code, reply.content) == (401, b"jwt expired")


def test_the_database_survives_and_holds_no_secret(tmp_path: Path) -> None:
    database = tmp_path / "bloq.db"
    with serve("--db", str(database)) as bloq:
        account = log_in(bloq)
        key = make_key(bloq, account)
        granted = exchange(bloq, grantType="clientCredentials", **key).json()
    with serve("--db", str(database), password=bloq.password) as again:
        reply = requests.get(f"{again.accounts}/users/me/client-keys", headers=account, timeout=10)
        assert [entry["id"] for entry in reply.json()] == [key["clientId"]]
    dump = "\n".join(sqlite3.connect(database).iterdump())
    assert key["clientId"] in dump
    for secret in (bloq.password, key["clientSecret"], granted["refreshToken"], granted["accessToken"]):
        assert secret not in dump
    assert "$argon2id$" in dump


def test_the_request_log_has_each_request_and_no_secret(tmp_path: Path) -> None:
    log = tmp_path / "requests.jsonl"
    with serve("--request-log", str(log)) as bloq:
        key = make_key(bloq, log_in(bloq))
        exchange(bloq, grantType="clientCredentials", **key)
    text = log.read_text()
    entries = [json.loads(line) for line in text.splitlines()]
    assert [(entry["method"], entry["path"], entry["status"]) for entry in entries] == [
        ("POST", "/auth", 200),
        ("POST", "/users/me/client-keys", 200),
        ("POST", "/auth/token", 200),
    ]
    assert all(set(entry) == {"time", "service", "method", "path", "status", "token_kind"} for entry in entries)
    assert not any(secret in text for secret in (bloq.password, key["clientSecret"], "eyJ"))


def test_it_stops_cleanly_on_sigterm() -> None:
    with serve() as bloq:
        bloq.process.send_signal(signal.SIGTERM)
        assert bloq.process.wait(10) == 0
