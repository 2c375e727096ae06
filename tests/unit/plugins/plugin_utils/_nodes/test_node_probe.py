# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a node is asked for its height, and Connect for that of the chain."""

from __future__ import annotations

import json
import types
import typing as t

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._argspec import NODE
from ansible_collections.bloq.cloud.plugins.module_utils._errors import InputError, ReplyError, RpcError, StatusError
from ansible_collections.bloq.cloud.plugins.module_utils._granted import Token
from ansible_collections.bloq.cloud.plugins.module_utils._tokens import CLIENT
from ansible_collections.bloq.cloud.plugins.module_utils._transport import Transport
from ansible_collections.bloq.cloud.plugins.plugin_utils._nodes import rpc
from ansible_collections.bloq.cloud.plugins.plugin_utils._nodes.probe import NodeProbe
from ansible_collections.bloq.cloud.plugins.plugin_utils._nodes.ready import Heights
from ansible_collections.bloq.cloud.plugins.plugin_utils._nodes.record import NodeRecord
from ansible_collections.bloq.cloud.plugins.plugin_utils._options.resolve import resolve
from ansible_collections.bloq.cloud.plugins.plugin_utils._options.variables import Variables
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.source import ObtainedToken
from ansible_collections.bloq.cloud.tests.unit.plugins.module_utils.http_service import Answer, Service, sent

_CONNECT = {"info": {"blocks": 90}}
_LOADING = {"id": 1, "result": None, "error": {"code": -28, "message": "Loading block index"}}


class Asked:
    """One node, which is Connect too, and what was asked for."""

    def __init__(self, service: Service, *answers: object, **record: t.Any) -> None:
        service.answer(*(Answer(200, json.dumps(answer).encode()) for answer in answers))
        self.service = service
        self.transports: list[tuple[t.Any, ...]] = []
        self.grants: list[tuple[str, bool]] = []
        known = {"nodes_url": "", "kind": "node", "id": "n-1", "url": service.url, "username": "u", "password": "p"}
        self.record = NodeRecord(**{**known, **record})

    def probe(self, **options: t.Any) -> NodeProbe:
        given = {
            "client_id": "id",
            "client_secret": "secret",
            "connect_url": self.service.url,
            "accounts_url": "http://127.0.0.1:1",
            **options,
        }
        return NodeProbe(
            "main",
            self.record,
            transport=self.transport,
            options=resolve(NODE, given, lambda _name: None, {}),
            variables=Variables({}, lambda value: value),
            source=types.SimpleNamespace(nodes=self.nodes),  # type: ignore[arg-type]
        )

    def transport(self, option: str, url: str, certificate: str | None = None, **limits: float) -> Transport:
        self.transports.append((option, url, certificate, limits))
        return self.service.transport(**limits)

    def nodes(self, accounts_url: str, _credential: object, _grant: str, *, force: bool) -> ObtainedToken:
        self.grants.append((accounts_url, force))
        return ObtainedToken(Token(f"token-{len(self.grants)}", CLIENT, 4102444800.0, 3600.0), "cache")


def _result(result: object) -> dict[str, t.Any]:
    return {"id": 1, "result": result, "error": None}


def _methods(service: Service) -> list[str]:
    return [json.loads(body)["method"] for _verb, _path, _headers, body in service.requests]


def test_a_node_is_asked_for_its_height_once_in_the_time_that_there_is(node: Service) -> None:
    asked = Asked(node, _result(70), chain="btc", certificate=None)
    assert asked.probe().answering(2.54) == Heights(70, None)
    assert _methods(node) == ["getblockcount"]
    assert json.loads(node.requests[0][3])["jsonrpc"] == "1.0"
    assert sent(node)["Authorization"].startswith("Basic ")
    assert asked.transports == [("url", node.url, None, {"retries": 0, "timeout": 2.5, "max_retry_wait": 2.5})]
    assert asked.grants == []


def test_no_longer_than_the_task_allows(node: Service) -> None:
    asked = Asked(node, _result(70))
    asked.probe(timeout=5, max_retry_wait=7).answering(600)
    assert asked.transports[0][3] == {"retries": 0, "timeout": 5.0, "max_retry_wait": 7.0}


def test_a_node_must_show_the_certificate_of_its_record(node: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rpc, "known_fingerprint", lambda _name, certificate: certificate)
    asked = Asked(node, _result(70), certificate="PEM", url="https://n")
    asked.probe().answering(1)
    assert asked.transports[0][:3] == ("url", "https://n", "PEM")


def test_a_node_of_ethereum_tells_both_heights(node: Service) -> None:
    asked = Asked(node, _result("0x10"), _result({"currentBlock": "0x10", "highestBlock": "0x64"}), chain="eth")
    assert asked.probe().synced(5) == Heights(16, 100)
    assert _methods(node) == ["eth_blockNumber", "eth_syncing"]
    assert {json.loads(request[3])["jsonrpc"] for request in node.requests} == {"2.0"}


def test_connect_tells_the_height_of_other_chains(node: Service) -> None:
    asked = Asked(node, _result(70), _CONNECT, chain="btc")
    assert asked.probe().synced(5) == Heights(70, 90)
    assert [request[:2] for request in node.requests] == [("POST", "/"), ("GET", "/api/v1/status")]
    assert sent(node, 1)["Authorization"] == "Bearer token-1"
    *whom, limits = asked.transports[1]
    assert whom == ["connect_url", node.url, None]
    # The node has had its share of the time.
    assert limits["retries"] == 0 and 3 < limits["timeout"] == limits["max_retry_wait"] <= 5
    assert asked.grants == [("http://127.0.0.1:1", False)]


def test_connect_is_asked_at_the_chains_own_address(node: Service) -> None:
    asked = Asked(node, _result(70), _CONNECT, chain="bch")
    asked.probe(connect_url=f"{node.url}/{{chain}}").synced(5)
    assert asked.transports[1][1] == f"{node.url}/bch"


def test_what_connect_says_of_an_error_is_told(node: Service) -> None:
    asked = Asked(node, _result(70), chain="btc")
    node.answer(node.answers[0], Answer(503))
    with pytest.raises(StatusError, match=r"answered 503 to GET /api/v1/status"):
        asked.probe().synced(5)
    node.answer(Answer(200, json.dumps(_result(70)).encode()), Answer(200, b"{}"))
    with pytest.raises(ReplyError, match="not a height"):
        asked.probe().synced(5)


def test_a_node_that_takes_tokens_gets_one(node: Service) -> None:
    asked = Asked(node, _result(70), auth_type="jwt", username=None, password=None)
    assert asked.probe().answering(5).own == 70
    assert sent(node)["Authorization"] == "Bearer token-1"


def test_a_token_of_this_machine_is_of_no_use_to_a_node_of_bloqs(node: Service) -> None:
    asked = Asked(node, _result(70), auth_type="jwt", nodes_url="https://nodes.bloq.cloud")
    with pytest.raises(InputError, match="nodes_url"):
        asked.probe().answering(5)
    assert asked.grants == [] and node.requests == []


def test_what_a_node_says_of_an_error_is_told(node: Service) -> None:
    asked = Asked(node, _LOADING)
    with pytest.raises(RpcError, match="Loading block index"):
        asked.probe().answering(5)


def test_a_record_that_does_not_say_how_it_is_asked_is_refused(node: Service) -> None:
    asked = Asked(node, _result(70), password=None)
    with pytest.raises(InputError, match="node 'main' has no username and password"):
        asked.probe()
