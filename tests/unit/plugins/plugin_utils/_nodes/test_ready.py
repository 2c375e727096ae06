# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The wait for a node that answers or is synced."""

from __future__ import annotations

import dataclasses
import typing as t
from collections.abc import Callable

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._errors import (
    BloqError,
    CertificateError,
    InputError,
    RefusedError,
    ReplyError,
    RpcError,
    StatusError,
    UnreachableError,
)
from ansible_collections.bloq.cloud.plugins.plugin_utils._nodes.probe import once_seen
from ansible_collections.bloq.cloud.plugins.plugin_utils._nodes.ready import (
    Heights,
    connect_height,
    height_call,
    height_of,
    synced_height,
    wait_until_ready,
)
from ansible_collections.bloq.cloud.plugins.plugin_utils._nodes.record import NodeRecord
from ansible_collections.bloq.cloud.plugins.plugin_utils._nodes.wait import Wait


class _Time:
    """A clock that only sleeping moves."""

    now = 0.0

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def _wait(
    probe: Callable[[float], Heights], within: int | None, timeout: float = 60.0, before: float = 0.0
) -> tuple[Heights, list[str]]:
    clock, shown = _Time(), list[str]()
    wait = Wait(timeout, shown.append, clock.clock, clock.sleep, before)
    return wait_until_ready("The node 'main'", probe, within, wait, lambda _seconds: None), shown


def _one_by_one(*steps: Heights | BloqError) -> Callable[[float], Heights]:
    rest = list(steps)

    def probe(_seconds: float) -> Heights:
        step = rest.pop(0) if len(rest) > 1 else rest[0]
        if isinstance(step, BloqError):
            raise step
        return step

    return probe


def test_a_node_that_does_not_answer_yet_is_waited_for() -> None:
    loading = BloqError("Loading block index")
    found, shown = _wait(_one_by_one(loading, loading, Heights(4)), None)
    assert found.own == 4
    assert len(shown) == 2
    assert "does not answer yet (Loading block index)" in shown[0]


def test_it_shows_both_heights_and_how_fast_it_comes_nearer() -> None:
    found, shown = _wait(_one_by_one(Heights(0, 10), Heights(5, 10), Heights(8, 10)), 2)
    assert found == Heights(8, 10)
    assert "at block 0 of 10, 10 behind" in shown[0]
    assert "at block 5 of 10, 5 behind and coming nearer by 10 blocks a second" in shown[1]


def test_when_time_is_up_it_says_how_far_it_came() -> None:
    with pytest.raises(UnreachableError, match=r"at block 3 of 10, 7 behind and coming no nearer after 5 s") as raised:
        _wait(_one_by_one(Heights(3, 10)), 2, 5.0)
    assert raised.value.timed_out


def test_what_was_waited_for_the_start_counts() -> None:
    loading = BloqError("Loading block index")
    assert "waited 3 s of 63 s" in _wait(_one_by_one(loading, Heights(4)), None, before=3.0)[1][0]
    with pytest.raises(UnreachableError, match=r"after 9 s\."):
        _wait(_one_by_one(loading), None, 6.0, before=3.0)


def test_a_refusal_is_not_waited_for() -> None:
    with pytest.raises(RefusedError):
        _wait(_one_by_one(RefusedError("no", status=401)), None)


def test_another_certificate_is_not_waited_for() -> None:
    another = UnreachableError("n shows another certificate: accept_certificate: AB", maybe_received=False)
    another.another_certificate = True
    with pytest.raises(UnreachableError) as raised:
        _wait(_one_by_one(BloqError("Loading block index"), another), None)
    assert raised.value is another


def test_a_certificate_is_looked_for_until_one_is_seen() -> None:
    record = NodeRecord("", "node", "n-1", url="https://n")
    pinned = dataclasses.replace(record, certificate="PEM")
    # The third look is at a node that cannot be asked.
    seen = iter([record, pinned, pinned])
    asked: list[str | None] = []

    def probe_of(known: NodeRecord) -> Callable[[float], Heights]:
        asked.append(known.certificate)
        return _one_by_one(Heights(4) if len(asked) > 2 else UnreachableError("no", maybe_received=False))

    assert _wait(once_seen(record, lambda: next(seen), probe_of), None)[0].own == 4
    assert asked == [None, "PEM", "PEM"]


def test_another_one_that_answers_in_the_wait_is_not_waited_for() -> None:
    def see() -> NodeRecord:
        raise CertificateError("it has signed itself")

    record = NodeRecord("", "node", "n-1", url="https://n", certificate_by="authority")
    untrusted = UnreachableError("no trusted connection", maybe_received=False)
    with pytest.raises(CertificateError):
        _wait(once_seen(record, see, lambda _known: _one_by_one(untrusted)), None)


def test_a_certificate_that_is_not_to_be_taken_is_not_waited_for() -> None:
    def see() -> NodeRecord:
        raise CertificateError("another")

    record = NodeRecord("", "node", "n-1", url="https://n")
    with pytest.raises(CertificateError):
        _wait(once_seen(record, see, lambda _known: _one_by_one(Heights(4))), None)


