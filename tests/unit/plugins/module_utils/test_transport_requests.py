# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests reach the service as meant, and nobody else."""

from __future__ import annotations

import base64
import json
import pathlib

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._errors import StatusError
from ansible_collections.bloq.cloud.tests.unit.plugins.module_utils.http_service import CANARY, Answer, Service, sent


def test_a_request_and_its_answer(service: Service) -> None:
    reply = service.transport().send("POST", "/auth/token", body={"grantType": "x"}, bearer="token")
    assert (reply.status, reply.body) == (200, {"ok": True})
    method, path, headers, body = service.requests[0]
    assert (method, path, json.loads(body)) == ("POST", "/auth/token", {"grantType": "x"})
    assert headers["Authorization"] == "Bearer token" and headers["Content-Type"] == "application/json"


def test_a_login_is_sent_as_utf_8(service: Service) -> None:
    service.transport().send("POST", "/auth", basic=("jörg@example.com", "pä:ß"))
    assert base64.b64decode(sent(service)["Authorization"].split()[1]).decode() == "jörg@example.com:pä:ß"


def test_netrc_is_not_asked(service: Service, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n", encoding="utf-8")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    service.transport().send("GET", "/", bearer="token")
    service.transport().send("GET", "/")
    assert sent(service)["Authorization"] == "Bearer token"
    assert "Authorization" not in sent(service, 1)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_never_followed(service: Service, status: int) -> None:
    service.answer(Answer(status, headers={"Location": f"{service.url}/elsewhere"}))
    with pytest.raises(StatusError, match="redirect, which is never followed"):
        service.transport().send("POST", "/auth", basic=("u", CANARY))
    assert len(service.requests) == 1
