# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lock on a real server: one holder at a time, and none who was away for longer than it lasts."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._errors import CoordinationError
from ansible_collections.bloq.cloud.plugins.plugin_utils._fleet import lease as leases
from ansible_collections.bloq.cloud.plugins.plugin_utils._fleet.lease import Lease
from ansible_collections.bloq.cloud.plugins.plugin_utils._fleet.server import Server
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._fleet.real_server import Coordination
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils.own_time import OwnTime

_KEYS = ["bloq:{account}:lock", "bloq:{account}:fence"]


def _lease(server: Server, play: str = "") -> Lease:
    return Lease(server, _KEYS, play=play)


def test_one_holds_it_and_the_other_learns_who(server: Server) -> None:
    first, second = _lease(server, "Rotate"), _lease(server)
    assert first.take() is None
    holder = second.take()
    assert holder is not None and holder.play == "Rotate" and "Rotate" in str(holder)
    with pytest.raises(CoordinationError, match=r"is locked by process .* on .*, play 'Rotate', since 20"):
        second.wait("This account", timeout=0.1, notify=lambda text: None)


def test_taking_it_again_changes_nothing(server: Server) -> None:
    first = _lease(server)
    assert first.take() is None and first.take() is None
    assert first.fence == 1


def test_each_holding_has_a_higher_fence(server: Server) -> None:
    fences = []
    for _number in range(3):
        lease = _lease(server)
        lease.wait("This account", timeout=1, notify=lambda text: None)
        with lease.renewed():
            fences.append(lease.fence)
    assert fences == [1, 2, 3]


def test_a_request_under_way_makes_it_longer_and_its_end_shorter_again(
    server: Server, coordination: Coordination
) -> None:
    lease = _lease(server)
    lease.take()
    lease.hold(60)
    lease.hold()
    assert coordination.client.pttl(_KEYS[0]) > 50_000
    lease.hold(shorten=True)
    assert coordination.client.pttl(_KEYS[0]) <= leases.LEASE * 1000


def test_who_was_away_for_too_long_has_lost_it(server: Server, coordination: Coordination) -> None:
    lease = _lease(server)
    lease.take()
    coordination.client.delete(_KEYS[0])
    changes: tuple[Callable[[], None], ...] = (
        lease.hold,
        lambda: lease.write("bloq:{account}:intents", {"a": "1"}),
    )
    for change in changes:
        with pytest.raises(CoordinationError, match="was lost"):
            change()
    # Nor is it held again, when nobody else has taken it meanwhile.
    assert not coordination.client.exists(_KEYS[0], "bloq:{account}:intents")


def test_what_somebody_else_holds_is_not_released_nor_written_to(server: Server, coordination: Coordination) -> None:
    first, second = _lease(server), _lease(server)
    first.take()
    with first.renewed():
        coordination.client.delete(_KEYS[0])
        assert second.take() is None
        with pytest.raises(CoordinationError, match="was lost"):
            first.write("bloq:{account}:intents", {"a": "1"})
    second.hold()


def test_it_is_renewed_while_it_is_held_and_ends_with_its_holder(
    server: Server, coordination: Coordination, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "LEASE", 0.6)
    lease = _lease(server)
    lease.take()
    with lease.renewed():
        # The default of an argument is not patched.
        coordination.client.pexpire(_KEYS[0], 600)
        time.sleep(1.5)
        lease.hold()
    assert not coordination.client.exists(_KEYS[0])


def test_a_long_wait_says_for_whom(server: Server, own_time: OwnTime) -> None:
    said: list[str] = []
    first = _lease(server, "Rotate")
    first.take()
    with pytest.raises(CoordinationError):
        _lease(server).wait("This account", timeout=10.0, notify=said.append)
    (text,) = said
    assert own_time.passed == pytest.approx(10.0)
    assert text.startswith("Waiting up to 10 s for this account, which is locked by process ")
