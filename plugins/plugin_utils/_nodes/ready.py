# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A bounded wait for a node that has started: until it answers, or until it has the chain's blocks."""

from __future__ import annotations

import typing as t
from collections.abc import Callable

from ...module_utils._errors import (
    BloqError,
    CertificateError,
    FileError,
    InputError,
    RefusedError,
    ReplyError,
    RpcError,
    UnreachableError,
)
from ...module_utils._rpc import RpcCall
from .wait import LEAST, NotYetError, Wait

ANSWERING = "answering"
SYNCED = "synced"

#: Seconds after which it is asked again whether a node that answers is the account's still.
_ASK_AGAIN = 60.0
#: Seconds after which a speed can be told.
_SOONEST = 0.5
_LONGEST_REASON = 200
#: JSON-RPC's number for it.
_NO_SUCH_METHOD = -32601
_ETHEREUM = frozenset({"eth", "etc", "bsc", "polygon"})
# Algorand's API is none of JSON-RPC, and Avalanche's, where Bloq has it, knows no blocks.
_OTHERS = frozenset({"algorand", "avalanche"})


class Heights(t.NamedTuple):
    """How far a node is.

    Attributes:
        own: the number of its newest block.
        wanted: that of the chain, as Connect or the node itself knows it, when that is asked.
    """

    own: int
    wanted: int | None = None

    @property
    def behind(self) -> int:
        """How many blocks it lacks."""
        return max(0, (self.wanted or 0) - self.own)


def height_call(chain: str | None) -> RpcCall:
    """Return the call that asks a node of a chain for its height.

    Raises:
        InputError: none is known.
    """
    if chain in _OTHERS:
        raise InputError(f"How a node of {chain} is asked for its height is not known. Use wait_for: started.")
    return RpcCall("eth_blockNumber" if chain in _ETHEREUM else "getblockcount")


def syncing_call(chain: str | None) -> RpcCall | None:
    """Return the call that asks a node of a chain how far the chain is, or None where Connect says that."""
    # Connect has these chains at other addresses, which take no token.
    return RpcCall("eth_syncing") if chain in _ETHEREUM else None


def synced_height(own: int, syncing: object) -> int:
    """Return how far a chain is, as its node says.

    Args:
        own: the node's height.
        syncing: its answer to ``syncing_call``.

    Raises:
        ReplyError: it does not know yet, or the answer says nothing.
    """
    highest = own if syncing is False else height_of(syncing.get("highestBlock") if isinstance(syncing, dict) else None)
    if highest == 0:
        # It says that it lacks nothing, or nothing known, before it has found another node.
        raise ReplyError("It has no blocks yet, and knows of no other node that has. Wait, or raise wait_timeout.")
    return highest


def height_of(result: object) -> int:
    """Return the height that a node's answer holds, a number or Ethereum's hexadecimal text.

    Raises:
        ReplyError: it holds none.
    """
    if isinstance(result, str) and result.startswith("0x"):
        try:
            return int(result, 16)
        except ValueError:
            pass
    if isinstance(result, int) and not isinstance(result, bool) and result >= 0:
        return result
    raise ReplyError("The answer to the question for a height is not a height. Check the URL of the node.")


def connect_height(body: object) -> int:
    """Return the height in Connect's status.

    Raises:
        ReplyError: it holds none.
    """
    info = body.get("info") if isinstance(body, dict) else None
    return height_of(info.get("blocks") if isinstance(info, dict) else None)


def wait_until_ready(
    who: str,
    probe: Callable[[float], Heights],
    within: int | None,
    wait: Wait,
    check_there: Callable[[float], None],
) -> Heights:
    """Return how far a node is once it answers, or is near enough.

    Args:
        who: the node, as messages begin.
        probe: asks the node, and Connect, and takes no longer than the seconds that it is given.
        within: how many blocks it may lack; None when it only has to answer.
        wait: how long.
        check_there: raises an error when nothing is to be waited for any more, and takes no longer than the seconds
            that it is given.

    Raises:
        RefusedError: it refuses the credentials, which no wait mends.
        CertificateError: it shows a certificate that is not to be taken.
        ReplyError: it does not know what it is asked, which no wait mends either, or was removed meanwhile.
        UnreachableError: it was not ready in time, or shows another certificate than it must.
    """
    first: tuple[float, Heights] | None = None
    checked = wait.clock()

    def check(ends: float) -> None:
        nonlocal checked
        checked = wait.clock()
        check_there(max(LEAST, ends - checked))

    def look(seconds: float) -> Heights:
        nonlocal first
        ends = wait.clock() + seconds
        try:
            heights = probe(seconds)
        except BloqError as error:
            if isinstance(error, RpcError) and error.code == _NO_SUCH_METHOD:
                raise ReplyError(
                    f"{who} does not know the method that tells a height (error -32601). Use wait_for: started."
                ) from None
            if _is_final(error):
                raise
            check(ends)
            raise NotYetError(f"does not answer yet ({str(error)[:_LONGEST_REASON]})") from None
        if within is None or heights.behind <= within:
            return heights
        now = wait.clock()
        first = first or (now, heights)
        if now - checked >= _ASK_AGAIN:
            check(ends)
        raise NotYetError(_progress(heights, first, now))

    return wait.until(look, who, longest_pause=10.0)


def _is_final(error: BloqError) -> bool:
    """Return whether no wait mends an error."""
    if isinstance(error, UnreachableError):
        return error.another_certificate
    return isinstance(error, (RefusedError, InputError, CertificateError, FileError))


def _progress(heights: Heights, first: tuple[float, Heights], now: float) -> str:
    """Return how far a node is, and how fast it comes nearer."""
    began, before = first
    state = f"is at block {heights.own} of {heights.wanted}, {heights.behind} behind"
    if now - began < _SOONEST:
        return state
    speed = (before.behind - heights.behind) / (now - began)
    if speed <= 0:
        return f"{state} and coming no nearer"
    return f"{state} and coming nearer by {speed:.2g} blocks a second, about {heights.behind / speed:.0f} s to go"
