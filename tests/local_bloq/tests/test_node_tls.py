# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nodes with a port and a certificate each, as a client that pins certificates sees them."""

from __future__ import annotations

import json
import socket
import ssl
import typing as t
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from asking import cause
from conftest import USER, Served, serve
from nodes_client import Client

COUNT = {"method": "getblockcount"}


def certificate(instance: dict[str, t.Any]) -> str:
    """Return what the address presents, without trusting it."""
    place = urlsplit(instance["url"])
    assert place.hostname is not None and place.port is not None
    return ssl.get_server_certificate((place.hostname, place.port), timeout=10)


def ask(instance: dict[str, t.Any], trusted: Path | str, path: str = "") -> requests.Response:
    auth = instance["auth"]["user"], instance["auth"]["pass"]
    return requests.post(instance["url"] + path, json=COUNT, auth=auth, verify=str(trusted), timeout=10)


def control(bloq: Served, method: str, instance_id: str) -> requests.Response:
    return requests.request(method, f"{bloq.accounts}/_local/nodes/{instance_id}/certificate", timeout=10)


@pytest.fixture(scope="module")
def bloq() -> t.Iterator[Served]:
    with serve("--node-tls", "--node-start-seconds", "0") as served:
        yield served


def test_each_node_and_cluster_has_a_certificate_of_its_own(bloq: Served, tmp_path: Path) -> None:
    client = Client(bloq)
    made = [client.make_node(), client.make_node("bch"), client.make_cluster()]
    certificates = [certificate(each) for each in made]
    assert len(set(certificates)) == len({each["url"] for each in made}) == 3
    for number, (each, pem) in enumerate(zip(made, certificates, strict=True)):
        assert each["url"].startswith("https://127.0.0.1:")
        assert control(bloq, "GET", each["id"]).text == pem == certificate(each)
        pinned = tmp_path / f"{number}.pem"
        pinned.write_text(pem)
        assert ask(each, pinned).json()["result"] == 10
        other = made[number - 1]
        with pytest.raises(requests.exceptions.SSLError, match="CERTIFICATE_VERIFY_FAILED"):
            ask(other, pinned)


def test_a_strict_client_can_pin_it(bloq: Served) -> None:
    made = Client(bloq).make_cluster(authType="none")
    context = ssl.create_default_context(cadata=certificate(made))
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    request = urllib.request.Request(made["url"], data=json.dumps(COUNT).encode(), method="POST")  # noqa: S310 - https
    with urllib.request.urlopen(request, context=context, timeout=10) as reply:  # noqa: S310 - https
        assert json.load(reply)["result"] == 10


def test_another_certificate_is_another(bloq: Served, tmp_path: Path) -> None:
    made = Client(bloq).make_node()
    pinned = tmp_path / "node.pem"
    pinned.write_text(certificate(made))
    renewed = control(bloq, "PUT", made["id"])
    assert renewed.headers["Content-Type"] == "application/x-pem-file"
    assert certificate(made) == renewed.text != pinned.read_text()
    assert "PRIVATE" not in renewed.text
    with pytest.raises(requests.exceptions.SSLError):
        ask(made, pinned)
    pinned.write_text(renewed.text)
    assert ask(made, pinned).status_code == 200


def test_its_port_is_for_one_node_and_for_nothing_else(bloq: Served, tmp_path: Path) -> None:
    client = Client(bloq)
    made, other = client.make_node(), client.make_node()
    pinned = tmp_path / "node.pem"
    pinned.write_text(certificate(made))
    for path in ("users/me/nodes", f"rpc/{other['id']}", "_local/state", "openapi.json"):
        assert requests.get(made["url"] + path, headers=client.headers, verify=pinned, timeout=10).status_code == 404
    assert ask({**made, "auth": other["auth"]}, pinned).status_code == 401
    assert requests.get(made["url"], verify=pinned, timeout=10).status_code == 405
    # The way that goes without TLS is still there, as for a client that was given the address before.
    plain = {**made, "url": f"{bloq.nodes}/rpc/{made['id']}"}
    assert ask(plain, pinned).json()["result"] == 10


def test_what_was_stopped_listens_no_more(bloq: Served) -> None:
    client = Client(bloq)
    made, cluster = client.make_node(), client.make_cluster()
    client.ask("DELETE", f"/users/me/nodes/{made['id']}", 204)
    client.ask("DELETE", f"/users/me/clusters/{cluster['id']}", 204)
    for stopped in (made, cluster):
        place = urlsplit(stopped["url"])
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((place.hostname, place.port), timeout=10)
        assert control(bloq, "GET", stopped["id"]).status_code == 404


def test_faults_strike_a_node_at_its_own_port(bloq: Served, tmp_path: Path) -> None:
    made = Client(bloq).make_node()
    pinned = tmp_path / "node.pem"
    pinned.write_text(certificate(made))
    cause(bloq, {"service": "nodes", "path": "/rpc/*", "status": 502})
    assert [ask(made, pinned).status_code for _turn in range(2)] == [502, 200]


def test_a_certificate_lives_as_long_as_its_node(tmp_path: Path) -> None:
    options = ("--db", str(tmp_path / "bloq.db"), "--node-tls", "--node-start-seconds", "0")
    with serve(*options) as bloq:
        made = Client(bloq).make_node()
        seen = certificate(made)
    with serve(*options, password=bloq.password) as again:
        shown = Client(again).ask("GET", f"/users/me/nodes/{made['id']}", 200)
        assert certificate(shown) == seen


def test_without_node_tls_a_node_has_no_certificate(tmp_path: Path) -> None:
    with serve("--tls", "good", "--tls-folder", str(tmp_path), "--node-tls") as both:
        # The services' own TLS and that of nodes go together.
        token = requests.post(
            f"{both.accounts}/auth", auth=(USER, both.password), verify=str(tmp_path / "ca.pem"), timeout=10
        ).json()["accessToken"]
        made = requests.post(
            f"{both.nodes}/nodes",
            json={"image": "btc"},
            headers={"Authorization": f"Bearer {token}"},
            verify=str(tmp_path / "ca.pem"),
            timeout=10,
        ).json()
        assert certificate(made) != (tmp_path / "server.pem").read_text()
    with serve() as plain:
        made = Client(plain).make_node()
        assert made["url"] == f"{plain.nodes}/rpc/{made['id']}"
        reply = control(plain, "GET", made["id"])
        assert (reply.status_code, reply.json()["code"]) == (404, "NoOwnCertificate")
        assert "--node-tls" in reply.json()["message"]
