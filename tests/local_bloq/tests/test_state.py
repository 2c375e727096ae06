# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state that can be inspected, and that survives a restart."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
import requests
from asking import TIMEOUT, answer, bearer, client_tokens, exchange, log_in, make_key
from conftest import USER, Served, serve
from nodes_client import Client


def state(bloq: Served) -> dict[str, t.Any]:
    reply = requests.get(f"{bloq.accounts}/_local/state", timeout=TIMEOUT)
    assert reply.status_code == 200
    return t.cast(dict[str, t.Any], reply.json())


def test_it_tells_counts_and_ids_and_no_secret() -> None:
    with serve("--user", "other@example.com") as bloq:
        account = log_in(bloq)
        key = make_key(bloq, account)
        removed = make_key(bloq, account)
        requests.delete(f"{bloq.accounts}/users/me/client-keys/{removed['clientId']}", headers=account, timeout=TIMEOUT)
        tokens = exchange(bloq, grantType="clientCredentials", **key).json()
        exchange(bloq, grantType="refreshToken", refreshToken=tokens["refreshToken"])
        me = requests.get(f"{bloq.accounts}/users/me", headers=account, timeout=TIMEOUT).json()
        seen = state(bloq)
        assert seen["users"]["count"] == 2
        assert me["id"] in seen["users"]["ids"]
        assert seen["clientKeys"] == {"count": 1, "ids": [key["clientId"]]}
        assert seen["tokensIssued"] == {"account": 1, "client": 2, "refresh": 1}
        assert seen["nodes"] == seen["clusters"] == {"count": 0, "ids": []}
        assert seen["events"]["count"] >= 1
        for secret in (bloq.password, key["clientSecret"], "eyJ", "$argon2"):
            assert secret not in json.dumps(seen)


def test_what_was_removed_is_not_counted(bloq: Served) -> None:
    client = Client(bloq)
    node, cluster = client.make_node(), client.make_cluster()
    seen = state(bloq)
    assert seen["nodes"] == {"count": 1, "ids": [node["id"]]}
    assert seen["clusters"] == {"count": 1, "ids": [cluster["id"]]}
    assert node["auth"]["pass"] not in json.dumps(seen)
    client.ask("DELETE", f"/users/me/nodes/{node['id']}", 204)
    client.ask("DELETE", f"/users/me/clusters/{cluster['id']}", 204)
    assert state(bloq)["nodes"] == state(bloq)["clusters"] == {"count": 0, "ids": []}


def test_it_is_for_this_machine_alone() -> None:
    address = _other_address()
    if address is None:
        pytest.skip("this machine has no address but the loopback one")
    with serve("--host", "0.0.0.0") as bloq:  # noqa: S104 - what is refused is the point
        url = bloq.accounts.replace("0.0.0.0", address)  # noqa: S104
        for path in ("/_local/state", "/_local/mails", "/_local/faults"):
            assert answer(requests.get(url + path, timeout=TIMEOUT)) == (403, {"code": "LoopbackOnly"})
        assert requests.get(url, timeout=TIMEOUT).status_code == 200


def _other_address() -> str | None:
    """Return this machine's address in its network. Nothing is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        address = str(probe.getsockname()[0])
    return None if address.startswith("127.") else address


def test_everything_survives_a_restart(tmp_path: Path) -> None:
    database = str(tmp_path / "bloq.db")
    with serve("--db", database) as bloq:
        account = log_in(bloq)
        key = make_key(bloq, account)
        tokens = client_tokens(bloq, account)
        seen = state(bloq)
    with serve("--db", database, password=bloq.password) as again:
        kept = state(again)
        assert all(kept[what] == seen[what] for what in ("users", "clientKeys", "events"))
        assert requests.get(f"{again.accounts}/users/me", headers=account, timeout=TIMEOUT).status_code == 200
        client = bearer(tokens["accessToken"])
        assert requests.get(f"{again.connect}/api/v1/status", headers=client, timeout=TIMEOUT).status_code == 200
        assert exchange(again, grantType="refreshToken", refreshToken=tokens["refreshToken"]).status_code == 200
        assert exchange(again, grantType="clientCredentials", **key).status_code == 200
        assert log_in(again)


def test_another_password_than_the_database_has_is_told_at_the_start(tmp_path: Path) -> None:
    database, other = str(tmp_path / "bloq.db"), secrets.token_urlsafe(18)
    with serve("--db", database) as bloq:
        assert log_in(bloq)
    command = [str(Path(sys.executable).with_name("local-bloq")), "serve", "--port-base", "0", "--db", database]
    given = {**os.environ, "LOCAL_BLOQ_PASSWORD": other}
    done = subprocess.run(
        [*command, "--user", USER], env=given, capture_output=True, text=True, timeout=30, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert f"The account {USER} has another password in {database}." in done.stderr
    assert other not in done.stderr and "Traceback" not in done.stderr
    with serve("--db", database, password=bloq.password) as again:
        assert log_in(again)


def test_accounts_come_from_options_and_from_a_file(tmp_path: Path) -> None:
    users = tmp_path / "users.yml"
    # None that begins with a dash, as an option does, or is a number for YAML.
    passwords = {name: f"p{secrets.token_hex(12)}" for name in ("first", "second", "boss", "late")}
    users.write_text(
        f"- {{email: boss@example.com, password: {passwords['boss']}, admin: true, display_name: The Boss}}\n"
        f"- {{email: late@example.com, password: {passwords['late']}, verified: false}}\n"
    )
    options = ["--user", "second@example.com", "--password", passwords["first"], "--password", passwords["second"]]
    with serve(*options, "--users-file", str(users)) as bloq:
        log_in(bloq, USER, passwords["first"])
        log_in(bloq, "second@example.com", passwords["second"])
        boss = log_in(bloq, "boss@example.com", passwords["boss"])
        profile = requests.get(f"{bloq.accounts}/users/me", headers=boss, timeout=TIMEOUT).json()
        assert profile["displayName"] == "The Boss"
        late = ("late@example.com", passwords["late"])
        assert requests.post(f"{bloq.accounts}/auth", auth=late, timeout=TIMEOUT).status_code == 403
        mails = requests.get(f"{bloq.accounts}/_local/mails", timeout=TIMEOUT).json()
        url = f"{bloq.accounts}/users/{late[0]}/token/{mails[0]['verificationToken']}"
        assert requests.put(url, timeout=TIMEOUT).status_code == 204
        assert log_in(bloq, *late)


def test_the_log_never_shows_what_verifies_an_address(tmp_path: Path) -> None:
    log = tmp_path / "requests.jsonl"
    with serve("--request-log", str(log)) as bloq:
        token = secrets.token_hex(16)
        for path in (f"/users/{USER}/token/{token}", f"/users/{USER}/token/{token}/"):
            requests.put(bloq.accounts + path, timeout=TIMEOUT)
    assert len(log.read_text().splitlines()) == 2
    assert token not in log.read_text()
