# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a server that cannot be used means, and what is wrong with one that can."""

from __future__ import annotations

import contextlib
import pathlib
import socket
import socketserver
import sys
import threading
import time

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._errors import (
    CoordinationError,
    InputError,
)
from ansible_collections.bloq.cloud.plugins.plugin_utils._fleet import server as server_module
from ansible_collections.bloq.cloud.plugins.plugin_utils._fleet.changes import account_on
from ansible_collections.bloq.cloud.plugins.plugin_utils._fleet.lease import Lease
from ansible_collections.bloq.cloud.plugins.plugin_utils._fleet.ledger import Ledger
from ansible_collections.bloq.cloud.plugins.plugin_utils._fleet.server import Server
from ansible_collections.bloq.cloud.plugins.plugin_utils._fleet.tokens import SharedTokens
from ansible_collections.bloq.cloud.plugins.plugin_utils._fleet.url import checked_coordination_url
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._fleet.real_server import (
    Coordination,
    free_port,
    serve_coordination,
)


def test_a_good_server_can_do_all_that_is_needed(server: Server) -> None:
    server.prove()
    assert server.concerns() is None


def test_what_it_does_not_keep_is_a_concern(server: Server, coordination: Coordination) -> None:
    coordination.client.config_set("appendonly", "no")
    coordination.client.config_set("maxmemory-policy", "allkeys-lru")
    try:
        concerns = server.concerns()
    finally:
        coordination.client.config_set("appendonly", "yes")
        coordination.client.config_set("maxmemory-policy", "noeviction")
    assert concerns is not None and "may evict data" in concerns and "over a restart" in concerns


def test_a_user_with_no_more_rights_than_needed_is_enough(coordination: Coordination) -> None:
    rights = ["on", ">secret", "resetkeys", "~bloq:*", "resetchannels", "-@all"]
    commands = "set get mget del time hset hdel hget hgetall hkeys evalsha script|load exists pttl pexpire incr info"
    coordination.client.execute_command("ACL", "SETUSER", "bloq", *rights, *(f"+{word}" for word in commands.split()))
    url = coordination.url.replace("redis://", "redis://bloq:secret@")
    server = Server(checked_coordination_url(url))
    server.prove()
    assert server.concerns() is None


@pytest.mark.parametrize("user", [":wr0ng@", "nobody:wr0ng@", ""])
def test_a_wrong_password_is_said_and_not_shown(tmp_path: pathlib.Path, user: str) -> None:
    with serve_coordination(tmp_path / "data", password="right") as running:
        server = Server(checked_coordination_url(f"redis://{user}127.0.0.1:{running.port}"))
        with pytest.raises(CoordinationError, match="refuses the user or the password") as refused:
            server.prove()
    assert "wr0ng" not in str(refused.value)


def test_nobody_waits_for_long_and_nobody_waits_twice() -> None:
    # An address for documentation, that nobody answers at.
    server = Server(checked_coordination_url("rediss://192.0.2.1:6379"))
    began = time.monotonic()
    for _number in range(2):
        with pytest.raises(CoordinationError, match=r"cannot be reached|does not answer"):
            server.prove()
    assert time.monotonic() - began < 3


def test_what_answers_in_another_way_is_not_one() -> None:
    def answer() -> None:
        connection, _address = other.accept()
        with connection:
            connection.recv(1024)
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as other:
        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        server = Server(checked_coordination_url(f"redis://127.0.0.1:{other.getsockname()[1]}"))
        with pytest.raises(CoordinationError, match="is not a Redis or Valkey server"):
            server.prove()
        thread.join(timeout=10)


def test_without_the_library_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(CoordinationError, match=r"redis, version 5 or newer, is missing .* pip install redis, or name"):
        Server(checked_coordination_url("redis://127.0.0.1")).prove()


def test_a_url_that_the_library_refuses_is_not_quoted() -> None:
    with pytest.raises(InputError, match="coordination_url cannot be read") as refused:
        Server(checked_coordination_url("unix:///run/socket?db=canary")).prove()
    assert "canary" not in str(refused.value)


