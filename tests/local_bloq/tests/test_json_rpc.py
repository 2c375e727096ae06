# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nodes themselves, used as their own clients do: JSON-RPC with the credentials that Nodes generated."""

from __future__ import annotations

import typing as t

import pytest
import requests
from conftest import OTHER, Served, serve
from nodes_client import Client

from local_bloq.connect.wire import double_sha256

BLOCK_3 = "0000000082b5015589a3fdf2d4baff403e6f0be035a5d9742c1cae6295464449"
BLOCK_3_TXID = "999e1c837c76a1b7fbb7e57baf87b309960f5ffefbf2a9b95dd890602272f644"
GENESIS = "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f"
GENESIS_TXID = "4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b"


@pytest.fixture(scope="module")
def client(fleet: Served) -> Client:
    return Client(fleet)


@pytest.fixture(scope="module")
def node(client: Client) -> dict[str, t.Any]:
    return t.cast("dict[str, t.Any]", client.make_node())


def login(instance: dict[str, t.Any]) -> tuple[str, str]:
    return instance["auth"]["user"], instance["auth"]["pass"]


def rpc(node: dict[str, t.Any], method: str, *params: object) -> dict[str, t.Any]:
    body = {"jsonrpc": "1.0", "id": "test", "method": method, "params": list(params)}
    reply = requests.post(node["url"], auth=login(node), json=body, timeout=10)
    assert reply.status_code == 200
    answer: dict[str, t.Any] = reply.json()
    assert set(answer) == {"result", "error", "id"}
    assert answer["id"] == "test"
    return answer


def test_the_generated_user_and_password_open_the_node(node: dict[str, t.Any]) -> None:
    assert rpc(node, "getblockcount")["result"] == 10
    assert rpc(node, "getblockhash", 3)["result"] == BLOCK_3
    info = rpc(node, "getblockchaininfo")["result"]
    assert (info["chain"], info["blocks"], info["mediantime"]) == ("main", 10, 1231471428)


def test_a_block_is_told_as_bitcoin_core_does(node: dict[str, t.Any]) -> None:
    block = rpc(node, "getblock", BLOCK_3)["result"]
    assert (block["height"], block["confirmations"], block["nonce"]) == (3, 8, 1844305925)
    assert block["tx"] == [block["merkleroot"]]
    assert block["chainwork"] == f"{'400040004':0>64}"
    before = rpc(node, "getblock", block["previousblockhash"], 1)["result"]
    assert before["nextblockhash"] == BLOCK_3
    assert "previousblockhash" not in rpc(node, "getblock", rpc(node, "getblockhash", 0)["result"])["result"]
    assert "nextblockhash" not in rpc(node, "getblock", rpc(node, "getblockhash", 10)["result"])["result"]


@pytest.mark.parametrize("none", [0, False, -1])
def test_a_block_is_its_bytes_or_has_its_transactions(node: dict[str, t.Any], none: object) -> None:
    raw = bytes.fromhex(rpc(node, "getblock", BLOCK_3, none)["result"])
    assert double_sha256(raw[:80])[::-1].hex() == BLOCK_3
    block = rpc(node, "getblock", BLOCK_3, 2)["result"]
    assert (block["size"], block["strippedsize"], block["weight"]) == (len(raw), len(raw), 4 * len(raw))
    (transaction,) = block["tx"]
    assert transaction["txid"] == BLOCK_3_TXID
    assert transaction["vin"][0]["coinbase"] == "04ffff001d010e"
    (paid,) = transaction["vout"]
    assert (paid["value"], paid["n"], paid["scriptPubKey"]["type"]) == (50, 0, "pubkey")
    assert paid["scriptPubKey"]["addresses"] == ["1FvzCLoTPGANNjWoUo6jUGuAG3wg1w4YjR"]
    assert rpc(node, "getblock", BLOCK_3, True) == rpc(node, "getblock", BLOCK_3)


