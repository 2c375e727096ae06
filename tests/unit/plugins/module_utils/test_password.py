# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A password is changed with one login of each of the two, whatever becomes of the reply."""

from __future__ import annotations

import json

import jwt
import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._accounts import Accounts
from ansible_collections.bloq.cloud.plugins.module_utils._connection import Connection
from ansible_collections.bloq.cloud.plugins.module_utils._errors import BloqError, InputError, RefusedError
from ansible_collections.bloq.cloud.plugins.module_utils._http import local_transport
from ansible_collections.bloq.cloud.plugins.module_utils._password import ensure_password
from ansible_collections.bloq.cloud.tests.unit.plugins.module_utils.http_service import Answer, Service

TOKEN = jwt.encode({"aud": "accounts", "exp": 4102444800}, "k" * 32, algorithm="HS256")
YES = Answer(body=json.dumps({"accessToken": TOKEN}).encode())
NO = Answer(status=401)
DONE = Answer(status=204, body=b"")
LOST = Answer(raw=b"")


def change(service: Service, *answers: Answer, check_mode: bool = False, old: str = "old", new: str = "new") -> bool:
    service.answer(*answers)
    accounts = Accounts(local_transport(Connection(service.url)))
    return ensure_password(accounts, "me", old, new, check_mode=check_mode)


def asked(service: Service) -> list[str]:
    return [f"{method} {path}" for method, path, _headers, _body in service.requests]


LOGIN, PUT = "POST /auth", "PUT /users/me/password"


@pytest.mark.parametrize(
    ("answers", "check_mode", "changed", "requests"),
    [
        ([YES], False, False, [LOGIN]),
        ([NO, YES, DONE], False, True, [LOGIN, LOGIN, PUT]),
        ([NO, YES], True, True, [LOGIN, LOGIN]),
        ([NO, YES, LOST, YES], False, True, [LOGIN, LOGIN, PUT, LOGIN]),
    ],
    ids=["it is so already", "changed", "check mode", "the reply was lost"],
)
def test_it_asks_no_more_than_it_must(
    service: Service, answers: list[Answer], check_mode: bool, changed: bool, requests: list[str]
) -> None:
    assert change(service, *answers, check_mode=check_mode) is changed
    assert asked(service) == requests


def test_the_old_password_s_own_session_changes_it(service: Service) -> None:
    change(service, NO, YES, DONE)
    _method, _path, headers, body = service.requests[-1]
    assert headers["Authorization"] == f"Bearer {TOKEN}"
    assert json.loads(body) == {"oldPassword": "old", "newPassword": "new"}


def test_what_does_not_work_is_told(service: Service) -> None:
    with pytest.raises(RefusedError, match="Neither"):
        change(service, NO)
    assert asked(service) == [LOGIN, LOGIN]
    with pytest.raises(BloqError, match="The password stays"):
        change(service, NO, YES, Answer(status=400))
    with pytest.raises(BloqError, match="closed the connection"):
        change(service, NO, YES, LOST, NO)
    service.requests.clear()
    with pytest.raises(InputError, match="new_password is missing"):
        change(service, YES, new="")
    assert service.requests == []
