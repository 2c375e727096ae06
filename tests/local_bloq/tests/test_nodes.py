# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nodes, services and chains as bloq-api describes them, asked over HTTP."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest
import requests
from conftest import OTHER, USER, Served, serve
from nodes_client import Client

UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


@pytest.fixture(scope="module")
def admin(fleet: Served) -> Client:
    return Client(fleet)


@pytest.fixture(scope="module")
def other(fleet: Served) -> Client:
    return Client(fleet, OTHER)


@pytest.mark.parametrize("path", ["/chains", "/chains/nodes", "/chains/cluster"])
def test_chains_are_told_without_a_token(fleet: Served, path: str) -> None:
    reply = requests.get(fleet.nodes + path, timeout=10)
    assert reply.status_code == 200
    chains = [tuple(chain.values()) for chain in reply.json()]
    assert all(list(chain) == ["chain", "network", "software"] for chain in reply.json())
    assert "btc" in {chain for chain, _network, _software in chains}
    assert len(chains) == len(set(chains))


def test_the_documented_chains_have_nodes(fleet: Served) -> None:
    chains = {entry["chain"] for entry in requests.get(f"{fleet.nodes}/chains", timeout=10).json()}
    assert chains == {"bch", "btc", "etc", "eth", "ltc"}


@pytest.mark.parametrize(
    "path",
    [
        "/users/me/nodes",
        "/users/me/nodes/node-x",
        "/users/me/nodes/node-x/logs",
        "/users/me/clusters",
        "/users/me/clusters/cluster-x",
        "/nodes",
        "/clusters",
    ],
)
def test_everything_else_takes_a_token(fleet: Served, path: str) -> None:
    reply = requests.get(fleet.nodes + path, timeout=10)
    assert (reply.status_code, reply.json()["code"]) == (401, "MissingToken")


@pytest.mark.parametrize("kind", ["nodes", "cluster"])
def test_services_need_no_token_but_refuse_a_wrong_one(fleet: Served, admin: Client, kind: str) -> None:
    url = f"{fleet.nodes}/services/{kind}"
    assert requests.get(url, timeout=10).json() == admin.ask("GET", f"/services/{kind}", 200)
    wrong = requests.get(url, headers={"Authorization": "Bearer of-nothing"}, timeout=10)
    assert (wrong.status_code, wrong.json()["code"]) == (401, "InvalidToken")


@pytest.mark.parametrize("kind", ["nodes", "cluster"])
def test_services_have_what_clients_read(admin: Client, kind: str) -> None:
    services = admin.ask("GET", f"/services/{kind}", 200)
    for service in services:
        assert re.fullmatch(f"service-{UUID}", service["id"])
        assert set(service["metadata"]) == {"software", "performance", "amiPrefix"}
        assert service["vendor"]["region"]
        assert service["network"] == "mainnet"
        assert service["createdAt"].endswith("Z")
    assert len({service["id"] for service in services}) == len(services) > 1


def test_a_disabled_service_says_so_and_starts_nothing_new() -> None:
    with serve("--user", OTHER, "--admin", USER) as bloq:
        admin, other = Client(bloq), Client(bloq, OTHER)
        service_id = admin.service_id("cluster", "bch")
        made = other.make_cluster("bch")
        other.ask("DELETE", f"/services/cluster/{service_id}", 403)
        admin.ask("DELETE", f"/services/cluster/{service_id}", 204)
        admin.ask("DELETE", f"/services/cluster/{service_id}", 204)
        admin.ask("DELETE", "/services/cluster/service-x", 404)
        listed = {service["id"]: service.get("disabled") for service in other.ask("GET", "/services/cluster", 200)}
        assert [service for service, disabled in listed.items() if disabled] == [service_id]
        refused = other.ask("POST", "/users/me/clusters", 409, {"serviceId": service_id})
        assert refused["code"] == "ServiceDisabled"
        assert other.ask("GET", f"/users/me/clusters/{made['id']}", 200)["service"] == service_id


