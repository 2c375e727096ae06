# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: BSD-2-Clause
"""JSON-RPC 1.0 and 2.0, as the nodes' own programs speak it: calls, and what their answers mean."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ._errors import ReplyError, RpcError

_LONGEST_MESSAGE = 300
_NOT_PRINTED = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
#: The methods of Bitcoin's and of Ethereum's kin that change neither a chain, nor a wallet, nor how a node works.
_READING_METHODS = """
decoderawtransaction decodescript estimatefee estimaterawfee estimatesmartfee getbalance getbalances
getbestblockhash getblock getblockchaininfo getblockcount getblockfilter getblockhash getblockheader
getblockstats getblocktemplate getchaintips getchaintxstats getconnectioncount getdifficulty getindexinfo
getinfo getmemoryinfo getmempoolancestors getmempooldescendants getmempoolentry getmempoolinfo getmininginfo
getnettotals getnetworkhashps getnetworkinfo getpeerinfo getrawmempool getrawtransaction getrpcinfo
gettransaction gettxout gettxoutproof gettxoutsetinfo getwalletinfo getzmqnotifications help listbanned
listtransactions listunspent listwallets testmempoolaccept uptime validateaddress verifymessage
verifytxoutproof
eth_accounts eth_blobBaseFee eth_blockNumber eth_call eth_chainId eth_coinbase eth_createAccessList
eth_estimateGas eth_feeHistory eth_gasPrice eth_getBalance eth_getBlockByHash eth_getBlockByNumber
eth_getBlockReceipts eth_getBlockTransactionCountByHash eth_getBlockTransactionCountByNumber eth_getCode
eth_getLogs eth_getProof eth_getStorageAt eth_getTransactionByBlockHashAndIndex
eth_getTransactionByBlockNumberAndIndex eth_getTransactionByHash eth_getTransactionCount
eth_getTransactionReceipt eth_getUncleByBlockHashAndIndex eth_getUncleByBlockNumberAndIndex
eth_getUncleCountByBlockHash eth_getUncleCountByBlockNumber eth_hashrate eth_maxPriorityFeePerGas eth_mining
eth_protocolVersion eth_syncing net_listening net_peerCount net_version rpc_modules txpool_content
txpool_inspect txpool_status web3_clientVersion web3_sha3
"""


@dataclasses.dataclass(frozen=True)
class RpcCall:
    """A call.

    Attributes:
        method: the method.
        params: its parameters, by position or by name.
    """

    method: str
    params: list[t.Any] | dict[str, t.Any] = dataclasses.field(default_factory=list, repr=False)

    @property
    def reads(self) -> bool:
        """Whether it is known to change nothing."""
        return self.method in _READING_METHODS.split()

    def to_json(self, version: str, number: int) -> dict[str, t.Any]:
        """Return the call as it is sent.

        Args:
            version: ``1.0`` or ``2.0``.
            number: what tells its answer from others.
        """
        return {"jsonrpc": version, "id": number, "method": self.method, "params": self.params}


def outcome(call: RpcCall, number: int, answer: t.Any) -> t.Any:
    """Return a call's result.

    Args:
        call: the call.
        number: what its answer names.
        answer: the answer, which may be for a whole batch.

    Raises:
        RpcError: the node says that the call failed.
        ReplyError: that is no answer to the call.
    """
    if isinstance(answer, list):
        answer = next((one for one in answer if isinstance(one, dict) and _is(one.get("id"), number)), None)
    # An error that concerns a request as a whole, or that an old node gives, names no call.
    if not isinstance(answer, dict) or not (_is(answer.get("id"), number) or answer.get("error")):
        raise ReplyError(f"The answer to {call.method} is not JSON-RPC. Check the URL of the node.")
    error = answer.get("error")
    if error is not None:
        raise _rpc_error(call.method, error)
    if "result" not in answer:
        raise ReplyError(f"The answer to {call.method} is not JSON-RPC. Check the URL of the node.")
    return answer["result"]


def is_answer(body: t.Any) -> bool:
    """Return whether a body is JSON-RPC, whatever the HTTP status says: nodes send their errors with many."""
    first = body[0] if isinstance(body, list) and body else body
    return isinstance(first, dict) and ("result" in first or isinstance(first.get("error"), dict))


def _is(found: t.Any, number: int) -> bool:
    return not isinstance(found, bool) and found == number


def _rpc_error(method: str, error: t.Any) -> RpcError:
    code = error.get("code") if isinstance(error, dict) else None
    message = error.get("message") if isinstance(error, dict) else error
    words = " ".join(_NOT_PRINTED.sub(" ", message if isinstance(message, str) else "no reason given").split())
    is_number = isinstance(code, int) and not isinstance(code, bool)
    return RpcError(method, code if is_number else None, words[:_LONGEST_MESSAGE])