def test_a_header_is_a_block_without_its_transactions(node: dict[str, t.Any]) -> None:
    header = rpc(node, "getblockheader", BLOCK_3)["result"]
    block = rpc(node, "getblock", BLOCK_3)["result"]
    assert {**block, **header} == block
    assert set(block) - set(header) == {"tx", "size", "strippedsize", "weight"}
    raw = bytes.fromhex(rpc(node, "getblockheader", BLOCK_3, False)["result"])
    assert (len(raw), double_sha256(raw)[::-1].hex()) == (80, BLOCK_3)


def test_a_transaction_is_found_with_and_without_its_block(node: dict[str, t.Any]) -> None:
    raw = rpc(node, "getrawtransaction", BLOCK_3_TXID)["result"]
    assert double_sha256(bytes.fromhex(raw))[::-1].hex() == BLOCK_3_TXID
    shown = rpc(node, "getrawtransaction", BLOCK_3_TXID, True)["result"]
    assert (shown["hex"], shown["blockhash"], shown["confirmations"]) == (raw, BLOCK_3, 8)
    assert rpc(node, "getrawtransaction", BLOCK_3_TXID, 1, BLOCK_3)["result"] == shown


def test_a_node_tells_of_itself(node: dict[str, t.Any], client: Client) -> None:
    assert rpc(node, "getbestblockhash")["result"] == rpc(node, "getblockhash", 10)["result"]
    assert rpc(node, "getdifficulty")["result"] == 1
    assert 0 <= rpc(node, "uptime")["result"] < 300
    network = rpc(node, "getnetworkinfo")["result"]
    assert (network["version"], network["networkactive"]) == (170000, True)
    assert rpc(client.make_node("bch"), "getnetworkinfo")["result"]["version"] != network["version"]


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("stop", [], -32601),
        ("getblockcount", [1], -32602),
        ("getblockhash", [], -32602),
        ("getblockhash", ["3"], -1),
        ("getblockhash", [True], -1),
        ("getblockhash", [11], -8),
        ("getblockhash", [-1], -8),
        ("getblockhash", [10**30], -8),
        ("getblock", [3], -1),
        ("getblock", ["00" * 32], -5),
        ("getblock", [BLOCK_3, "1"], -1),
        ("getblock", [BLOCK_3, 1, 2], -32602),
        ("getblockheader", ["00" * 32], -5),
        ("getblockheader", [BLOCK_3, "yes"], -1),
        ("getrawtransaction", [1], -1),
        ("getrawtransaction", ["00" * 32], -5),
        ("getrawtransaction", [GENESIS_TXID, True], -5),
        ("getrawtransaction", [BLOCK_3_TXID, True, GENESIS], -5),
        ("getrawtransaction", [BLOCK_3_TXID, True, "00" * 32], -5),
        ("uptime", [1], -32602),
    ],
)
def test_what_a_node_refuses_is_an_error_object(
    node: dict[str, t.Any], method: str, params: list[object], code: int
) -> None:
    answer = rpc(node, method, *params)
    assert (answer["result"], answer["error"]["code"]) == (None, code)
    assert answer["error"]["message"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", -32700),
        (b"{", -32700),
        (b'{"method": "getblockcount", "id": 1e999}', -32700),
        (b"[]", -32600),
        (b'{"method": 1}', -32600),
        (b'{"method": "getblockcount", "params": {}}', -32600),
    ],
)
def test_what_is_no_request_is_an_error_object_too(node: dict[str, t.Any], body: bytes, code: int) -> None:
    reply = requests.post(node["url"], auth=login(node), data=body, timeout=10)
    assert (reply.status_code, reply.json()["error"]["code"]) == (400, code)


