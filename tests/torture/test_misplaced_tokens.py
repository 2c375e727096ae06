# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A token that is given as whatever option, which nobody can know to be one, is in no message for all that."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import typing as t
from collections.abc import Callable
from pathlib import Path

import jwt
import pytest
import yaml
from ansible.errors import AnsibleError
from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import filter_loader, inventory_loader, lookup_loader, test_loader
from ansible.template import Templar
from ansible_collections.bloq.cloud.extensions.eda.plugins.event_source import bloq_due
from ansible_collections.bloq.cloud.plugins.module_utils._argspec import INVENTORY, LOOKUP
from harness.in_process import InProcess
from harness.table import Row
from harness.wire_requests import REQUESTS

pytestmark = pytest.mark.row("a token in the place of any option", harm="leaked")

#: Options of an event source are in its documentation alone.
_DUE = yaml.safe_load(bloq_due.DOCUMENTATION)["options"]
MODULES = sorted({request.module for request in REQUESTS.values()} | {"bloq_node_rpc", "bloq_request"})
_COLLECTIONS = ("list", "dict", "raw")
#: Nothing answers there, and nobody waits for it.
_NOWHERE = {"accounts_url": "http://127.0.0.1:1", "nodes_url": "http://127.0.0.1:1", "retries": 0, "timeout": 1}


@pytest.fixture
def token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A token, and a folder in which a file of that name does no harm."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("ansible.constants.ANSIBLE_HOME", str(tmp_path / "ansible"))
    return jwt.encode({"sub": secrets.token_hex()}, secrets.token_hex(32), algorithm="HS256")


def _parts(token: str) -> tuple[str, ...]:
    return tuple(token.split(".")[1:])


@pytest.mark.parametrize("module", MODULES)
def test_of_a_module(token: str, row: Row, tmp_path: Path, module: str) -> None:
    spec = InProcess.spec(module)
    in_process = InProcess(tmp_path / "home", **_NOWHERE, username="me@example.com", password=secrets.token_hex())
    usual = {"name": "ci", "vault_file": str(in_process.vault_file), "service": "accounts", "path": "/"}
    base = {name: value for name, value in usual.items() if name in spec}
    for name in (*spec, "no_such_option"):
        is_collection = spec.get(name, {}).get("type") in _COLLECTIONS
        for value in (token, [token], {"a": token}) if is_collection else (token,):
            row.tried += 1
            options: dict[str, t.Any] = {**base, name: value}
            result = in_process.run(module, variables={"bloq_client_keys": {}}, **options)
            shown = repr([result.get("msg"), result.get("failure"), result.get("warnings"), in_process.arguments])
            leaked = [part for part in _parts(token) if part in shown]
            row.harms["leaked"] += bool(leaked)
            assert not leaked, f"{name}: {shown}"


def test_of_the_lookup(token: str, row: Row, capsys: pytest.CaptureFixture[str]) -> None:
    variables = {"bloq_client_keys": {}, **{f"bloq_{name}": value for name, value in _NOWHERE.items()}}
    terms: dict[str, t.Any] = {"a term": {}, **{name: {name: token} for name in (*LOOKUP, "no_such_option")}}
    for name, options in terms.items():
        lookup = lookup_loader.get("bloq.cloud.bloq_token", templar=Templar(loader=DataLoader(), variables=variables))
        row.tried += 1
        with pytest.raises(AnsibleError) as raised:
            lookup.run([token] if name == "a term" else ["ci"], variables, **options)
        assert not [part for part in _parts(token) if part in str(raised.value)], f"{name}: {raised.value}"
    assert _parts(token)[0] not in "".join(capsys.readouterr())


def test_of_the_inventory(token: str, row: Row, tmp_path: Path) -> None:
    file = tmp_path / "my.bloq_nodes.yml"
    for name in (*INVENTORY, "no_such_option"):
        row.tried += 1
        own = {"plugin": "bloq.cloud.bloq_nodes", **_NOWHERE, "username": "me", "password": "a-password", name: token}
        file.write_text(yaml.safe_dump(own), encoding="utf-8")
        plugin = inventory_loader.get("bloq.cloud.bloq_nodes")
        with pytest.raises(AnsibleError) as raised:
            plugin.parse(InventoryData(), DataLoader(), str(file), cache=False)
        assert not [part for part in _parts(token) if part in str(raised.value)], f"{name}: {raised.value}"


def test_of_filters_and_tests(token: str, row: Row) -> None:
    report, claims, fresh = (
        loader.get(f"bloq.cloud.{name}").j2_function
        for loader, name in (
            (filter_loader, "bloq_key_report"),
            (filter_loader, "bloq_token_claims"),
            (test_loader, "fresh_bloq_token"),
        )
    )
    broken = f"Bearer {token}"
    calls: tuple[Callable[[], object], ...] = (
        lambda: report([], token),
        lambda: report([token]),
        lambda: report([{"name": token}], "90d", token),
        lambda: report([], "90d", [{"name": token, "max_age": token}]),
        lambda: report([], now=token),
        lambda: claims(broken),
        lambda: claims([token]),
        lambda: claims({"access_token": token}),
        lambda: fresh([token]),
    )
    for call in calls:
        row.tried += 1
        # Some take it as a name. What a filter returns is the play's to show.
        try:
            call()
        except AnsibleError as error:
            assert not [part for part in _parts(token) if part in str(error)]


def test_of_the_event_source(token: str, row: Row, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for name in _DUE:
        row.tried += 1
        options = {"vault_file": "/dev/null", name: token}
        with contextlib.suppress(asyncio.TimeoutError):
            try:
                asyncio.run(asyncio.wait_for(bloq_due.main(asyncio.Queue(), options), 0.05))
            except ValueError as error:
                assert _parts(token)[0] not in str(error)
    assert _parts(token)[0] not in caplog.text


def test_the_message_says_what_the_option_is(token: str, tmp_path: Path) -> None:
    in_process = InProcess(tmp_path / "home", **_NOWHERE)
    for module in ("bloq_request", "bloq_node_rpc"):
        for value in (token, f"Bearer {token}"):
            said = in_process.run(module, token=value)["msg"]
            assert "it chooses a kind, and is not the token itself" in said and "sends it by itself" in said
