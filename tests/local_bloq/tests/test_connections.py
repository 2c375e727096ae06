# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""More connections than descriptors: those that do nothing make place, and nothing is told on stderr."""

from __future__ import annotations

import contextlib
import resource
import socket
import threading
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from asking import TIMEOUT, cause, control, log_in
from conftest import Served, serve

from local_bloq.web.connections import Connections

DESCRIPTORS = 256
IDLE = 300


@contextlib.contextmanager
def few_descriptors() -> Iterator[None]:
    """Let what is started in this block have few."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 2 * (IDLE + DESCRIPTORS):
        pytest.skip(f"this process may have {hard} descriptors only")
    resource.setrlimit(resource.RLIMIT_NOFILE, (DESCRIPTORS, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2 * (IDLE + DESCRIPTORS)), hard))


def connect(url: str) -> socket.socket:
    address = urllib.parse.urlsplit(url)
    assert address.hostname is not None
    return socket.create_connection((address.hostname, address.port), TIMEOUT)


@pytest.fixture
def small() -> Iterator[Served]:
    """A local Bloq with few descriptors."""
    with contextlib.ExitStack() as stack:
        with few_descriptors():
            bloq = stack.enter_context(serve())
        yield bloq


def test_idle_connections_keep_nobody_out(small: Served) -> None:
    with contextlib.ExitStack() as idle:
        for url in (small.accounts, small.nodes, small.connect):
            for _number in range(IDLE // 3):
                idle.enter_context(connect(url))
        account = log_in(small)
        for url in (small.accounts, small.nodes, small.connect):
            assert requests.get(f"{url}/openapi.json", timeout=TIMEOUT).status_code == 200
        assert requests.get(f"{small.accounts}/users/me", headers=account, timeout=TIMEOUT).status_code == 200


def test_connections_that_never_begin_with_tls_keep_nobody_out(tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:
        with few_descriptors():
            bloq = stack.enter_context(serve("--tls", "good", "--tls-folder", str(tmp_path)))
        for _number in range(IDLE):
            stack.enter_context(connect(bloq.accounts))
        reply = requests.get(bloq.accounts, timeout=TIMEOUT, verify=str(tmp_path / "ca.pem"))
        assert reply.status_code == 200


def test_a_request_under_way_is_not_ended_for_a_newcomer(small: Served) -> None:
    cause(small, {"path": "/", "service": "nodes", "delay": 2})
    replies: list[int] = []
    asking = threading.Thread(target=lambda: replies.append(requests.get(small.nodes, timeout=TIMEOUT).status_code))
    asking.start()
    while control(small, "GET").json():
        pass
    with contextlib.ExitStack() as idle:
        for _number in range(IDLE):
            idle.enter_context(connect(small.nodes))
        asking.join(TIMEOUT)
    assert replies == [200]


def test_where_all_are_busy_a_newcomer_is_turned_away() -> None:
    connections = Connections(2)
    with contextlib.ExitStack() as stack:
        first, second, third = (stack.enter_context(socket.socket()) for _number in range(3))
        assert connections.admit(first) and connections.admit(second)
        for there in (first, second):
            connections.set_busy(there.fileno(), True)
        assert not connections.admit(third) and third.fileno() == -1
        fourth = stack.enter_context(socket.socket())
        connections.set_busy(second.fileno(), False)
        assert connections.admit(fourth)
        second.close()
        assert connections.admit(stack.enter_context(socket.socket()))
