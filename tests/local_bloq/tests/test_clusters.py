# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clusters as bloq-api describes them, asked over HTTP."""

from __future__ import annotations

import re

import pytest
from conftest import OTHER, Served, serve
from nodes_client import Client


@pytest.fixture(scope="module")
def admin(fleet: Served) -> Client:
    return Client(fleet)


@pytest.fixture(scope="module")
def other(fleet: Served) -> Client:
    return Client(fleet, OTHER)


def test_a_cluster_lives_from_its_creation_to_its_removal(other: Client) -> None:
    made = other.make_cluster(capacity=3, authType="basic", alias="main")
    assert re.fullmatch("cluster-[0-9a-f-]{36}", made["id"])
    assert (made["capacity"], made["alias"], made["state"], made["healthCount"]) == (3, "main", "started", 3)
    assert made["domain"] == f"{made['name']}.localhost"
    assert made["user"] == {"email": OTHER}
    path = f"/users/me/clusters/{made['id']}"
    assert other.ask("GET", path, 200) == made
    assert made in other.ask("GET", "/users/me/clusters", 200)
    other.ask("DELETE", path, 204)
    stopped = other.ask("GET", path, 200)
    assert (stopped["state"], stopped["healthCount"], bool(stopped["stoppedAt"])) == ("stopped", 0, True)
    assert stopped in other.ask("GET", "/users/me/clusters", 200)
    other.ask("DELETE", path, 404)
    other.ask("PATCH", path, 404, {"capacity": 4})
    other.ask("POST", f"{path}/alias", 404, {"alias": "late"})


def test_what_is_not_given_has_the_clis_defaults(other: Client) -> None:
    made = other.make_cluster()
    assert (made["capacity"], made["onDemandCapacity"], made["auth"]["type"], made["alias"]) == (2, 1, "basic", None)


@pytest.mark.parametrize("kind", ["jwt", "none"])
def test_a_cluster_without_basic_credentials_has_none(other: Client, kind: str) -> None:
    assert other.make_cluster(authType=kind)["auth"] == {"type": kind}


@pytest.mark.parametrize(
    "body", [{"capacity": 1}, {"capacity": 11}, {"capacity": "3"}, {"authType": "ldap"}, {"alias": 7}]
)
def test_a_cluster_that_cannot_be_made(other: Client, body: dict[str, object]) -> None:
    service_id = other.service_id("cluster", "btc")
    assert other.ask("POST", "/users/me/clusters", 400, {"serviceId": service_id, **body})["code"] == "InvalidBody"
    # A service for nodes makes no cluster.
    other.ask("POST", "/users/me/clusters", 404, {"serviceId": other.service_id("nodes", "btc")})


def test_a_cluster_is_resized_and_renamed(other: Client) -> None:
    path = f"/users/me/clusters/{other.make_cluster()['id']}"
    assert other.ask("PATCH", path, 200, {"capacity": 5})["capacity"] == 5
    assert other.ask("PATCH", path, 200, {"capacity": 4, "onDemandCapacity": 9})["onDemandCapacity"] == 4
    assert other.ask("POST", f"{path}/alias", 200, {"alias": "blue"})["alias"] == "blue"
    assert other.ask("POST", f"{path}/alias", 200, {"alias": ""})["alias"] is None
    other.ask("PATCH", path, 400, {})
    other.ask("PATCH", path, 400, {"capacity": 11})
    assert other.ask("GET", path, 200)["capacity"] == 4


def test_a_cluster_is_moved_to_another_service() -> None:
    with serve("--node-start-seconds", "3") as bloq:
        client = Client(bloq)
        made = client.make_cluster("eth")
        path = f"/users/me/clusters/{made['id']}"
        newer = client.service_id("cluster", "eth", software="geth-1.9")
        moving = client.ask("PATCH", path, 200, {"serviceId": newer, "capacity": 2})
        assert (moving["service"], moving["updatingService"]) == (made["service"], newer)
        client.ask("DELETE", f"{path}/updatingService", 204)
        assert client.ask("GET", path, 200)["updatingService"] is None
        assert client.ask("DELETE", f"{path}/updatingService", 404)["code"] == "NoUpdateInProgress"
        client.ask("PATCH", path, 200, {"serviceId": newer})
        moved = client.wait_for(path, updatingService=None)
        assert (moved["service"], moved["serviceData"]["software"]) == (newer, "geth-1.9")
        client.ask("PATCH", path, 404, {"serviceId": "service-x"})
        other_chain = client.ask("PATCH", path, 409, {"serviceId": client.service_id("cluster", "btc")})
        assert other_chain["code"] == "ServiceOfAnotherChain"


def test_an_account_sees_only_its_own_clusters(admin: Client, other: Client) -> None:
    path = f"/users/me/clusters/{admin.make_cluster()['id']}"
    other.ask("GET", path, 404)
    other.ask("PATCH", path, 404, {"capacity": 3})
    other.ask("POST", f"{path}/alias", 404, {"alias": "mine"})
    other.ask("DELETE", f"{path}/updatingService", 404)
    other.ask("DELETE", path, 404)
    assert admin.ask("GET", path, 200)["state"] == "started"


def test_an_administrator_has_everybodys_clusters(admin: Client, other: Client) -> None:
    made = other.make_cluster()
    assert made in admin.ask("GET", "/clusters", 200)
    other.ask("GET", "/clusters", 403)
    other.ask("DELETE", f"/clusters/{made['id']}", 403)
    admin.ask("DELETE", f"/clusters/{made['id']}", 204)
    admin.ask("DELETE", f"/clusters/{made['id']}", 404)
    assert other.ask("GET", f"/users/me/clusters/{made['id']}", 200)["state"] == "stopped"


def test_the_quota_counts_running_clusters() -> None:
    with serve("--node-quota", "1") as bloq:
        client = Client(bloq)
        client.make_node()
        made = client.make_cluster()
        body = {"serviceId": made["service"]}
        assert client.ask("POST", "/users/me/clusters", 403, body)["code"] == "LimitExceeded"
        client.ask("DELETE", f"/users/me/clusters/{made['id']}", 204)
        client.ask("POST", "/users/me/clusters", 201, body)
