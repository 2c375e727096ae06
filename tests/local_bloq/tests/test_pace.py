# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nodes that start late, answer late, and catch up with the chain block by block."""

from __future__ import annotations

import time
import typing as t

import pytest
import requests
from conftest import Served, serve
from hypothesis import given
from hypothesis import strategies as st
from nodes_client import Client

from local_bloq.nodes.pace import Pace


def ask(node: dict[str, t.Any], method: str, *params: object) -> tuple[int, t.Any]:
    auth = node["auth"]["user"], node["auth"]["pass"]
    reply = requests.post(node["url"], auth=auth, json={"method": method, "params": list(params)}, timeout=10)
    return reply.status_code, reply.json()


def set_pace(bloq: Served, **pace: float) -> t.Any:
    reply = requests.put(f"{bloq.accounts}/_local/pace", json=pace, timeout=10)
    assert reply.status_code == 200, reply.text
    return reply.json()


def test_a_started_node_answers_late_as_one_that_loads_its_blocks() -> None:
    with serve("--node-start-seconds", "0", "--node-answer-seconds", "2") as bloq:
        client = Client(bloq)
        made = client.make_node()
        assert made["state"] == "started"
        status, answer = ask(made, "getblockcount")
        assert (status, answer["error"]) == (500, {"code": -28, "message": "Loading block index..."})
        end = time.monotonic() + 10
        while ask(made, "uptime")[0] != 200:
            assert time.monotonic() < end
            time.sleep(0.1)
        assert ask(made, "getblockcount") == (200, {"result": 10, "error": None, "id": None})


def test_a_node_catches_up_block_by_block() -> None:
    with serve("--node-start-seconds", "0", "--node-block-seconds", "0.3") as bloq:
        made = Client(bloq).make_node()
        seen = []
        end = time.monotonic() + 20
        while not seen or seen[-1]["blocks"] < 10:
            assert time.monotonic() < end
            seen.append(ask(made, "getblockchaininfo")[1]["result"])
            time.sleep(0.05)
    heights = [info["blocks"] for info in seen]
    assert heights == sorted(heights)
    assert len(set(heights)) > 5
    assert {info["headers"] for info in seen} == {10}
    assert [info["initialblockdownload"] for info in seen] == [height < 10 for height in heights]
    assert (seen[0]["verificationprogress"] < 1, seen[-1]["verificationprogress"]) == (True, 1)


def test_a_node_of_ethereum_catches_up_block_by_block() -> None:
    with serve("--node-start-seconds", "0", "--node-block-seconds", "0.3") as bloq:
        made = Client(bloq).make_node("eth")
        assert ask(made, "eth_syncing")[1]["result"] is False
        seen: list[tuple[int, t.Any]] = []
        end = time.monotonic() + 20
        while not seen or seen[-1][0] < 10:
            assert time.monotonic() < end
            syncing = ask(made, "eth_syncing")[1]["result"]
            seen.append((int(ask(made, "eth_blockNumber")[1]["result"], 16), syncing))
            time.sleep(0.05)
        assert ask(made, "eth_syncing")[1]["result"] is False
        assert ask(made, "getblockcount")[1]["error"]["code"] == -32601
        assert ask(made, "eth_blockNumber", 1)[1]["error"]["code"] == -32602
    told = [(height, syncing) for height, syncing in seen if syncing]
    assert len({height for height, _syncing in told}) > 5
    assert all(0 <= height - int(syncing["currentBlock"], 16) <= 1 for height, syncing in told)
    assert {syncing["highestBlock"] for _height, syncing in told} == {"0xa"}


def test_what_a_node_does_not_have_yet_it_does_not_tell(bloq: Served) -> None:
    client = Client(bloq)
    made = client.make_node()
    client.wait_for(f"/users/me/nodes/{made['id']}", state="started")
    hashes = [ask(made, "getblockhash", height)[1]["result"] for height in range(11)]
    set_pace(bloq, block_seconds=1000)
    assert ask(made, "getblockcount")[1]["result"] == 0
    assert ask(made, "getblockhash", 1)[1]["error"]["code"] == -8
    assert ask(made, "getblock", hashes[1])[1]["error"]["code"] == -5
    first = ask(made, "getblock", hashes[0])[1]["result"]
    assert (first["confirmations"], "nextblockhash" in first) == (1, False)
    requests.delete(f"{bloq.accounts}/_local/pace", timeout=10)
    assert ask(made, "getblockcount")[1]["result"] == 10


def test_a_log_tells_of_blocks_when_they_come(bloq: Served) -> None:
    client = Client(bloq)
    made = client.make_node()
    path = f"/users/me/nodes/{made['id']}"
    client.wait_for(path, state="started")
    try:
        set_pace(bloq, block_seconds=1000)
        log = client.ask("GET", f"{path}/logs", 200)
        assert (log.count("UpdateTip"), log.count("Listening"), "height=0" in log) == (1, 1, True)
        set_pace(bloq, answer_seconds=1000)
        assert client.ask("GET", f"{path}/logs", 200).count("\n") == 0
    finally:
        requests.delete(f"{bloq.accounts}/_local/pace", timeout=10)
    assert client.ask("GET", f"{path}/logs", 200).count("UpdateTip") == 11


def test_the_pace_is_changed_while_it_runs_and_goes_back(bloq: Served) -> None:
    url = f"{bloq.accounts}/_local/pace"
    plain = {"start_seconds": 1, "answer_seconds": 0, "block_seconds": 0}
    assert requests.get(url, timeout=10).json() == plain
    try:
        assert set_pace(bloq, start_seconds=1000) == {**plain, "start_seconds": 1000}
        assert Client(bloq).make_node()["state"] == "starting"
        assert set_pace(bloq, answer_seconds=3) == {**plain, "answer_seconds": 3}
        for wrong in ({"answer_seconds": -1}, {"speed": 1}, [], {"block_seconds": "1"}):
            assert requests.put(url, json=wrong, timeout=10).status_code == 400
    finally:
        assert requests.delete(url, timeout=10).json() == plain


@pytest.mark.parametrize(
    ("now", "height"), [(0, 0), (109.9, 0), (110, 0), (111.9, 0), (112, 1), (129.9, 9), (130, 10), (1e9, 10)]
)
def test_heights_by_time(now: float, height: int) -> None:
    assert Pace(start_seconds=0, answer_seconds=10, block_seconds=2).height(100, now) == height


@given(*[st.floats(0, 1e6)] * 4)
def test_a_height_is_always_one_of_the_chain(answer: float, block: float, starts_at: float, now: float) -> None:
    assert 0 <= Pace(start_seconds=0, answer_seconds=answer, block_seconds=block).height(starts_at, now) <= 10
