# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What comes back is told without secrets, and never without end."""

from __future__ import annotations

import email.utils
import json
import time
import typing as t

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._errors import BloqError, RefusedError, ReplyError, StatusError
from ansible_collections.bloq.cloud.tests.unit.plugins.module_utils.http_service import CANARY, Answer, Service


@pytest.mark.parametrize(
    ("answer", "kind", "told"),
    [
        (Answer(401, b'{"code": "InvalidToken"}'), RefusedError, r"answered 401 \(InvalidToken\) to GET /path\."),
        (Answer(403, b"<html>"), RefusedError, r"answered 403 to GET /path\."),
        (Answer(404, b'{"code": "a b<script>"}'), StatusError, r"answered 404 to GET /path: .* Check the options"),
        (Answer(400, b'{"code": 7}'), StatusError, r"answered 400 to GET /path: .* Check the options"),
        (Answer(429, b"", {"Retry-After": "99999"}), StatusError, "too many requests. Try again later"),
        (Answer(500, b"oops"), StatusError, "overloaded or broken"),
        (Answer(204, b""), StatusError, "answered 204 to GET /path: .* Check the URL"),
    ],
)
def test_other_statuses_are_told_without_the_body(
    service: Service, waits: list[float], answer: Answer, kind: type[BloqError], told: str
) -> None:
    service.answer(answer._replace(headers={"X-Echo": CANARY}, body=answer.body + b" " * 9))
    with pytest.raises(kind, match=told) as error:
        service.transport().send("GET", "/path", bearer=CANARY)
    assert error.type is kind
    assert CANARY not in str(error.value) and "<" not in str(error.value)


def test_what_is_no_json_is_handed_on_for_the_operation_to_judge(service: Service) -> None:
    service.answer(Answer(200, b"<html>"), Answer(200, b""), Answer(200, b"[" * 100000))
    bodies = [service.transport().send("GET", "/").body for _turn in range(3)]
    assert bodies == [b"<html>", None, b"[" * 100000]


def test_a_list_of_ten_thousand_nodes_is_read(service: Service) -> None:
    node = {
        "id": "node-00000000-0000-4000-8000-000000000000",
        "user": "0" * 24,
        "chain": "btc",
        "network": "mainnet",
        "state": "started",
        "ip": "203.0.113.255",
        "url": "https://203.0.113.255:8332/",
        "createdAt": "2026-01-01T00:00:00.000Z",
        "stoppedAt": None,
        "auth": {"type": "basic", "user": "0" * 10, "pass": "0" * 32},
        "serviceData": {"software": "core-0.17", "performance": "standard", "amiPrefix": "btc-core-0.17"},
        "vendor": {"name": "aws", "region": "us-east-1"},
    }
    service.answer(Answer(200, json.dumps([node] * 10000).encode()))
    assert service.transport().send("GET", "/").body == [node] * 10000


def test_a_reply_without_end_is_cut_off(service: Service) -> None:
    service.answer(Answer(200, b"x" * (9 * 1024 * 1024)))
    with pytest.raises(ReplyError, match="too large"):
        service.transport().send("GET", "/")


@pytest.mark.parametrize(
    ("offset", "skew"), [(3600, 3600), (-3600, -3600), (0, 0), (86400 * 400, 86400 * 400), (None, 0), ("soon", 0)]
)
def test_the_skew_is_what_the_date_header_says(service: Service, offset: t.Any, skew: float) -> None:
    text = email.utils.formatdate(time.time() + offset, usegmt=True) if isinstance(offset, int) else offset
    service.answer(Answer(headers={} if text is None else {"Date": text}))
    assert abs(service.transport().send("GET", "/").skew - skew) <= 3