def test_a_batch_is_answered_call_by_call(node: dict[str, t.Any]) -> None:
    calls = [
        {"method": "getblockhash", "params": [3], "id": "b"},
        {"method": "stop", "id": 7},
        5,
        {"method": "getblockcount", "id": None},
    ]
    reply = requests.post(node["url"], auth=login(node), json=calls, timeout=10)
    assert reply.status_code == 200
    answers = reply.json()
    assert [answer["id"] for answer in answers] == ["b", 7, None, None]
    assert [answer["result"] for answer in answers] == [BLOCK_3, None, None, 10]
    assert [(answer["error"] or {}).get("code") for answer in answers] == [None, -32601, -32600, None]


def test_any_content_type_will_do(node: dict[str, t.Any]) -> None:
    body, headers = '{"method": "getblockcount"}', {"Content-Type": "text/plain;"}
    reply = requests.post(node["url"], auth=login(node), data=body, headers=headers, timeout=10)
    assert reply.json() == {"result": 10, "error": None, "id": None}


def test_wrong_credentials_do_not_open_it(client: Client, node: dict[str, t.Any]) -> None:
    user, password = login(node)
    stranger = client.make_node()
    for auth in (None, (user, "wrong"), ("wrong", password), login(stranger), (user, password[:-1])):
        reply = requests.post(node["url"], auth=auth, json={"method": "getblockcount"}, timeout=10)
        assert reply.status_code == 401
        assert reply.headers["WWW-Authenticate"].startswith("Basic")
    # A token of the owner does not open a node that has a password.
    reply = requests.post(node["url"], headers=client.headers, json={"method": "getblockcount"}, timeout=10)
    assert reply.status_code == 401


@pytest.mark.parametrize("kind", ["account", "client"])
def test_a_jwt_node_takes_a_token_of_its_owner(fleet: Served, client: Client, kind: str) -> None:
    made = client.make_node("bch", auth_type="jwt")
    headers = Client(fleet, kind=kind).headers
    reply = requests.post(made["url"], headers=headers, json={"method": "getblockcount"}, timeout=10)
    assert reply.json()["result"] == 10


def test_a_jwt_node_takes_nothing_else(fleet: Served, client: Client, node: dict[str, t.Any]) -> None:
    url = client.make_node(auth_type="jwt")["url"]
    body = {"method": "getblockcount"}
    for headers in ({}, {"Authorization": "Bearer x.y.z"}):
        reply = requests.post(url, headers=headers, json=body, timeout=10)
        assert (reply.status_code, reply.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert requests.post(url, auth=login(node), json=body, timeout=10).status_code == 401
    assert requests.post(url, headers=Client(fleet, OTHER).headers, json=body, timeout=10).status_code == 403


def test_a_node_answers_only_while_it_is_started() -> None:
    with serve("--node-start-seconds", "3") as bloq:
        client = Client(bloq)
        made = client.make_node()
        body = {"method": "getblockcount"}
        early = requests.post(made["url"], auth=login(made), json=body, timeout=10)
        assert (early.status_code, early.json()["code"]) == (503, "NotStarted")
        assert early.headers["Retry-After"] in ("1", "2", "3")
        # Who has no credentials does not learn even that.
        assert requests.post(made["url"], json=body, timeout=10).status_code == 401
        client.wait_for(f"/users/me/nodes/{made['id']}", state="started")
        assert rpc(made, "getblockcount")["result"] == 10
        client.ask("DELETE", f"/users/me/nodes/{made['id']}", 204)
        assert requests.post(made["url"], auth=login(made), json=body, timeout=10).status_code == 404


def test_other_chains_have_no_blocks(client: Client) -> None:
    assert rpc(client.make_node("ltc"), "getblockcount")["error"]["code"] == -32601


@pytest.mark.parametrize("auth_type", ["basic", "none"])
def test_a_cluster_answers_as_a_node_does(client: Client, auth_type: str) -> None:
    made = client.make_cluster(authType=auth_type)
    auth = login(made) if auth_type == "basic" else None
    reply = requests.post(made["url"], auth=auth, json={"method": "getblockcount"}, timeout=10)
    assert reply.json()["result"] == 10
