# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the far host's half does with the request that it is given: it is sent once, and the answer comes back whole."""

from __future__ import annotations

import base64
import json
import os
import secrets
import typing as t
from pathlib import Path

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._argspec import RELAY
from ansible_collections.bloq.cloud.plugins.module_utils._errors import FileError, InputError, UnreachableError
from ansible_collections.bloq.cloud.plugins.module_utils._relay import relay
from ansible_collections.bloq.cloud.tests.unit.plugins.module_utils.http_service import CANARY, Answer, Service, sent


def relayed(service: Service, **request: t.Any) -> dict[str, t.Any]:
    given = {name: entry.get("default") for name, entry in RELAY.items()}
    return relay({**given, "request": json.dumps({"method": "GET", "url": f"{service.url}/x?y=z", **request})})


@pytest.fixture(autouse=True)
def _home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.mark.parametrize("status", [200, 201, 302, 401, 404, 429, 500, 503])
def test_any_answer_comes_back_after_one_request(service: Service, status: int) -> None:
    body = bytes(range(256))
    service.answer(Answer(status, body, {"Retry-After": "3", "Date": "then", "Set-Cookie": CANARY}))
    result = relayed(service)
    assert (result["status"], base64.b64decode(result["content"])) == (status, body)
    assert result["headers"] == {"Retry-After": "3", "Date": "then"}
    assert [request[:2] for request in service.requests] == [("GET", "/x?y=z")]


def test_what_is_sent_is_what_was_given(service: Service) -> None:
    relayed(service, method="POST", bearer=CANARY, body={"a": 1}, headers={"X-Reason": "a test"})
    assert sent(service)["X-Reason"] == "a test"
    assert service.requests[0][3] == b'{"a": 1}'
    assert sent(service)["Authorization"] == f"Bearer {CANARY}"
    relayed(service, basic=["me", "a:word"])
    assert sent(service, 1)["Authorization"] == "Basic " + base64.b64encode(b"me:a:word").decode()


def test_a_lost_reply_is_not_asked_for_again(service: Service) -> None:
    service.answer(Answer(raw=b""))
    with pytest.raises(UnreachableError) as caught:
        relayed(service)
    assert caught.value.maybe_received
    assert len(service.requests) == 1


@pytest.mark.parametrize(
    "request_text",
    [
        *("", "[]", "null", "{}", '{"method": "GET"}', '{"method": "GET", "url": 7}'),
        '{"method": "GET", "url": "http://127.0.0.1:9/", "headers": 7}',
    ],
)
def test_what_is_not_a_request_is_refused(request_text: str) -> None:
    given = {name: entry.get("default") for name, entry in RELAY.items()}
    with pytest.raises(InputError):
        relay({**given, "request": request_text})


@pytest.mark.parametrize("field", ["bearer", "basic", "body"])
@pytest.mark.parametrize("value", [7, "text", [], [1], {"a": []}, None, True])
def test_odd_values_end_in_an_answer_or_a_clear_error(service: Service, field: str, value: t.Any) -> None:
    try:
        relayed(service, **{field: value})
    except InputError as error:
        assert "request" in str(error)


def test_a_request_with_an_id_is_sent_once(service: Service, tmp_path: Path) -> None:
    request_id = secrets.token_hex(16)
    relayed(service, method="POST", id=request_id)
    with pytest.raises(UnreachableError, match="has been sent already") as caught:
        relayed(service, method="POST", id=request_id)
    assert caught.value.maybe_received and caught.value.timed_out
    assert len(service.requests) == 1
    (note,) = (tmp_path / ".ansible" / "bloq_relay").iterdir()
    assert (note.name, note.read_bytes(), note.stat().st_mode & 0o777) == (request_id, b"", 0o600)
    os.utime(note, (0, 0))
    relayed(service, method="POST", id=secrets.token_hex(16))
    assert not note.exists()


def test_where_no_note_can_be_kept_nothing_is_sent(
    service: Service, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".ansible").write_text("in the way", encoding="utf-8")
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path / "none"))

    def refuse(*_any: object) -> None:
        raise PermissionError(13, "no")

    monkeypatch.setattr("os.makedirs", refuse)
    with pytest.raises(FileError, match="No note can be kept"):
        relayed(service, method="POST", id=secrets.token_hex(16))
    assert service.requests == []


@pytest.mark.parametrize("rights", [0o777, 0o770])
def test_a_folder_that_others_can_write_in_is_passed_over(service: Service, tmp_path: Path, rights: int) -> None:
    folder = tmp_path / ".ansible" / "bloq_relay"
    folder.mkdir(parents=True)
    folder.chmod(rights)
    relayed(service, method="POST", id=secrets.token_hex(16))
    assert list(folder.iterdir()) == []


def test_a_request_that_comes_too_late_is_not_sent(service: Service) -> None:
    with pytest.raises(UnreachableError, match="too late") as caught:
        relayed(service, method="POST", id=secrets.token_hex(16), not_after=1.0)
    assert not caught.value.maybe_received
    assert service.requests == []


def test_without_a_request_it_says_what_time_it_is() -> None:
    given = {name: entry.get("default") for name, entry in RELAY.items()}
    first, second = relay(given)["now"], relay(given)["now"]
    assert 0 < first <= second < first + 60


def test_a_second_run_never_says_that_nothing_was_sent(service: Service) -> None:
    request_id = secrets.token_hex(16)
    relayed(service, method="POST", id=request_id)
    with pytest.raises(UnreachableError) as caught:
        relayed(service, method="POST", id=request_id, not_after=0.0)
    assert caught.value.maybe_received
