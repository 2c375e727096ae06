# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is sent to a node's own API, and what comes of its answers."""

from __future__ import annotations

import base64
import json
import typing as t

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._errors import (
    InputError,
    RefusedError,
    ReplyError,
    RpcError,
    StatusError,
)
from ansible_collections.bloq.cloud.plugins.module_utils._granted import Token
from ansible_collections.bloq.cloud.plugins.module_utils._rpc import RpcCall
from ansible_collections.bloq.cloud.plugins.module_utils._tokens import CLIENT
from ansible_collections.bloq.cloud.plugins.plugin_utils._nodes.rpc import Endpoint, ask, calls_of, endpoint_of_record
from ansible_collections.bloq.cloud.plugins.plugin_utils._options.resolve import Options
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.source import ObtainedToken
from ansible_collections.bloq.cloud.tests.unit.plugins.module_utils.http_service import CANARY, Answer, Service, sent

_COUNT, _HASH = RpcCall("getblockcount"), RpcCall("getblockhash", [3])
_RECORD = {"url": "https://n", "username": "u", "password": CANARY, "nodes_url": "https://nodes"}


def _answer(*bodies: object, status: int = 200) -> list[Answer]:
    return [Answer(status, json.dumps(body).encode()) for body in bodies]


def _result(result: object, number: int = 1) -> dict[str, t.Any]:
    return {"id": number, "result": result, "error": None}


def _body(service: Service, number: int = 0) -> t.Any:
    return json.loads(service.requests[number][3])


def _ask(
    node: Service,
    *calls: RpcCall,
    auth_type: str = "basic",
    user: str | None = "the user",
    password: str | None = CANARY,
    **settings: t.Any,
) -> list[t.Any]:
    endpoint = Endpoint(node.url, auth_type, user, password)
    return ask(node.transport(retries=0), endpoint, calls or [_COUNT], "1.0", **settings)


def _tokens(asked: list[bool]) -> t.Callable[[bool], ObtainedToken]:
    def obtain(fresh: bool) -> ObtainedToken:
        asked.append(fresh)
        return ObtainedToken(Token(f"token-{len(asked)}", CLIENT, 4102444800.0, 3600.0), "cache")

    return obtain


def _options(**given: t.Any) -> Options:
    return Options({"method": None, "batch": None, "params": None, **given}, {})


def test_one_call_is_sent_with_user_and_password(node: Service) -> None:
    node.answer(*_answer(_result(800_000)))
    assert _ask(node) == [800_000]
    assert [request[:2] for request in node.requests] == [("POST", "/")]
    assert _body(node) == {"jsonrpc": "1.0", "id": 1, "method": "getblockcount", "params": []}
    scheme, credentials = sent(node)["Authorization"].split()
    assert (scheme, base64.b64decode(credentials).decode()) == ("Basic", f"the user:{CANARY}")


@pytest.mark.parametrize(("user", "password", "shown"), [("u", None, "u:"), (None, "p", ":p")])
def test_what_a_user_leaves_out_is_empty(node: Service, user: str | None, password: str | None, shown: str) -> None:
    node.answer(*_answer(_result(1)))
    _ask(node, user=user, password=password)
    assert base64.b64decode(sent(node)["Authorization"].split()[1]).decode() == shown


def test_a_node_that_wants_no_credential_gets_none(node: Service) -> None:
    node.answer(*_answer(_result(1)))
    assert _ask(node, auth_type="none") == [1]
    assert "Authorization" not in sent(node)


def test_each_call_of_a_batch_gets_its_own_answer(node: Service) -> None:
    failed = {"id": 2, "result": None, "error": {"code": -8, "message": "out of range"}}
    node.answer(*_answer([failed, _result(7)]))
    height, error = _ask(node, _COUNT, _HASH, is_batch=True)
    assert height == 7
    assert isinstance(error, RpcError) and error.code == -8
    assert [(call["id"], call["method"], call["params"]) for call in _body(node)] == [
        (1, "getblockcount", []),
        (2, "getblockhash", [3]),
    ]


def test_a_batch_of_one_is_a_batch(node: Service) -> None:
    node.answer(*_answer([_result(7)]))
    assert _ask(node, is_batch=True) == [7]
    assert isinstance(_body(node), list)


def test_a_call_is_not_sent_again_after_an_answer_that_may_come_late(node: Service) -> None:
    node.answer(Answer(503, b"later"), *_answer(_result(1)))
    with pytest.raises(StatusError, match=r"answered 503 to POST /: it is overloaded"):
        ask(node.transport(retries=3), Endpoint(node.url, "none"), [_COUNT], "1.0")
    assert len(node.requests) == 1


