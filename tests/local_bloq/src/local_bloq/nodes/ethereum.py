# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The JSON-RPC methods of an Ethereum node that tell how far it is: it has the built-in chain's heights, no blocks."""

from __future__ import annotations

import typing as t

from local_bloq.chain import BLOCKS
from local_bloq.nodes.bitcoin import INVALID_PARAMS, METHOD_NOT_FOUND, RpcError
from local_bloq.nodes.catalog import Service


def has_heights(service: Service) -> bool:
    """Say whether a service's nodes tell how far they are in this way."""
    return service.chain in ("etc", "eth")


def call(tip: int, method: str, params: list[t.Any]) -> object:
    """Return the result of a method.

    Args:
        tip: the height of the last block that the node has.
        method: the method.
        params: its parameters, of which there must be none.

    Raises:
        RpcError: there is no such method, or it takes no parameters.
    """
    if method not in ("eth_blockNumber", "eth_syncing"):
        raise RpcError(METHOD_NOT_FOUND, f"the method {method} does not exist/is not available")
    if params:
        raise RpcError(INVALID_PARAMS, "too many arguments, want at most 0")
    last = BLOCKS[-1].height
    if method == "eth_blockNumber":
        return hex(tip)
    # Geth says so before it knows another node, too.
    if tip in (0, last):
        return False
    return {"startingBlock": "0x0", "currentBlock": hex(tip), "highestBlock": hex(last)}
