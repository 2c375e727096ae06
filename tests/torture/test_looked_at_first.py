# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is needed only when something is made, or changed, is looked at before: a fault in it costs nothing."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from harness.here import Here
from harness.service import Service, serve

pytestmark = pytest.mark.row("what is needed later cannot be used")

_NONE, _TEXT = "none.pem", "text"
_SYNCED = {"wait_for": "synced", "wait_timeout": 3}


@pytest.fixture(scope="module")
def service() -> t.Iterator[Service]:
    """Services without TLS, whose nodes have certificates."""
    with serve("--node-tls", "--node-start-seconds", "0", accounts=20) as service:
        yield service


@pytest.fixture
def controller(tmp_path: Path, service: Service) -> Here:
    (tmp_path / _TEXT).write_text("no certificate", encoding="utf-8")
    return Here(tmp_path, service.new_account(), nodes_url=service.nodes_url, retries=0)


def _wrong(folder: Path, files: dict[str, str]) -> dict[str, str]:
    return {option: str(folder / name) for option, name in files.items()}


@pytest.mark.parametrize(
    ("files", "others", "words"),
    [
        ({"ca_path": _NONE}, {}, "none.pem cannot be used: No such file or directory. Name a PEM file."),
        ({"ca_path": _TEXT}, {}, "text cannot be used: no PEM is in it. Name a PEM file."),
        ({"client_cert": _TEXT}, _SYNCED, "text cannot be used: it holds no certificate"),
        ({"client_cert": _TEXT}, {"validate_certs": False, **_SYNCED}, "text cannot be used: it holds no certificate"),
        ({}, {"connect_url": "x:1", **_SYNCED}, "connect_url must look like https://"),
        ({}, {"connect_url": "http://192.0.2.1", **_SYNCED}, "would send secrets to 192.0.2.1 in the clear"),
        ({"certificate_file": _TEXT}, {}, "holds something else than one certificate"),
        ({"certificate_file": "none/main.pem"}, {}, "Cannot write in the folder"),
    ],
    ids=str,
)
def test_a_node_that_could_not_be_looked_at_is_not_made(
    controller: Here, tmp_path: Path, files: dict[str, str], others: dict[str, t.Any], words: str
) -> None:
    task = {"name": "main", "chain": "btc", **_wrong(tmp_path, files), **others}
    for check in (True, False):
        run = controller.task("bloq_node", check=check, **task)
        assert run.status == 2 and words in run.result["msg"], run.output
        assert not run.result.get("changed", False)
    assert controller.task("bloq_node_info").result["nodes"] == []
    assert not controller.vault_file.exists()


def test_a_cluster_that_could_not_be_looked_at_is_not_changed(controller: Here, tmp_path: Path) -> None:
    cluster = {"kind": "cluster", "wait": False}
    made = controller.task("bloq_node", name="many", chain="btc", capacity=2, **cluster).result["node"]
    for which in ({"name": "many"}, {"node_id": made["id"]}):
        run = controller.task("bloq_node", **which, capacity=3, **cluster, ca_path=str(tmp_path / _NONE))
        assert run.status == 2 and "cannot be used" in run.result["msg"], run.output
    assert not controller.task("bloq_node", name="many", capacity=2, **cluster).result["changed"]


def test_what_is_not_looked_at_afterwards_need_not_be_good(controller: Here, tmp_path: Path) -> None:
    task = {"name": "main", "chain": "btc", "wait": False}
    ca_path = str(tmp_path / _NONE)
    assert controller.task("bloq_node", **task, ca_path=ca_path, validate_certs=False).result["changed"]
    assert controller.task("bloq_node", **task, ca_path=ca_path, state="absent").result["changed"]


def test_a_password_stays_where_the_cache_that_has_it_cannot_be_used(controller: Here, tmp_path: Path) -> None:
    cache_path = str(tmp_path / _TEXT)
    new = "another-password"
    run = controller.task("bloq_account_password", new_password=new, cache_path=cache_path)
    assert run.status == 2 and "is not a folder. Set cache_path" in run.result["msg"], run.output
    assert not run.result.get("changed", False)
    assert controller.task("bloq_account_password", new_password=new).result["changed"]