def _not_there(
    record: NodeRecord, clock: _Time, *, look: float, answer: float
) -> tuple[list[str], Callable[[float], Heights]]:
    """Return what is done with a node of which nothing comes back, in seconds, and what asks it."""
    done: list[str] = []

    def see() -> NodeRecord:
        done.append("look")
        clock.now += look
        raise UnreachableError("n shows no certificate: there was no TLS handshake", maybe_received=False)

    def probe(seconds: float) -> Heights:
        done.append(f"ask within {seconds:g}")
        clock.now += min(answer, seconds)
        raise UnreachableError("n did not answer", maybe_received=False)

    return done, once_seen(record, see, lambda _known: probe, clock.clock)


def test_a_look_at_a_certificate_leaves_the_rest_of_the_time_to_the_question() -> None:
    clock = _Time()
    done, probe = _not_there(NodeRecord("", "node", "n-1", url="https://n"), clock, look=3.0, answer=9.0)
    with pytest.raises(UnreachableError, match="did not answer"):
        probe(5.0)
    assert (done, clock.now) == (["look", "ask within 2"], 5.0)


def test_a_look_that_takes_all_the_time_is_the_last() -> None:
    clock = _Time()
    done, probe = _not_there(NodeRecord("", "node", "n-1", url="https://n"), clock, look=5.0, answer=9.0)
    with pytest.raises(UnreachableError, match="there was no TLS handshake"):
        probe(5.0)
    assert (done, clock.now) == (["look"], 5.0)


def test_nobody_looks_who_answers_when_the_time_is_over() -> None:
    clock = _Time()
    pinned = NodeRecord("", "node", "n-1", url="https://n", certificate="PEM")
    done, probe = _not_there(pinned, clock, look=5.0, answer=9.0)
    with pytest.raises(UnreachableError, match="did not answer"):
        probe(5.0)
    assert (done, clock.now) == (["ask within 5"], 5.0)


def _checks(probe: Callable[[float], Heights], timeout: float, removed_after: int = 1000) -> list[tuple[float, float]]:
    """Return when it is checked whether the node is there still, and in how many seconds, until the wait ends."""
    clock, checks = _Time(), list[tuple[float, float]]()
    wait = Wait(timeout, list[str]().append, clock.clock, clock.sleep)

    def check(seconds: float) -> None:
        checks.append((clock.now, seconds))
        if len(checks) > removed_after:
            raise ReplyError("removed")

    with pytest.raises(ReplyError if removed_after < 1000 else UnreachableError):
        wait_until_ready("The node 'main'", probe, 2, wait, check)
    return checks


def test_a_node_that_was_removed_is_waited_for_no_longer() -> None:
    gone = StatusError("404 NodeNotFound", status=404)
    assert _checks(_one_by_one(gone), 100.0, removed_after=0) == [(0.0, 100.0)]
    # It did answer, and does no longer.
    assert _checks(_one_by_one(Heights(1, 10), gone), 100.0, removed_after=0) == [(0.5, 99.5)]


def test_the_last_check_has_a_moment_too() -> None:
    assert _checks(_one_by_one(BloqError("no")), 2.0)[-1] == (2.0, 1.0)


def test_the_service_is_asked_seldom_about_a_node_that_answers() -> None:
    checks = [now for now, _seconds in _checks(_one_by_one(Heights(1, 10)), 200.0)]
    assert len(checks) == 3
    assert all(later - sooner >= 60 for sooner, later in zip([0.0, *checks], checks))


def test_a_node_that_does_not_know_the_question_is_not_waited_for() -> None:
    loading = RpcError("getblockcount", -28, "Loading block index")
    with pytest.raises(ReplyError, match=r"does not know the method.*Use wait_for: started"):
        _wait(_one_by_one(loading, RpcError("getblockcount", -32601, "Method not found")), None)


def test_a_node_ahead_of_connect_is_synced() -> None:
    assert _wait(_one_by_one(Heights(12, 10)), 0)[0].behind == 0


@pytest.mark.parametrize(("result", "height"), [(7, 7), ("0x10", 16), (0, 0)])
def test_heights(result: object, height: int) -> None:
    assert height_of(result) == height
    assert connect_height({"info": {"blocks": result}}) == height


@pytest.mark.parametrize("result", [None, True, -1, "7", "0xzz", 1.5, [], {}])
def test_what_is_no_height_is_refused(result: t.Any) -> None:
    with pytest.raises(ReplyError):
        height_of(result)
    with pytest.raises(ReplyError):
        connect_height(result)


def test_calls() -> None:
    assert height_call("btc").method == height_call(None).method == "getblockcount"
    assert height_call("eth").method == "eth_blockNumber"
    for chain in ("algorand", "avalanche"):
        with pytest.raises(InputError, match="Use wait_for: started"):
            height_call(chain)


@pytest.mark.parametrize(
    ("own", "syncing", "height"),
    [(7, False, 7), (7, {"currentBlock": "0x7", "highestBlock": "0x64"}, 100), (7, {"highestBlock": "0x1"}, 1)],
)
def test_a_node_of_ethereum_says_itself_how_far_the_chain_is(own: int, syncing: object, height: int) -> None:
    assert synced_height(own, syncing) == height


@pytest.mark.parametrize("syncing", [False, {"currentBlock": "0x0", "highestBlock": "0x0"}])
def test_one_that_has_found_no_other_node_is_not_synced(syncing: object) -> None:
    with pytest.raises(ReplyError, match="no blocks yet"):
        synced_height(0, syncing)


@pytest.mark.parametrize("syncing", [True, None, {}, [], "false", {"highestBlock": "10"}])
def test_what_says_nothing_is_refused(syncing: object) -> None:
    with pytest.raises(ReplyError, match="not a height"):
        synced_height(7, syncing)
