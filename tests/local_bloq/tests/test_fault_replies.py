# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults, as a client meets them on its socket: which requests they strike, and what comes in place of the reply."""

from __future__ import annotations

import email.utils
import json
import time
import typing as t
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from asking import cause, control, log_in
from conftest import USER, Served, serve

KEYS = "/users/me/client-keys"


@pytest.fixture(scope="module")
def logged_in(bloq: Served) -> dict[str, str]:
    """The header of a logged-in account."""
    return log_in(bloq)


@pytest.fixture
def account(bloq: Served, logged_in: dict[str, str]) -> Iterator[dict[str, str]]:
    """The header of a logged-in account; afterwards no fault is left."""
    yield logged_in
    control(bloq, "DELETE")


def keys(bloq: Served, account: dict[str, str]) -> list[str]:
    return [key["id"] for key in requests.get(f"{bloq.accounts}{KEYS}", headers=account, timeout=10).json()]


def make_key(bloq: Served, account: dict[str, str], *, timeout: float = 10, stream: bool = False) -> requests.Response:
    return requests.post(f"{bloq.accounts}{KEYS}", headers=account, timeout=timeout, stream=stream)


def eventually(condition: t.Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("status", [401, 403, 404, 409, 429, 500, 502, 503, 599])
def test_a_status_replaces_the_reply_and_nothing_is_carried_out(
    status: int, bloq: Served, account: dict[str, str]
) -> None:
    before = keys(bloq, account)
    cause(bloq, {"method": "POST", "path": KEYS, "status": status})
    reply = make_key(bloq, account)
    assert reply.status_code == status
    assert reply.headers["content-type"] == "application/json"
    assert isinstance(reply.json()["code"], str)
    assert keys(bloq, account) == before
    assert make_key(bloq, account).status_code == 200


@pytest.mark.parametrize(
    "retry_after",
    [
        3,
        0,
        -1,
        10**18,
        email.utils.formatdate(time.time() + 60, usegmt=True),
        email.utils.formatdate(0, usegmt=True),
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "soon",
        "1e400",
    ],
)
def test_retry_after_is_sent_as_it_is(retry_after: int | str, bloq: Served, account: dict[str, str]) -> None:
    cause(bloq, {"method": "POST", "path": KEYS, "status": 429, "retry_after": retry_after})
    reply = make_key(bloq, account)
    assert (reply.status_code, reply.headers["retry-after"]) == (429, str(retry_after))


def test_a_delay_comes_before_the_request_is_carried_out(bloq: Served, account: dict[str, str]) -> None:
    before = keys(bloq, account)
    cause(bloq, {"method": "POST", "path": KEYS, "delay": 3})
    with pytest.raises(requests.exceptions.ReadTimeout):
        make_key(bloq, account, timeout=0.3)
    assert keys(bloq, account) == before
    # A server does not know that the client no longer waits.
    eventually(lambda: len(keys(bloq, account)) == len(before) + 1)


def test_a_delay_after_comes_when_the_request_is_carried_out(bloq: Served, account: dict[str, str]) -> None:
    before = keys(bloq, account)
    cause(bloq, {"method": "POST", "path": KEYS, "delay_after": 300})
    with pytest.raises(requests.exceptions.ReadTimeout):
        make_key(bloq, account, timeout=0.3)
    eventually(lambda: len(keys(bloq, account)) == len(before) + 1)


def test_what_is_held_is_carried_out_when_faults_are_set_again(bloq: Served, account: dict[str, str]) -> None:
    before = keys(bloq, account)
    cause(bloq, {"method": "POST", "path": KEYS, "hold": True})
    with pytest.raises(requests.exceptions.ReadTimeout):
        make_key(bloq, account, timeout=0.3)
    assert keys(bloq, account) == before
    cause(bloq, {"method": "POST", "path": KEYS, "status": 500})
    eventually(lambda: len(keys(bloq, account)) == len(before) + 1)


def test_a_delay_does_not_hold_up_other_requests(bloq: Served, account: dict[str, str]) -> None:
    cause(bloq, {"method": "POST", "path": KEYS, "delay": 300})
    with pytest.raises(requests.exceptions.ReadTimeout):
        make_key(bloq, account, timeout=0.3)
    started = time.monotonic()
    keys(bloq, account)
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(("when", "made"), [("before", 0), ("after", 1)])
def test_a_reset_loses_the_reply_but_not_what_was_committed(
    when: str, made: int, bloq: Served, account: dict[str, str]
) -> None:
    before = keys(bloq, account)
    cause(bloq, {"method": "POST", "path": KEYS, "reset": when})
    with pytest.raises(requests.exceptions.ConnectionError, match="Connection reset by peer"):
        make_key(bloq, account)
    assert len(keys(bloq, account)) == len(before) + made


@pytest.mark.parametrize(
    "fault",
    [
        {"delay": 0.5, "reset": "before"},
        {"delay": 0.5, "reset": "after"},
        {"delay_after": 0.5, "reset": "after"},
        {"delay": 0.5, "truncate": True},
        {"delay": 0.5, "size": 1_000_000},
        {"delay": 0.5, "drip": 0.01},
        {"delay": 0.5, "status": 500},
        {"delay": 0.5},
    ],
    ids=str,
)
@pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
def test_nothing_is_told_of_a_client_that_has_gone(tls: bool, fault: dict[str, t.Any], tmp_path: Path) -> None:
    options = ("--tls", "good", "--tls-folder", str(tmp_path)) if tls else ()
    with serve(*options) as bloq:
        trusted = str(tmp_path / "ca.pem") if tls else True
        faults = [{"path": "/", **fault}]
        reply = requests.put(f"{bloq.accounts}/_local/faults", json=faults, verify=trusted, timeout=10)
        assert reply.status_code == 200
        with pytest.raises(requests.exceptions.ReadTimeout):
            requests.get(bloq.accounts, verify=trusted, timeout=0.2)
        time.sleep(0.6)


def test_a_reset_reaches_through_tls(tmp_path: Path) -> None:
    with serve("--tls", "good", "--tls-folder", str(tmp_path)) as bloq:
        ca = str(tmp_path / "ca.pem")
        fault = {"path": "/", "reset": "after"}
        assert requests.put(f"{bloq.accounts}/_local/faults", json=[fault], verify=ca, timeout=10).status_code == 200
        with pytest.raises(requests.exceptions.ConnectionError):
            requests.get(f"{bloq.accounts}/", verify=ca, timeout=10)
        assert requests.get(f"{bloq.accounts}/", verify=ca, timeout=10).status_code == 200


def test_a_truncated_reply_promises_more_than_it_has(bloq: Served, account: dict[str, str]) -> None:
    before = keys(bloq, account)
    cause(bloq, {"method": "POST", "path": KEYS, "truncate": True})
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        make_key(bloq, account)
    assert len(keys(bloq, account)) == len(before) + 1
    cause(bloq, {"method": "POST", "path": KEYS, "truncate": True})
    with make_key(bloq, account, stream=True) as reply:
        assert reply.status_code == 200
        received = reply.raw.read(decode_content=False, amt=int(reply.headers["content-length"]) // 2)
    with pytest.raises(ValueError, match="Unterminated"):
        json.loads(received)


def test_html_with_status_200_in_place_of_the_reply(bloq: Served, account: dict[str, str]) -> None:
    cause(bloq, {"method": "POST", "path": KEYS, "body": "<html>Welcome</html>", "content_type": "text/html"})
    reply = make_key(bloq, account)
    assert (reply.status_code, reply.headers["content-type"]) == (200, "text/html")
    assert reply.text == "<html>Welcome</html>"


def test_a_wrong_content_type_on_the_real_reply(bloq: Served, account: dict[str, str]) -> None:
    cause(bloq, {"path": "/users/me", "content_type": "text/plain"})
    reply = requests.get(f"{bloq.accounts}/users/me", headers=account, timeout=10)
    assert reply.headers["content-type"] == "text/plain"
    assert reply.json()["email"] == USER


def test_json_of_the_wrong_type(bloq: Served, account: dict[str, str]) -> None:
    cause(bloq, {"path": KEYS, "body": '{"accessToken": 5}'})
    reply = make_key(bloq, account)
    assert (reply.status_code, reply.json()) == (200, {"accessToken": 5})


def test_commit_carries_out_what_another_reply_hides(bloq: Served, account: dict[str, str]) -> None:
    before = keys(bloq, account)
    cause(bloq, {"method": "POST", "path": KEYS, "status": 503, "commit": True})
    assert make_key(bloq, account).status_code == 503
    assert len(keys(bloq, account)) == len(before) + 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_goes_where_the_header_says(status: int, bloq: Served, account: dict[str, str]) -> None:
    elsewhere = f"{bloq.nodes.replace('127.0.0.1', 'localhost')}/"
    cause(bloq, {"path": "/users/me", "status": status, "headers": {"Location": elsewhere}})
    first = requests.get(f"{bloq.accounts}/users/me", headers=account, allow_redirects=False, timeout=10)
    assert (first.status_code, first.headers["location"]) == (status, elsewhere)
    cause(bloq, {"path": "/users/me", "status": status, "headers": {"Location": elsewhere}})
    assert requests.get(f"{bloq.accounts}/users/me", headers=account, timeout=10).url == elsewhere


def test_a_redirect_without_end(bloq: Served, account: dict[str, str]) -> None:
    cause(bloq, {"path": "/users/me", "times": 1000, "status": 302, "headers": {"Location": "/users/me"}})
    with pytest.raises(requests.exceptions.TooManyRedirects):
        requests.get(f"{bloq.accounts}/users/me", headers=account, timeout=10)


def test_an_enormous_body_is_sent_piece_by_piece_and_the_json_stays_json(bloq: Served, account: dict[str, str]) -> None:
    cause(bloq, {"path": "/users/me", "size": 5_000_000}, {"path": "/users/me", "size": 10 * 1024**3})
    reply = requests.get(f"{bloq.accounts}/users/me", headers=account, timeout=30)
    assert len(reply.content) == int(reply.headers["content-length"]) == 5_000_000
    assert reply.json()["email"] == USER
    with requests.get(f"{bloq.accounts}/users/me", headers=account, stream=True, timeout=30) as huge:
        assert int(huge.headers["content-length"]) == 10 * 1024**3
        assert len(huge.raw.read(2_000_000)) == 2_000_000
    assert requests.get(f"{bloq.accounts}/users/me", headers=account, timeout=10).status_code == 200
    resident = Path(f"/proc/{bloq.process.pid}/statm")
    if resident.exists():
        assert int(resident.read_text().split()[1]) * 4096 < 500_000_000


def test_a_body_that_drips_without_end(bloq: Served, account: dict[str, str]) -> None:
    cause(bloq, {"path": "/users/me", "drip": 0.002})
    with requests.get(f"{bloq.accounts}/users/me", headers=account, stream=True, timeout=10) as reply:
        assert "content-length" not in reply.headers
        received = b""
        while len(received) < 600:
            piece = reply.raw.read(1)
            assert piece
            received += piece
    assert json.loads(received)["email"] == USER
    assert requests.get(f"{bloq.accounts}/users/me", headers=account, timeout=10).status_code == 200


def test_a_body_that_drips_and_ends(bloq: Served, account: dict[str, str]) -> None:
    cause(bloq, {"path": "/users/me", "body": "[]", "drip": 0.2, "size": 4})
    started = time.monotonic()
    reply = requests.get(f"{bloq.accounts}/users/me", headers=account, timeout=10)
    assert reply.content == b"[]  "
    assert time.monotonic() - started >= 0.6


def test_the_server_stops_in_the_middle_of_anything_slow() -> None:
    with serve() as bloq:
        cause(bloq, {"path": "/", "drip": 0.01}, {"path": "/", "delay": 300})
        with requests.get(f"{bloq.accounts}/", stream=True, timeout=10):
            with pytest.raises(requests.exceptions.ReadTimeout):
                requests.get(f"{bloq.accounts}/", timeout=0.3)
            bloq.process.terminate()
            assert bloq.process.wait(10) == 0


def test_faults_strike_as_often_as_they_say_in_their_order(bloq: Served, account: dict[str, str]) -> None:
    cause(bloq, {"path": "/users/me", "status": 500, "times": 2}, {"path": "/users/me", "status": 503})
    url = f"{bloq.accounts}/users/me"
    assert [requests.get(url, headers=account, timeout=10).status_code for _turn in range(4)] == [500, 500, 503, 200]


def test_only_the_method_and_the_path_that_are_meant(bloq: Served, account: dict[str, str]) -> None:
    cause(bloq, {"method": "DELETE", "path": "/users/*/client-keys/*", "status": 500, "times": 9})
    key = make_key(bloq, account).json()["clientId"]
    assert key in keys(bloq, account)
    url = f"{bloq.accounts}{KEYS}/{key}"
    assert requests.delete(url, headers=account, timeout=10).status_code == 500
    assert control(bloq, "GET").json()[0]["times"] == 8
    assert requests.get(f"{bloq.accounts}/users/me", headers=account, timeout=10).status_code == 200


def test_only_the_service_that_is_meant(bloq: Served, account: dict[str, str]) -> None:
    cause(
        bloq,
        {"service": "nodes", "path": "/users/me*", "status": 500},
        {"service": "connect", "path": "*", "status": 502},
        {"service": "*", "path": "*", "status": 503, "times": 3},
    )
    urls = [f"{bloq.accounts}/users/me", f"{bloq.nodes}/users/me/nodes", f"{bloq.connect}/status"]
    first = [requests.get(url, headers=account, timeout=10).status_code for url in urls]
    second = [requests.get(url, headers=account, timeout=10).status_code for url in reversed(urls)]
    assert (first, second) == ([503, 500, 502], [503, 503, 200])
