# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules do by themselves, where no action plugin stands before them: by id, and with no vault file."""

from __future__ import annotations

import json
import secrets
import typing as t

import jwt
import pytest
from ansible_collections.bloq.cloud.plugins.module_utils import _operations
from ansible_collections.bloq.cloud.plugins.module_utils._argspec import CLIENT_KEY, NODE
from ansible_collections.bloq.cloud.plugins.module_utils._errors import InputError
from ansible_collections.bloq.cloud.tests.unit.plugins.module_utils.http_service import Answer, Service

KEY = "ab" * 20
TOKEN = jwt.encode({"aud": "accounts"}, secrets.token_bytes(32), algorithm="HS256")
LISTED = Answer(body=json.dumps([{"id": KEY, "createdAt": "2026-11-25T00:00:00.000Z"}]).encode())


def parameters(service: Service, **more: t.Any) -> dict[str, t.Any]:
    given = {name: entry.get("default") for name, entry in {**CLIENT_KEY, **NODE}.items()}
    urls = {"accounts_url": service.url, "nodes_url": service.url}
    return {**given, **urls, "access_token": TOKEN, "state": "present", "kind": "node", **more}


def methods(service: Service) -> list[str]:
    return [request[0] for request in service.requests]


@pytest.mark.parametrize("client_id", [KEY, "cd" * 20])
def test_check_mode_foresees_whether_a_key_is_removed(service: Service, client_id: str) -> None:
    service.answer(LISTED)
    wanted = parameters(service, client_id=client_id, state="absent")
    assert _operations.ensure_client_key(wanted, check_mode=True) == {"changed": client_id == KEY}
    assert methods(service) == ["GET"]


def test_a_key_that_is_there_is_told_and_another_cannot_be_made(service: Service) -> None:
    service.answer(LISTED)
    told = _operations.ensure_client_key(parameters(service, client_id=KEY), check_mode=False)
    assert (told["changed"], told["client_key"]["client_id"]) == (False, KEY)
    with pytest.raises(InputError, match="The service chooses ids: leave client_id out"):
        _operations.ensure_client_key(parameters(service, client_id="cd" * 20), check_mode=False)
    assert set(methods(service)) == {"GET"}


@pytest.mark.parametrize(
    ("operation", "wanted", "message"),
    [
        ("ensure_client_key", {"state": "absent"}, "client_id is missing"),
        ("ensure_client_key", {"name": "ci"}, "needs the controller"),
        ("ensure_node", {"state": "absent"}, "node_id is missing"),
        ("ensure_node", {"name": "main"}, "needs the controller"),
        ("ensure_node", {}, "service_id is missing"),
    ],
)
def test_what_only_the_controller_can_do_is_told_without_a_request(
    service: Service, operation: str, wanted: dict[str, t.Any], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        getattr(_operations, operation)(parameters(service, **wanted), check_mode=False)
    assert service.requests == []


@pytest.mark.parametrize(("operation", "wanted"), [("ensure_client_key", {}), ("ensure_node", {"service_id": "small"})])
def test_check_mode_makes_nothing(service: Service, operation: str, wanted: dict[str, t.Any]) -> None:
    assert getattr(_operations, operation)(parameters(service, **wanted), check_mode=True)["changed"]
    assert service.requests == []