def test_an_error_of_a_call_is_told_whatever_the_status(node: Service) -> None:
    node.answer(*_answer({"id": 1, "result": None, "error": {"code": -28, "message": "Loading"}}, status=500))
    [error] = _ask(node)
    assert isinstance(error, RpcError) and (error.code, error.message) == (-28, "Loading")


def test_an_answer_that_repeats_the_password_is_shown_without_it(node: Service) -> None:
    node.answer(*_answer(_result({"you sent": f"the user:{CANARY}"})))
    assert CANARY not in str(_ask(node)) and "you sent" in str(_ask(node))


def test_what_is_not_json_rpc_is_told_with_the_address(node: Service) -> None:
    node.answer(*_answer({"hello": 1}))
    with pytest.raises(ReplyError, match=f"answer of {node.url} is not JSON-RPC. Check the URL"):
        _ask(node)


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_names_the_node_and_what_to_check(node: Service, status: int) -> None:
    node.answer(*_answer({"code": "no_such_user"}, status=status))
    with pytest.raises(RefusedError, match=f"The node at {node.url} refuses the credentials") as refused:
        _ask(node)
    assert (refused.value.status, refused.value.code) == (status, "no_such_user")
    assert CANARY not in str(refused.value)


def test_a_token_that_is_over_is_replaced_once(node: Service) -> None:
    asked: list[bool] = []
    node.answer(Answer(401, b'"jwt expired"'), *_answer(_result(["token-1", "token-2"])))
    [shown] = _ask(node, auth_type="jwt", obtain=_tokens(asked))
    assert asked == [False, True]
    assert [sent(node, number)["Authorization"] for number in (0, 1)] == ["Bearer token-1", "Bearer token-2"]
    assert not {"token-1", "token-2"} & set(shown)


def test_what_a_task_asks() -> None:
    assert calls_of(_options(method="getblockcount")) == [_COUNT]
    assert calls_of(_options(method="getblockhash", params=(3,))) == [_HASH]
    assert calls_of(_options(method="move", params={"to": "a"})) == [RpcCall("move", {"to": "a"})]
    batch = [{"method": "getblockcount"}, {"method": "getblockhash", "params": [3]}]
    assert calls_of(_options(batch=batch)) == [_COUNT, _HASH]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, r"Give method, or batch"),
        ({"method": "a", "batch": [{"method": "b"}]}, r"Give method, or batch"),
        ({"batch": []}, r"batch is empty"),
        ({"batch": [{"method": "a"}], "params": [1]}, r"params goes with method"),
        ({"batch": [{"method": 5}]}, r"Each call in batch must be a mapping"),
        ({"batch": [{"params": [1]}]}, r"Each call in batch must be a mapping"),
        ({"batch": [{"method": "a"}, {"method": "a", "parms": [1]}]}, r"Each call in batch must be a mapping"),
        ({"batch": [{"method": "a", "params": [float("inf")]}]}, r"^batch must not have a number"),
        ({"method": "a", "params": [float("inf")]}, r"^params must not have a number"),
        ({"method": "a", "params": "text"}, r"params must be a list, or a mapping"),
        ({"batch": [{"method": "a", "params": 5}]}, r"params must be a list, or a mapping"),
    ],
)
def test_a_call_that_cannot_be_sent_is_refused(given: dict[str, t.Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        calls_of(_options(**given))


def test_a_record_says_how_its_node_is_asked() -> None:
    endpoint = endpoint_of_record("main", {"main": _RECORD}, "The file")
    assert endpoint == Endpoint("https://n", "basic", "u", CANARY, None, "https://nodes")
    assert CANARY not in repr(endpoint) and "url='https://n', auth_type='basic'" in repr(endpoint)
    record = {"url": "https://n", "auth_type": "jwt", "nodes_url": ""}
    assert endpoint_of_record("main", {"main": record}, "The file") == Endpoint("https://n", "jwt")


@pytest.mark.parametrize(
    ("records", "message"),
    [
        (None, r"The file has no node 'main'\. Load the file"),
        ("main", r"The file has no node 'main'"),
        ({"other": _RECORD}, r"The file has no node 'main'"),
        ({"main": "text"}, r"'main' is not a mapping"),
        ({"main": {**_RECORD, "url": None}}, r"'main' has no URL yet"),
        ({"main": {**_RECORD, "username": None}}, r"'main' has no username and password"),
        ({"main": {**_RECORD, "password": ""}}, r"'main' has no username and password"),
    ],
)
def test_a_record_that_does_not_say_it_is_refused(records: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        endpoint_of_record("main", records, "The file")
