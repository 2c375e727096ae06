# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ``/openapi.json`` says is what the services do, for any input that schemathesis thinks of."""

from __future__ import annotations

import json
import subprocess
import sys
import typing as t
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from asking import cause, control, log_in
from conftest import USER, Served, serve

from local_bloq.services import OPERATIONS

SERVICES = ("accounts", "connect", "nodes")
EXAMPLES = 5

# An operation with a 400 of its own refuses values that its schema takes: an address with a wrong checksum, a wrong
# password.
REFUSES_VALUES = """
[[operations]]
include-path = "{operation.path}"
include-method = "{operation.method}"
checks.positive_data_acceptance.expected-statuses = ["2xx", "400", "401", "403", "404", "409"]
"""


@pytest.fixture(scope="module")
def bloq() -> Iterator[Served]:
    """A local Bloq with an administrator, so that no operation is closed to the tests."""
    with serve("--admin", USER, "--no-login-throttle", "--node-quota", "0", "--node-start-seconds", "0") as served:
        yield served


def document(bloq: Served, service: str) -> dict[str, t.Any]:
    reply = requests.get(f"{getattr(bloq, service)}/openapi.json", timeout=10)
    assert reply.status_code == 200
    return t.cast(dict[str, t.Any], reply.json())


@pytest.mark.parametrize("service", SERVICES)
def test_schemathesis_finds_nothing(service: str, bloq: Served, tmp_path: Path) -> None:
    token = log_in(bloq)["Authorization"].split()[1]
    secrets = {
        "accountToken": {"bearer": token},
        "clientToken": {"bearer": token},
        "login": {"username": USER, "password": bloq.password},
    }
    schemes = document(bloq, service)["components"]["securitySchemes"]
    lines = [
        f"[auth.openapi.{scheme}]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in secret.items())
        for scheme, secret in secrets.items()
        if scheme in schemes
    ]
    lines += [
        REFUSES_VALUES.format(operation=operation) for operation in OPERATIONS[service] if 400 in operation.replies
    ]
    config = tmp_path / "schemathesis.toml"
    config.touch(mode=0o600)
    config.write_text("\n".join(lines))
    command = [str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(config), "run", "--no-color"]
    options = ["--checks", "all", "--max-examples", str(EXAMPLES), "--generation-deterministic", "--no-shrink"]
    done = subprocess.run(
        [*command, f"{getattr(bloq, service)}/openapi.json", *options],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"Tested: {len(OPERATIONS[service])}\n" in done.stdout


@pytest.mark.parametrize("service", SERVICES)
def test_the_document_has_every_operation_with_its_common_replies(service: str, bloq: Served) -> None:
    described = document(bloq, service)
    assert described["openapi"] == "3.1.0"
    assert described["servers"] == [{"url": getattr(bloq, service)}]
    by_id = {}
    for operation in OPERATIONS[service]:
        shown = described["paths"][operation.path][operation.method.lower()]
        by_id[shown["operationId"]] = operation
        replies = set(shown["responses"])
        assert replies >= {str(status) for status in operation.replies}
        if operation.audience is not None:
            assert replies >= {"401", "403"}
            assert {scheme for choice in shown["security"] for scheme in choice} <= {"accountToken", "clientToken"}
            assert ("clientToken" in str(shown["security"])) == (service != "accounts")
        if operation.body is not None:
            assert replies >= {"400", "408", "413", "415"}
            assert shown["requestBody"]["required"]
        if "{" in operation.path:
            assert "404" in replies
            assert [parameter["in"] for parameter in shown["parameters"]].count("path") == operation.path.count("{")
    assert len(by_id) == len(OPERATIONS[service])


def test_the_document_is_no_traffic_of_the_service(bloq: Served) -> None:
    cause(bloq, {"path": "*", "status": 500})
    try:
        assert document(bloq, "accounts")["info"]["title"] == "Local Bloq, Accounts"
        assert requests.get(f"{bloq.accounts}/", timeout=10).status_code == 500
    finally:
        control(bloq, "DELETE")
