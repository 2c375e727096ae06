# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A loop's item, which ansible-core shows with every result, is shown only when it holds no secret."""

from __future__ import annotations

import json
import socket
import typing as t
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness.service import serve
from harness.spy import Spy, awkward_secret
from harness.table import Row

pytestmark = pytest.mark.row("loops over records, tokens and passwords", harm="leaked")

Task = dict[str, t.Any]

_QUIET: tuple[str, ...] = ("--diff",)
_LOUD = ("-vvvvv", "--diff")
_RECORDS = "{{ bloq_client_keys | dict2items }}"
_PEOPLE = [
    {"name": "first", "p": "{{ wrong_password }}", "url": "http://me:{{ new_password | urlencode }}@127.0.0.1:9"},
    {"name": "second", "p": "{{ new_password }}", "url": "http://me:{{ wrong_password | urlencode }}@127.0.0.1:9"},
]
_OWN: Task = {"vars": {"bloq_password": "{{ item.p }}"}, "loop": _PEOPLE}


def task(module: str, options: Task, **keywords: t.Any) -> Task:
    return {"name": f"Loop {module}", f"bloq.cloud.{module}": options, "ignore_errors": True, **keywords}


def _prepared(vault_file: Path) -> list[Task]:
    load = {"ansible.builtin.include_vars": {"file": str(vault_file)}, "no_log": True}
    keep = {"ansible.builtin.debug": {"msg": "{{ {'keys': bloq_client_keys, 'nodes': bloq_nodes} | keep }}"}}
    log_in = {"bloq.cloud.bloq_login": {}, "register": "session"}
    return [{"name": "Load the records", **load}, {"name": "Keep them", **keep}, {"name": "Log in", **log_in}]


def _over_records() -> list[Task]:
    key: Task = {"name": "{{ item.key }}"}
    own: Task = {"client_id": "{{ item.value.client_id }}", "client_secret": "{{ item.value.client_secret }}"}
    again: Task = {"retries": 1, "delay": 0, "until": "again is succeeded", "register": "again"}
    token: Task = {"key": "{{ item.key }}"}
    wrong: Task = {**token, "vars": {"bloq_variable": "no_such_variable"}}
    names: Task = {"loop_var": "one", "index_var": "position", "label": "{{ one.key }}", "extended": True}
    return [
        task("bloq_client_key", key, loop=_RECORDS),
        task("bloq_client_key", key, loop=_RECORDS, check_mode=True),
        task("bloq_client_key", {"name": "{{ one.key }}"}, loop=_RECORDS, loop_control=names),
        task("bloq_client_key", {"name": "{{ item.key }}", "max_age": "never"}, loop=_RECORDS),
        task("bloq_client_key_info", {}, loop="{{ bloq_client_keys.ci | dict2items }}"),
        task("bloq_client_key_info", {}, loop="{{ bloq_client_keys.ci.items() | list }}"),
        task("bloq_client_key_info", {}, loop="{{ bloq_client_keys.values() | list }}"),
        task("bloq_client_key_info", {"no_such": "{{ item.key }}"}, with_dict="{{ bloq_client_keys }}"),
        task("bloq_account_info", {}, loop=[{"key": "a", "pending": {"client_secret": "{{ wrong_password }}"}}]),
        task("bloq_account_info", {}, loop=["as text: {{ bloq_client_keys | to_json }}"]),
        task("bloq_account_info", {}, loop=["Bearer {{ session.access_token }}"]),
        task("bloq_account_info", {"access_token": "{{ item.access_token }}"}, loop=["{{ session }}"]),
        task("bloq_account_info", {}, loop=["ci", "other"], loop_control={"label": "{{ bloq_client_keys[item] }}"}),
        task("bloq_token", {**token, "min_ttl": "much"}, with_dict="{{ bloq_client_keys }}"),
        task("bloq_token", own, loop=_RECORDS, failed_when="no_such_variable"),
        task("bloq_token", {**own, "client_secret": "{{ item.value.client_secret[::-1] }}"}, loop=_RECORDS),
        task("bloq_token", {"no_such": 1}, loop=_RECORDS, **{"async": 10, "poll": 0}),
        task("bloq_token", {**token, "variable": "no_such_variable"}, with_dict="{{ bloq_client_keys }}"),
        task("bloq_token", {**token, "variable": "no_such_variable"}, loop=_RECORDS, **again),
        task("bloq_token", token, loop=_RECORDS, **{"vars": wrong["vars"], "delegate_to": "gateway"}),
        task("bloq_node", {**key, "chain": "btc"}, loop="{{ bloq_nodes | dict2items }}"),
        task("bloq_node", {**key, "chain": "none"}, loop="{{ bloq_nodes | dict2items }}"),
        task("bloq_node_info", {"node_id": "{{ item.id }}"}, with_items="{{ bloq_nodes.values() | list }}"),
        task("bloq_service_info", {}, with_nested=["{{ bloq_nodes.values() | list }}", ["a", "b"]]),
    ]


