# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad input of every kind: it is refused with a message that says what to do, without a traceback or a change."""

from __future__ import annotations

import contextlib
import json
import typing as t
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible.errors import AnsibleError
from ansible.plugins.loader import filter_loader, test_loader
from harness import strategies
from harness.error_messages import assert_clear
from harness.in_process import InProcess
from harness.service import Service, serve
from harness.table import Row
from harness.wire_faults import ALWAYS
from harness.wire_requests import REQUESTS
from harness.world import World, succeeded
from hypothesis import given
from hypothesis import strategies as st

MODULES = sorted({request.module for request in REQUESTS.values()})
_NO_WAITING = {"timeout": 5, "retries": 0, "max_retry_wait": 0}
_RECORD = ("accounts_url", "client_id", "client_secret", "created_at", "retiring", "pending", "refresh_token", "ci")
_REPLY = (
    "accessToken",
    "refreshToken",
    "clientId",
    "clientSecret",
    "id",
    "createdAt",
    "chain",
    "network",
    "software",
    "metadata",
    "vendor",
    "auth",
    "serviceData",
    "state",
    "code",
)


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    """A local Bloq."""
    with serve("--node-start-seconds", "0", accounts=60) as service:
        yield service


@pytest.fixture
def world(service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """An account that has one key, whose secret is in the vault file."""
    # A relative path is one of the inputs.
    monkeypatch.chdir(tmp_path)
    # Where the cache is when nobody says where.
    monkeypatch.setattr("ansible.constants.ANSIBLE_HOME", str(tmp_path / "ansible"))
    account = service.new_account()
    login = {"username": account.email, "password": service.password}
    urls = {"accounts_url": service.url}
    world = World(account, InProcess(tmp_path, **urls, **login, **_NO_WAITING))
    world.key()
    return world


def _below(value: t.Any) -> t.Any:
    """Return a path, whatever it is, that stays below the controller's own folder."""
    return f"./{value.replace('..', '.')}" if isinstance(value, str) else None


@pytest.mark.row("bad input: options")
@pytest.mark.parametrize("module", MODULES)
def test_options(world: World, row: Row, module: str) -> None:
    spec = InProcess.spec(module)
    world.guards_password = "new_password" in spec
    base = {"nodes_url": world.account.service.nodes_url} if "nodes_url" in spec else {}
    if "vault_file" in spec:
        base["vault_file"] = str(world.in_process.vault_file)

    @given(st.lists(st.tuples(st.sampled_from([*sorted(spec), "no_such_option"]), strategies.values()), max_size=3))
    def fuzz(chosen: list[tuple[str, t.Any]]) -> None:
        row.tried += 1
        options = {name: _below(value) if spec.get(name, {}).get("type") == "path" else value for name, value in chosen}
        if "retries" in options:
            # Who asks for both is to wait for ages.
            options.pop("max_retry_wait", None)
        world.attempt(module, **{**base, **options})

    fuzz()


@pytest.mark.row("bad input: vault file")
@pytest.mark.parametrize("layout", ["inline", "file"])
def test_vault_file(world: World, row: Row, layout: str) -> None:
    if layout == "file":
        world.in_process.vault_file.unlink()
        world.account.clear()
        world.key(vault_layout="file")
    file = world.in_process.vault_file
    tasks: list[tuple[str, dict[str, t.Any]]] = [
        ("bloq_client_key", {"name": "ci"}),
        ("bloq_client_key", {"name": "ci", "state": "absent", "check": True}),
        ("bloq_client_key_info", {}),
        ("bloq_token", {"key": "ci"}),
        ("bloq_node", {"name": "mine", "chain": "btc", "network": "mainnet", "check": True}),
    ]

    @given(st.sampled_from(tasks), strategies.spoilt(file.read_bytes()))
    def fuzz(task: tuple[str, dict[str, t.Any]], content: bytes) -> None:
        row.tried += 1
        file.write_bytes(content)
        world.forget()
        module, options = task
        urls = {"nodes_url": world.account.service.nodes_url} if module == "bloq_node" else {}
        world.attempt(module, vault_file=str(file), **options, **urls)

    fuzz()


@pytest.mark.row("bad input: record")
def test_record(world: World, row: Row) -> None:
    file = world.in_process.vault_file
    records = st.dictionaries(st.sampled_from(["ci", "other"]), strategies.values(_RECORD), max_size=2)

    @given(st.one_of(records, strategies.values(_RECORD)), st.booleans())
    def fuzz(found: t.Any, in_file: bool) -> None:
        row.tried += 1
        world.forget()
        if in_file:
            # JSON is YAML.
            file.write_text(json.dumps({"bloq_client_keys": found}), encoding="utf-8", errors="replace")
            world.attempt("bloq_client_key", name="ci", vault_file=str(file))
        else:
            world.attempt("bloq_token", key="ci", variables={"bloq_client_keys": found})

    fuzz()


@pytest.mark.row("bad input: token cache")
def test_token_cache(world: World, row: Row) -> None:
    succeeded(world.in_process.run("bloq_login"))
    entries = {path: path.read_bytes() for path in world.in_process.cache.iterdir() if path.stat().st_size}
    assert entries

    @given(st.data())
    def fuzz(data: st.DataObject) -> None:
        row.tried += 1
        for path, content in entries.items():
            path.write_bytes(data.draw(strategies.spoilt(content)))
        succeeded(world.in_process.run("bloq_login"))

    fuzz()


@pytest.mark.row("bad input: configuration file of Bloq's CLI")
def test_cli_session(world: World, row: Row, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    config = tmp_path / "@bloq" / "cloud-cli-nodejs" / "config.json"
    config.parent.mkdir(parents=True)
    session = {"env": "local", "accessToken": world.account.token}
    good = json.dumps({**session, "services": {"local": {"accounts": {"url": world.account.service.url}}}}).encode()
    names = ("env", "accessToken", "services", "local", "accounts", "url")
    contents = st.one_of(
        strategies.spoilt(good), strategies.values(names).map(lambda value: json.dumps(value).encode())
    )

    @given(contents)
    def fuzz(content: bytes) -> None:
        row.tried += 1
        config.write_bytes(content)
        world.attempt("bloq_account_info", cli_session=True, username=None, password=None)

    config.write_bytes(good)
    succeeded(world.in_process.run("bloq_account_info", cli_session=True, username=None, password=None))
    fuzz()


@pytest.mark.row("bad input: tokens")
def test_tokens(world: World, row: Row) -> None:
    nobody = {"username": None, "password": None}
    claims = filter_loader.get("bloq.cloud.bloq_token_claims")
    fresh = test_loader.get("bloq.cloud.fresh_bloq_token")

    @given(strategies.jwts, strategies.scalars)
    def fuzz(token: str, min_ttl: t.Any) -> None:
        row.tried += 1
        world.attempt("bloq_client_key_info", access_token=token, **nobody)
        world.attempt("bloq_service_info", access_token=token, nodes_url=world.account.service.nodes_url, **nobody)
        world.attempt("bloq_token", refresh_token=token, **nobody)
        for plugin, further in ((claims, ()), (fresh, ()), (fresh, (min_ttl,))):
            with contextlib.suppress(AnsibleError):
                json.dumps(plugin.j2_function(token, *further))

    fuzz()


@pytest.mark.row("bad input: replies of the services")
@pytest.mark.parametrize(
    "request_",
    [pytest.param(name, marks=pytest.mark.long if place % 5 else []) for place, name in enumerate(REQUESTS)],
)
@pytest.mark.usefixtures("nothing_late")
def test_replies(world: World, row: Row, request_: str) -> None:
    request = REQUESTS[request_]
    world.account.clear()
    world.in_process.vault_file.unlink()
    options = request.prepare(world)
    tokens = strategies.jwts.map(lambda token: {"accessToken": token[:10000], "refreshToken": token[:10000]})

    @given(
        st.one_of(strategies.values(_REPLY), st.lists(strategies.values(_REPLY), max_size=3), tokens),
        st.sampled_from([200, 201, 401]),
    )
    def fuzz(body: t.Any, status: int) -> None:
        row.tried += 1
        reply = {"status": status, "body": json.dumps(body)[:30000], "times": ALWAYS}
        world.account.service.set_faults(
            {"service": request.service, "method": request.method, "path": request.path, **reply}
        )
        try:
            result = world.in_process.run(request.module, **options)
        finally:
            world.account.service.set_faults()
        if result.get("failed"):
            assert_clear(result, {**world.in_process.options, **options})

    fuzz()
