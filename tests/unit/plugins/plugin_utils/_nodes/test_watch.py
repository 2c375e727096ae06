# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the service is asked about a node that is waited for, and how long that may take."""

from __future__ import annotations

import math
import typing as t

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._argspec import NODE
from ansible_collections.bloq.cloud.plugins.module_utils._errors import (
    BloqError,
    RefusedError,
    ReplyError,
    StatusError,
    UnreachableError,
)
from ansible_collections.bloq.cloud.plugins.module_utils._granted import Token
from ansible_collections.bloq.cloud.plugins.module_utils._nodes import STARTED, STOPPED, Node, Nodes
from ansible_collections.bloq.cloud.plugins.module_utils._tokens import ACCOUNT
from ansible_collections.bloq.cloud.plugins.plugin_utils._nodes.wait import NotYetError
from ansible_collections.bloq.cloud.plugins.plugin_utils._nodes.watch import NodeWatch, tries_within
from ansible_collections.bloq.cloud.plugins.plugin_utils._sessions import NodesSession
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.source import ObtainedToken

_NODE = Node("n-1", "cluster", STARTED)
_OPTIONS = {
    **{name: entry.get("default") for name, entry in NODE.items()},
    **{"timeout": 30.0, "retries": 4, "max_retry_wait": 60.0},
}
_ALL_TRIES = 210.0


class _Service:
    """Answers each question in the same way, and notes with which settings."""

    def __init__(self, answer: Node | BloqError | None) -> None:
        self.settings: list[dict[str, float]] = []
        self._answer = answer

    def __call__(self, **settings: float) -> t.Any:
        self.settings.append(settings)
        return self

    def find_node(self, _token: str, kind: str, node_id: str) -> Node | None:
        assert (kind, node_id) == ("cluster", "n-1")
        if isinstance(self._answer, BloqError):
            raise self._answer
        return self._answer


def _watch(answer: Node | BloqError | None) -> tuple[NodeWatch, _Service]:
    service = _Service(answer)
    token = ObtainedToken(Token("a token", ACCOUNT, 4102444800.0, 3600.0), "minted")
    session = NodesSession(t.cast(Nodes, None), "cluster", lambda _fresh: token)
    return NodeWatch(_NODE, "pool", session=session, options=_OPTIONS, service=service), service


def _unreachable() -> UnreachableError:
    return UnreachableError("no connection", maybe_received=False)


def test_it_has_all_its_tries_while_there_is_time() -> None:
    watch, service = _watch(_NODE)
    assert watch.find(_ALL_TRIES) is _NODE
    assert service.settings == [{}]
    with pytest.raises(UnreachableError):
        _watch(_unreachable())[0].find(_ALL_TRIES)


def test_it_takes_no_longer_than_is_left() -> None:
    watch, service = _watch(_NODE)
    assert watch.find(100.0) is _NODE
    assert watch.find(2.04) is _NODE
    assert service.settings == [
        {"retries": 0, "timeout": 30.0, "max_retry_wait": 60.0},
        {"retries": 0, "timeout": 2.0, "max_retry_wait": 2.0},
    ]


@pytest.mark.parametrize("error", [_unreachable(), StatusError("busy", status=503), StatusError("slow", status=429)])
def test_what_may_pass_is_not_the_end_where_it_is_tried_once(error: BloqError) -> None:
    with pytest.raises(NotYetError, match=rf"could not be asked about \({error}\)"):
        _watch(error)[0].find(5.0)


def test_a_refusal_is_the_end() -> None:
    refused = RefusedError("no", status=401)
    for ask in (_watch(refused)[0].find, _watch(refused)[0].check_there):
        with pytest.raises(RefusedError):
            ask(5.0)


@pytest.mark.parametrize("found", [None, Node("n-1", "cluster", STOPPED)])
def test_one_that_is_gone_is_told(found: Node | None) -> None:
    watch, _service = _watch(found)
    with pytest.raises(ReplyError, match=r"The cluster 'pool' \(n-1\) was removed by somebody else while it was"):
        watch.check_there(5.0)


@pytest.mark.parametrize("found", [_NODE, _unreachable(), StatusError("busy", status=503), ReplyError("not JSON")])
def test_one_that_is_there_or_that_nobody_knows_of_is_waited_for(found: Node | BloqError) -> None:
    watch, service = _watch(found)
    watch.check_there(500.0)
    assert service.settings == [{"retries": 0, "timeout": 30.0, "max_retry_wait": 60.0}]


def test_a_request_has_one_try_where_not_all_have_the_time() -> None:
    assert tries_within(_OPTIONS, math.inf) == tries_within(_OPTIONS, _ALL_TRIES) == {}
    assert tries_within(_OPTIONS, 20.0) == {"retries": 0, "timeout": 20.0, "max_retry_wait": 20.0}
