# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Accounts and Nodes are asked, and what is never asked of them or believed."""

from __future__ import annotations

import json
import secrets
import time
import typing as t

import jwt
import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._accounts import Accounts
from ansible_collections.bloq.cloud.plugins.module_utils._connection import Connection
from ansible_collections.bloq.cloud.plugins.module_utils._errors import InputError, RefusedError, ReplyError
from ansible_collections.bloq.cloud.plugins.module_utils._http import local_transport
from ansible_collections.bloq.cloud.plugins.module_utils._nodes import NodeOrder, Nodes
from ansible_collections.bloq.cloud.tests.unit.plugins.module_utils.http_service import Answer, Service

_DAY = 86400.0
_SIGNED_WITH = secrets.token_bytes(32)
TOKEN = jwt.encode({"aud": "accounts"}, _SIGNED_WITH, algorithm="HS256")
BAD_IDS = ["../profile", "a/b", "a?b", "a#b", "", " ", "a%2e", "ä", "x" * 129, "a\n", "."]


@pytest.mark.parametrize("bad", BAD_IDS)
def test_an_id_that_is_none_is_never_part_of_a_path(service: Service, bad: str) -> None:
    with pytest.raises(InputError):
        Accounts(local_transport(Connection(service.url))).delete_key(TOKEN, bad)
    nodes = Nodes(local_transport(Connection(service.url)))
    for ask in (nodes.find_node, nodes.delete_node):
        with pytest.raises(InputError):
            ask(TOKEN, "node", bad)
    with pytest.raises(InputError):
        nodes.update_cluster(TOKEN, bad, {"capacity": 2})
    assert service.requests == []


@pytest.mark.parametrize("bad", [*BAD_IDS, None, 7, []])
def test_an_id_that_is_none_is_not_taken_from_a_service(service: Service, bad: t.Any) -> None:
    service.answer(Answer(body=json.dumps([{"id": bad}]).encode()))
    with pytest.raises(ReplyError):
        Accounts(local_transport(Connection(service.url))).list_keys(TOKEN)
    with pytest.raises(ReplyError):
        Nodes(local_transport(Connection(service.url))).list_nodes(TOKEN, "node")
    service.answer(Answer(body=json.dumps({"id": bad, "clientId": bad, "clientSecret": "a secret"}).encode()))
    with pytest.raises(ReplyError):
        Accounts(local_transport(Connection(service.url))).create_key(TOKEN)
    with pytest.raises(ReplyError):
        Nodes(local_transport(Connection(service.url))).create_node(TOKEN, NodeOrder("node", "service", "basic"))


@pytest.mark.parametrize("ahead", [-100 * _DAY, 0.0, 100 * _DAY])
@pytest.mark.parametrize(
    "is_service_right", [True, False], ids=["the header alone is off", "the service's clock is off"]
)
def test_a_date_header_that_the_token_contradicts_is_not_believed(
    service: Service, ahead: float, is_service_right: bool
) -> None:
    now = time.time()
    issued = now if is_service_right else now + ahead
    token = jwt.encode({"aud": "connect", "iat": int(issued), "exp": int(issued) + 3600}, _SIGNED_WITH, "HS256")
    date = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(now + ahead))
    service.answer(Answer(body=json.dumps({"accessToken": token}).encode(), headers={"Date": date}))
    grant = Accounts(local_transport(Connection(service.url))).exchange("id", "a secret")
    assert abs(grant.remaining(now) - 3600) < 5
    assert abs(grant.lifetime - 3600) < 5


def test_an_account_that_is_full_needs_no_other_token(service: Service) -> None:
    full = "may have no more of these: remove one"
    for status, code, advice in ((403, "LimitExceeded", full), (403, "x", "right to do this"), (401, "x", "token is")):
        service.answer(Answer(status, body=json.dumps({"code": code}).encode()))
        with pytest.raises(RefusedError, match=advice):
            Accounts(local_transport(Connection(service.url))).create_key(TOKEN)
        with pytest.raises(RefusedError, match=advice):
            Nodes(local_transport(Connection(service.url))).create_node(TOKEN, NodeOrder("node", "service", "basic"))


def test_only_what_adds_something_finds_an_account_full(service: Service) -> None:
    transport = local_transport(Connection(service.url))
    accounts, nodes = Accounts(transport), Nodes(transport)
    requests: list[tuple[t.Callable[[], object], str]] = [
        (lambda: accounts.log_in("me", "a password"), "The user or the password is wrong"),
        (lambda: accounts.exchange("id", "a secret"), "The client key is wrong"),
        (lambda: accounts.list_keys(TOKEN), "right to do this"),
        (lambda: accounts.delete_key(TOKEN, "id"), "right to do this"),
        (lambda: nodes.delete_node(TOKEN, "node", "id"), "right to do this"),
    ]
    for request, advice in requests:
        service.answer(Answer(403, body=b'{"code": "LimitExceeded"}'))
        with pytest.raises(RefusedError, match=advice):
            request()
