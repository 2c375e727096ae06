# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a node's answer means, whatever it sends."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._errors import BloqError, ReplyError, RpcError, to_dict
from ansible_collections.bloq.cloud.plugins.module_utils._rpc import RpcCall, is_answer, outcome
from hypothesis import given
from hypothesis import strategies as st

_CALL = RpcCall("getblockhash", [3])
_ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.sampled_from(["id", "error", "result", "code", "message"]) | st.text(), inner)
    ),
)


def test_a_call_as_it_is_sent() -> None:
    assert _CALL.to_json("1.0", 7) == {"jsonrpc": "1.0", "id": 7, "method": "getblockhash", "params": [3]}
    assert _CALL.reads
    assert RpcCall("eth_blockNumber").reads
    assert not RpcCall("sendrawtransaction").reads
    assert not RpcCall("getnewaddress").reads


@pytest.mark.parametrize("result", [10, None, "x", {"a": []}])
def test_results_of_either_version(result: t.Any) -> None:
    assert outcome(_CALL, 1, {"result": result, "error": None, "id": 1}) == result
    assert outcome(_CALL, 1, {"jsonrpc": "2.0", "result": result, "id": 1}) == result


def test_answers_of_a_batch_come_in_any_order() -> None:
    answer = [{"id": 2, "result": "b"}, {"id": 1, "result": "a"}]
    assert [outcome(_CALL, number, answer) for number in (1, 2)] == ["a", "b"]
    with pytest.raises(ReplyError):
        outcome(_CALL, 3, answer)


def test_an_error_has_code_and_message_and_one_line() -> None:
    with pytest.raises(RpcError, match="getblockhash with error -8: out of range") as caught:
        outcome(_CALL, 1, {"result": None, "error": {"code": -8, "message": "out\nof\x1b range"}, "id": 1})
    assert to_dict(caught.value) == {"kind": "rpc", "code": -8, "message": "out of range"}


@pytest.mark.parametrize("error", [{"code": True, "message": 3}, "broken", {"code": "x"}, [1]])
def test_an_odd_error_is_one_all_the_same(error: t.Any) -> None:
    with pytest.raises(RpcError) as caught:
        outcome(_CALL, 1, {"error": error, "id": None})
    assert caught.value.code is None


@given(answer=_ANY)
def test_no_answer_is_a_fault(answer: t.Any) -> None:
    is_answer(answer)
    try:
        outcome(_CALL, 1, answer)
    except BloqError as error:
        assert "\n" not in str(error)