@pytest.mark.parametrize("kind", ["account", "client"])
def test_a_node_lives_from_its_creation_to_its_removal(fleet: Served, kind: str) -> None:
    client = Client(fleet, kind=kind)
    made = client.make_node()
    assert re.fullmatch(f"node-{UUID}", made["id"])
    assert (made["chain"], made["network"], made["stoppedAt"]) == ("btc", "mainnet", None)
    assert made["serviceData"] == {"software": "core-0.17", "performance": "standard", "amiPrefix": "btc-core-0.17"}
    assert set(made["auth"]) == {"type", "user", "pass"}
    path = f"/users/me/nodes/{made['id']}"
    assert client.ask("GET", path, 200) == made
    assert made in client.ask("GET", "/users/me/nodes", 200)
    client.ask("DELETE", path, 204)
    stopped = client.ask("GET", path, 200)
    assert (stopped["state"], bool(stopped["stoppedAt"])) == ("stopped", True)
    assert stopped in client.ask("GET", "/users/me/nodes", 200)
    assert client.ask("DELETE", path, 404)["code"] == "NodeNotFound"


def test_a_jwt_node_has_no_user_and_no_password(admin: Client) -> None:
    assert admin.make_node(auth_type="jwt")["auth"] == {"type": "jwt"}


def test_each_node_has_credentials_of_its_own_and_keeps_them(admin: Client) -> None:
    one, two = admin.make_node()["auth"], admin.make_node()["auth"]
    assert one["user"] != two["user"]
    assert one["pass"] != two["pass"]
    assert len(one["pass"]) == 32


def test_an_error_has_the_members_that_older_clients_print(admin: Client) -> None:
    assert admin.ask("GET", "/users/me/nodes/node-x", 404) == {
        "code": "NodeNotFound",
        "status": 404,
        "title": "Node not found",
    }
    assert admin.ask("GET", "/no/such/path", 404) == {"code": "NotFound", "status": 404, "title": "Not found"}


def test_an_account_sees_only_its_own_nodes(admin: Client, other: Client) -> None:
    made = admin.make_node()
    path = f"/users/me/nodes/{made['id']}"
    other.ask("GET", path, 404)
    other.ask("GET", f"{path}/logs", 404)
    other.ask("DELETE", path, 404)
    assert made["id"] not in {node["id"] for node in other.ask("GET", "/users/me/nodes", 200)}
    assert admin.ask("GET", path, 200)["state"] == "started"


def test_an_administrator_sees_everybodys_nodes(fleet: Served, admin: Client, other: Client) -> None:
    made = other.make_node()
    assert made in admin.ask("GET", "/nodes", 200)
    assert made["id"] not in {node["id"] for node in admin.ask("GET", "/users/me/nodes", 200)}
    assert other.ask("GET", "/nodes", 403)["code"] == "AdminsOnly"
    # An administrator's client token has no more rights than anybody's.
    Client(fleet, kind="client").ask("GET", "/nodes", 403)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"serviceId": "service-x", "authType": "basic"}, 404),
        ({"serviceId": "service-x", "authType": "none"}, 400),
        ({"authType": "basic"}, 400),
        ({"image": "doge"}, 400),
        ({"image": "btc", "large": "yes"}, 400),
        ([], 400),
    ],
)
def test_a_node_that_cannot_be_made(admin: Client, body: object, status: int) -> None:
    before = len(admin.ask("GET", "/users/me/nodes", 200))
    assert set(admin.ask("POST", "/users/me/nodes", status, body)) == {"code", "status", "title"}
    assert len(admin.ask("GET", "/users/me/nodes", 200)) == before


@pytest.mark.parametrize("path", ["/nodes", "/users/me/nodes"])
@pytest.mark.parametrize(("large", "jwt"), [(False, False), (True, False), (False, True)])
def test_the_older_generation_gets_a_flat_node(other: Client, path: str, large: bool, jwt: bool) -> None:
    made = other.ask("POST", path, 200, {"image": "btc", "large": large, "jwt": jwt})
    assert (made["image"], made["version"]) == ("btc", "core-0.17")
    assert {"vendor", "id", "imageId", "type"} == set(made["instance"])
    assert (made["nodeUser"] == "-") == (made["nodePass"] == "-") == jwt
    # The newer generation sees the same node in its own shape.
    shown = other.ask("GET", f"/users/me/nodes/{made['id']}", 200)
    assert shown["serviceData"]["performance"] == ("high" if large else "standard")
    assert shown["auth"] == (
        {"type": "jwt"} if jwt else {"type": "basic", "user": made["nodeUser"], "pass": made["nodePass"]}
    )


