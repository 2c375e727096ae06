# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sentinels that say which of several servers is the primary now."""

from __future__ import annotations

import pathlib
import time
from collections.abc import Iterator

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._errors import CoordinationError, InputError
from ansible_collections.bloq.cloud.plugins.plugin_utils._fleet.server import Server
from ansible_collections.bloq.cloud.plugins.plugin_utils._fleet.url import checked_coordination_url
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._fleet.real_server import (
    Coordination,
    serve_coordination,
    serve_sentinel,
)


@pytest.fixture
def primary(tmp_path: pathlib.Path) -> Iterator[Coordination]:
    with serve_coordination(tmp_path / "primary", password="right") as found:
        yield found


def test_the_primary_that_a_sentinel_names_is_asked(primary: Coordination, tmp_path: pathlib.Path) -> None:
    with serve_sentinel(tmp_path / "sentinel", primary) as port:
        # The first one is down.
        url = f"redis+sentinel://:right@127.0.0.1:9,127.0.0.1:{port}/bloq/3?sentinel_password="
        server = Server(checked_coordination_url(url))
        server.prove()
        server.ask(lambda client: client.set("bloq:{x}:token", b"kept"))
    client = primary.client
    client.select(3)
    assert client.get("bloq:{x}:token") == b"kept"


def test_after_a_failover_the_next_task_finds_the_new_primary(primary: Coordination, tmp_path: pathlib.Path) -> None:
    replica_of = ["--replicaof", "127.0.0.1", str(primary.port), "--masterauth", "right"]
    with (
        serve_coordination(tmp_path / "replica", *replica_of, password="right") as replica,
        serve_sentinel(tmp_path / "sentinel", primary) as port,
    ):
        url = checked_coordination_url(f"redis+sentinel://:right@127.0.0.1:{port}/bloq")
        Server(url).ask(lambda client: client.set("bloq:{x}:token", b"kept"))
        sentinel = Coordination(port, primary.process).client
        _until(lambda: b"".join(map(bytes, sentinel.execute_command("SENTINEL", "REPLICAS", "bloq")[0])) != b"")
        _until(lambda: replica.client.get("bloq:{x}:token") == b"kept")
        _until(lambda: sentinel.execute_command("SENTINEL", "FAILOVER", "bloq") == b"OK")
        _until(
            lambda: sentinel.execute_command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", "bloq")[1] == b"%d" % replica.port
        )
        _until(lambda: replica.client.info("replication")["role"] == "master")
        server = Server(url)
        server.prove()
        assert server.ask(lambda client: client.get("bloq:{x}:token")) == b"kept"


def _until(holds: object) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            if callable(holds) and holds():
                return
        except Exception:
            assert time.monotonic() < deadline
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_a_name_that_no_sentinel_knows_is_said(primary: Coordination, tmp_path: pathlib.Path) -> None:
    with serve_sentinel(tmp_path / "sentinel", primary) as port:
        server = Server(checked_coordination_url(f"redis+sentinel://:right@127.0.0.1:{port}/other/0"))
        with pytest.raises(CoordinationError, match="has no primary that they know") as refused:
            server.prove()
    assert "'other' of the sentinels 127.0.0.1" in str(refused.value) and "right" not in str(refused.value)


def test_a_primary_elsewhere_is_not_asked_in_the_clear() -> None:
    url = checked_coordination_url("redis+sentinel://:canary@127.0.0.1/bloq/0")
    with pytest.raises(InputError, match=r"would reach 192\.0\.2\.1 without TLS") as refused:
        url.at("192.0.2.1", 6379)
    assert "canary" not in str(refused.value)


def test_the_sentinels_own_password_does_not_reach_the_server() -> None:
    text = "rediss+sentinel://me:pw%40@a.example:26379,b.example/bloq/2?ssl_ca_certs=/ca.pem&sentinel_password=canary"
    url = checked_coordination_url(text)
    assert url.sentinels == (("a.example", 26379), ("b.example", 26379))
    assert url.at("2001:db8::1", 6380) == "rediss://me:pw%40@[2001:db8::1]:6380/2?ssl_ca_certs=%2Fca.pem"
    assert url.sentinel_login == {"password": "canary"} and "canary" not in repr(url)