def _over_passwords(deaf: str) -> list[Task]:
    """Return loops over passwords, one of them with a service that never answers."""
    wrong: Task = {"cache": False, "retries": 0}
    return [
        task("bloq_login", {"pasword": "x"}, **_OWN),
        task("bloq_login", {"timeout": "abc"}, **_OWN),
        task("bloq_login", {"pasword": "{{ item.p }}"}, loop=_PEOPLE),
        task("bloq_login", {"username": "{{ item.name }}"}, **_OWN),
        task("bloq_login", {"proxy": "{{ item.url }}", **wrong}, loop=_PEOPLE),
        task("bloq_login", {"proxy": "http://me:{{ item.p | urlencode }}@127.0.0.1:9", **wrong}, loop=_PEOPLE),
        task("bloq_login", {"timeout": "abc"}, **_OWN, module_defaults={"bloq.cloud.bloq_login": {"password": "x"}}),
        task("bloq_login", {"timeout": "abc"}, loop=["{{ bloq_password }}"]),
        task("bloq_token", {"timeout": "abc"}, loop=["of another module: {{ bloq_password }}"]),
        task("bloq_login", {}, loop=_PEOPLE, vars={"bloq_password": "{{ {}[item.p] }}"}),
        task("bloq_login", {}, loop=_PEOPLE, vars={"bloq_password": "{{ item.p | mandatory | no_such_filter }}"}),
        task(
            "bloq_login",
            {"timeout": "abc"},
            loop=_PEOPLE,
            module_defaults={"group/bloq.cloud.bloq": {"password": "{{ item.p }}"}},
        ),
        task("bloq_login", {"password": "{{ item.p }}", **wrong}, loop=_PEOPLE, delegate_to="gateway"),
        task("bloq_login", {"password": "{{ item.p }}", "accounts_url": deaf, "cache": False}, loop=_PEOPLE, timeout=1),
        task("bloq_account_password", {"password": "{{ item.p }}", "new_password": "{{ item.p }}x"}, loop=_PEOPLE),
    ]


def _over_names() -> list[Task]:
    return [
        task("bloq_token", {"key": "{{ item }}"}, loop="{{ bloq_client_keys | list }}"),
        task("bloq_client_key", {"name": "{{ item }}", "max_age": "never"}, loop=["ci", "other"]),
        task("bloq_client_key", {"name": "{{ item.name }}"}, loop=[{"name": "ci", "overlap": "24h", "verify": True}]),
        task("bloq_login", {"pasword": "x", "username": "{{ item }}"}, loop=["refresh_token", "client_secret"]),
    ]


@pytest.fixture
def spy(tmp_path: Path) -> Iterator[Spy]:
    with serve("--no-login-throttle", password=awkward_secret("password")) as service:
        spy = Spy(tmp_path, service.new_account())
        make: list[Task] = [
            task("bloq_client_key", {"name": "{{ item }}"}, loop=["ci", "other"]),
            task("bloq_node", {"name": "one", "chain": "btc", "wait": False}),
        ]
        run = spy.play(make)
        assert run.status == 0, run.output
        yield spy


@pytest.mark.parametrize("arguments", [_QUIET, _LOUD], ids=["quiet", "loud"])
def test_an_item_with_a_secret_is_never_shown(spy: Spy, row: Row, arguments: tuple[str, ...]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        loops = [*_over_records(), *_over_passwords(f"http://127.0.0.1:{deaf.getsockname()[1]}")]
        run = spy.play([*_prepared(spy.vault_file), *loops], arguments=arguments)
    assert run.status == 0, run.output
    row.tried = len(loops)
    hits = spy.hits()
    row.harms["leaked"] = len(hits)
    assert hits == []
    # Told all the same: what is wrong.
    told = run.message
    assert "timeout of 1 s is over" in told
    for reason in (
        "There is no option pasword",
        "must be a whole number",
        "max_age must be a number",
        "no_such_variable is not set",
    ):
        assert reason in told, reason


@pytest.mark.parametrize("arguments", [_QUIET, _LOUD], ids=["quiet", "loud"])
def test_an_item_of_names_alone_is_shown(spy: Spy, arguments: tuple[str, ...]) -> None:
    run = spy.play([*_prepared(spy.vault_file), *_over_names()], arguments=arguments)
    assert run.status == 0, run.output
    assert run.output.count("(item=ci)") == run.output.count("(item=other)") == 1
    assert "(item=refresh_token)" in run.output and "(item=client_secret)" in run.output
    assert "(item={'name': 'ci', 'overlap': '24h', 'verify': True})" in run.output
    assert spy.hits() == []


@pytest.mark.parametrize("arguments", [_QUIET, _LOUD], ids=["quiet", "loud"])
def test_what_is_included_in_a_loop_over_records_shows_none(spy: Spy, arguments: tuple[str, ...]) -> None:
    included = spy.home / "included.yml"
    inner = task("bloq_client_key", {"name": "{{ outer.key }}"}, loop=["{{ outer.value }}"])
    alone = task("bloq_client_key", {"name": "{{ outer.key }}"})
    included.write_text(json.dumps([inner, alone]), encoding="utf-8")
    control = {"loop_var": "outer", "label": "{{ outer.key }}", "extended": True}
    include: Task = {"ansible.builtin.include_tasks": str(included), "loop": _RECORDS, "loop_control": control}
    # The callback junit writes down what an included file is given, whatever the label.
    run = spy.play(
        [*_prepared(spy.vault_file), include], arguments=arguments, ANSIBLE_CALLBACKS_ENABLED="ansible.builtin.tree"
    )
    assert run.status == 0, run.output
    assert run.output.count("=> (item=ci)") == 1
    assert spy.hits() == []