def test_a_logs_last_lines_are_one_text(admin: Client) -> None:
    path = f"/users/me/nodes/{admin.make_node()['id']}"
    text = admin.ask("GET", f"{path}/logs", 200)
    assert "height=10" in text
    assert admin.ask("GET", f"{path}/logs?lines=2", 200).splitlines() == text.splitlines()[-2:]
    for lines in ("0", "-1", "many"):
        admin.ask("GET", f"{path}/logs?lines={lines}", 400)
    admin.ask("DELETE", path, 204)
    assert admin.ask("GET", f"{path}/logs?lines=1", 200).endswith("Shutdown: done")


def test_a_node_starts_after_its_time() -> None:
    with serve("--node-start-seconds", "3") as bloq:
        client = Client(bloq)
        made = client.make_node()
        assert made["state"] == "starting"
        assert "height=10" not in client.ask("GET", f"/users/me/nodes/{made['id']}/logs", 200)
        started = client.wait_for(f"/users/me/nodes/{made['id']}", state="started")
    assert started == {**made, "state": "started"}


def test_the_quota_counts_running_nodes_of_one_account() -> None:
    with serve("--user", OTHER, "--node-quota", "2") as bloq:
        client = Client(bloq)
        first = client.make_node()
        body = {"serviceId": client.service_id("nodes", "btc"), "authType": "basic"}
        client.ask("POST", "/nodes", 200, {"image": "eth"})
        for path, wanted in (("/users/me/nodes", body), ("/nodes", {"image": "eth"})):
            assert client.ask("POST", path, 403, wanted)["code"] == "LimitExceeded"
        Client(bloq, OTHER).make_node()
        client.make_cluster()
        client.ask("DELETE", f"/users/me/nodes/{first['id']}", 204)
        client.ask("POST", "/users/me/nodes", 201, body)


def test_nodes_and_their_credentials_survive_a_restart(tmp_path: Path) -> None:
    database = tmp_path / "bloq.db"
    options = ("--db", str(database), "--node-start-seconds", "0", "--admin", USER)
    with serve(*options) as bloq:
        client = Client(bloq)
        kept, stopped, cluster = client.make_node(), client.make_node(), client.make_cluster(alias="main")
        client.ask("DELETE", f"/users/me/nodes/{stopped['id']}", 204)
        client.ask("DELETE", f"/services/cluster/{cluster['service']}", 204)
    with serve(*options, password=bloq.password) as again:
        client = Client(again)
        nodes = {node["id"]: node for node in client.ask("GET", "/users/me/nodes", 200)}
        assert nodes[kept["id"]]["auth"] == kept["auth"]
        assert {node_id: node["state"] for node_id, node in nodes.items()} == {
            kept["id"]: "started",
            stopped["id"]: "stopped",
        }
        shown = client.ask("GET", f"/users/me/clusters/{cluster['id']}", 200)
        assert (shown["alias"], shown["auth"]) == ("main", cluster["auth"])
        client.ask("POST", "/users/me/clusters", 409, {"serviceId": cluster["service"]})
        # Ports are others now, and the address follows.
        assert (
            requests.post(
                nodes[kept["id"]]["url"],
                auth=(kept["auth"]["user"], kept["auth"]["pass"]),
                json={"method": "getblockcount"},
                timeout=10,
            ).json()["result"]
            == 10
        )
    dump = "\n".join(sqlite3.connect(database).iterdump())
    assert kept["id"] in dump
    for secret in (kept["auth"]["user"], kept["auth"]["pass"], cluster["auth"]["pass"]):
        assert secret not in dump


def test_what_nodes_did_is_among_the_days_events() -> None:
    with serve() as bloq:
        client = Client(bloq)
        node, cluster = client.make_node(), client.make_cluster()
        client.ask("POST", "/nodes", 200, {"image": "btc"})
        client.ask("DELETE", f"/users/me/nodes/{node['id']}", 204)
        client.ask("DELETE", f"/users/me/clusters/{cluster['id']}", 204)
        events = requests.get(f"{bloq.accounts}/users/me/events", headers=client.headers, timeout=10).json()
    assert [event["serviceData"] for event in events if event["service"] == "nodes"] == [
        {"nodesMade": 2, "clustersMade": 1, "nodesRemoved": 1, "clustersRemoved": 1}
    ]