@pytest.mark.parametrize("database", ["99", "9" * 30])
def test_a_database_that_it_does_not_have_is_said(coordination: Coordination, database: str) -> None:
    server = Server(checked_coordination_url(coordination.url.removesuffix("0") + database))
    with pytest.raises(CoordinationError, match="has no database of the number in coordination_url"):
        server.prove()


def test_what_is_not_ours_under_our_keys_is_said(server: Server, coordination: Coordination) -> None:
    coordination.client.set("bloq:{probe}:lock", "mine")
    with pytest.raises(CoordinationError, match="has something else under a key"):
        server.prove()


def test_a_count_of_fences_that_is_not_a_number_is_not_ours(server: Server, coordination: Coordination) -> None:
    coordination.client.set("bloq:{probe}:fence", "mine")
    with pytest.raises(CoordinationError, match="has something else under a key"):
        Lease(server, ["bloq:{probe}:count", "bloq:{probe}:fence"]).take()


def test_too_few_replicas_are_said(server: Server, coordination: Coordination) -> None:
    coordination.client.config_set("min-replicas-to-write", "1")
    try:
        with pytest.raises(CoordinationError, match="fewer replicas"):
            server.prove()
    finally:
        coordination.client.config_set("min-replicas-to-write", "0")


def test_a_part_of_a_cluster_is_refused(tmp_path: pathlib.Path) -> None:
    # Its own choice is 10,000 above the first one, which need not be a port.
    cluster = ("--cluster-enabled", "yes", "--cluster-port", str(free_port()))
    with (
        serve_coordination(tmp_path / "data", *cluster) as running,
        pytest.raises(CoordinationError, match="is a part of a cluster"),
    ):
        Server(checked_coordination_url(running.url)).prove()


@pytest.mark.parametrize(
    "answer", [b":5\r\n", b"*0\r\n", b"$3\r\n\xff\xfe\xfd\r\n", b"*1\r\n*1\r\n:1\r\n", b"_\r\n", b"$-1\r\n"]
)
def test_answers_that_no_such_server_gives_are_no_fault(answer: bytes) -> None:
    class Answer(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with contextlib.suppress(OSError):
                while self.request.recv(65536):
                    self.request.sendall(answer)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Answer) as other:
        other.block_on_close = False
        thread = threading.Thread(target=other.serve_forever, daemon=True)
        thread.start()
        server = Server(checked_coordination_url(f"redis://127.0.0.1:{other.server_address[1]}"))
        ledger = Ledger(server, "https://accounts.example.com", "me")
        with contextlib.suppress(CoordinationError):
            server.prove()
        for ask in (
            server.concerns,
            ledger.holder,
            ledger.look,
            lambda: ledger.claim("team", keep=True),
            lambda: SharedTokens(server).read("0123.token"),
            lambda: Lease(server, ["bloq:{x}:lock"]).take(),
            lambda: account_on(server, "https://accounts.example.com", "me", lambda: "me"),
        ):
            server_module._down.clear()
            with contextlib.suppress(CoordinationError):
                ask()
        other.shutdown()
        thread.join(timeout=10)


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_file_of_authorities_that_is_none_is_said(
    coordination: Coordination, tmp_path: pathlib.Path, content: str | None
) -> None:
    path = tmp_path / "authority.pem"
    if content is not None:
        path.write_text(content)
    url = coordination.url.replace("redis:", "rediss:")
    with pytest.raises(CoordinationError, match="a file that coordination_url or ca_path names"):
        Server(checked_coordination_url(url), ca_path=str(path)).prove()


def test_a_socket_that_is_not_there_is_said(tmp_path: pathlib.Path) -> None:
    with pytest.raises(CoordinationError, match="a file that coordination_url or ca_path names is missing"):
        Server(checked_coordination_url(f"unix://{tmp_path}/socket")).prove()
