# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nodes as hosts: which, what they are called, and that nothing of a service's is run."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._argspec import EVERY_OPTION, SECRET_OPTIONS
from ansible_collections.bloq.cloud.plugins.module_utils._errors import InputError
from ansible_collections.bloq.cloud.plugins.module_utils._nodes import Node
from ansible_collections.bloq.cloud.plugins.plugin_utils._nodes import hosts

_URL = "https://nodes.bloq.cloud"
_NODE = Node("n-1", "node", "started", chain="btc", network="mainnet", username="u", password="secret")
_ALL: dict[str, t.Any] = {"kind": ["node", "cluster"], "state": None, "chain": None, "network": None}


def test_no_credential_is_told_and_no_variable_is_taken_for_one() -> None:
    variables = hosts.host_variables(hosts.described(_NODE), None, _URL, "bloq_")
    assert not {"bloq_password", "bloq_username"} & variables.keys()
    assert "secret" not in variables.values()
    names = {name.removeprefix("bloq_") for name in variables}
    assert not names & (SECRET_OPTIONS | {"username", "client_id", "key", "access_token", "accounts_url"})
    assert names & EVERY_OPTION


@pytest.mark.parametrize(
    ("wish", "wanted"),
    [
        ({}, True),
        ({"kind": ["cluster"]}, False),
        ({"chain": ["eth", "btc"]}, True),
        ({"network": ["testnet"]}, False),
        ({"state": ["starting"]}, False),
    ],
)
def test_filters(wish: dict[str, t.Any], wanted: bool) -> None:
    assert hosts.is_wanted(hosts.described(_NODE), {**_ALL, **wish}) is wanted


def test_what_is_stopped_is_left_out_unless_it_is_asked_for() -> None:
    stopped = hosts.described(Node("n-1", "node", "stopped"))
    assert not hosts.is_wanted(stopped, _ALL)
    assert hosts.is_wanted(stopped, {**_ALL, "state": ["stopped"]})


def test_filters_that_leave_nothing_over_are_a_warning() -> None:
    stopped, shown = hosts.described(Node("n-2", "node", "stopped")), list[str]()
    hosts.warn_of_nothing([stopped], _ALL, shown.append)
    assert not shown
    hosts.warn_of_nothing([stopped, hosts.described(_NODE)], {**_ALL, "chain": ["eth"]}, shown.append)
    hosts.warn_of_nothing([stopped], {**_ALL, "state": ["starting"]}, shown.append)
    assert ["has 1 of the kinds" in text for text in shown] == [True, True]


def test_records_of_another_service_give_no_names() -> None:
    records = {
        "a": {"id": "n-1", "nodes_url": f"{_URL}/"},
        "b": {"id": "n-2", "nodes_url": "https://x"},
        "c": {"id": "n-3"},
    }
    assert {key: name for key, (name, _record) in hosts.records_by_id(records, _URL, "v").items()} == {
        "n-1": "a",
        "n-3": "c",
    }


@pytest.mark.parametrize("records", ["text", [1], {"a": "b"}])
def test_what_is_no_record_is_refused(records: object) -> None:
    with pytest.raises(InputError, match="mapping of names to records"):
        hosts.records_by_id(records, _URL, "v")


def test_two_of_one_name_are_refused() -> None:
    hosts.refuse_same_names([("a", "n-1"), ("b", "n-2")])
    with pytest.raises(InputError, match=r"n-1 and n-2 both get the name 'a'"):
        hosts.refuse_same_names([("a", "n-1"), ("a", "n-2")])


@pytest.mark.parametrize("address", ["10.0.0.1", "2001:db8::1", "node.example.com", "a_b"])
def test_an_address_is_where_the_host_is(address: str) -> None:
    assert hosts.address_of({"address": address}) == address


@pytest.mark.parametrize(
    "address",
    [None, "-oProxyCommand=touch", "10.0.0.1; x", " 10.0.0.1", "10.0.0.1\n", "{{ x }}", "$(x)", "a" * 300, "\u2603"],
)
def test_what_is_no_address_is_given_to_no_program(address: str | None) -> None:
    assert hosts.address_of({"address": address}) is None


#: Names that --limit, patterns, host_vars or Ansible itself take for something else.
_UNUSABLE = (
    "a,b",
    "../a",
    "a/..",
    "/a",
    "a\\b",
    "h[0:9]",
    "h*",
    "h?",
    "!a",
    "&a",
    "~a",
    "@a",
    "all",
    "ungrouped",
    "localhost",
)


def test_names_that_a_template_may_make() -> None:
    for name in ("btc-main", "btc/mainnet", "k\u00f6ln", "a:1", "a@1", "a..b", "n.example.com"):
        hosts.check_name(name, "n-1", "{{ x }}")
        hosts.check_name(name, "n-1", None)
    with pytest.raises(InputError, match="empty name"):
        hosts.check_name("", "n-1", "{{ x }}")
    for name in ("-oProxyCommand=x", "a b", "a\nb", "{{ x }}", "a\x00", "\u202eb", "\ud800", "a" * 300, *_UNUSABLE):
        with pytest.raises(InputError, match=r"hostname makes .* of the node n-1, which is no name for a host"):
            hosts.check_name(name, "n-1", "{{ x }}")


@pytest.mark.parametrize("name", ["", "a b", "-x", "a" * 300, *_UNUSABLE])
def test_names_of_records_are_no_better(name: str) -> None:
    with pytest.raises(InputError, match=r"The node n-1 is called .*, which is no name for a host\. Give hostname"):
        hosts.check_name(name, "n-1", None)


@pytest.mark.parametrize(
    ("wish", "kinds"),
    [([], ["node", "cluster"]), (["cluster", "node"], ["node", "cluster"]), (["cluster", "cluster"], ["cluster"])],
)
def test_no_kind_means_all_as_no_state_does(wish: list[str], kinds: list[str]) -> None:
    assert hosts.kinds_of({"kind": wish}) == kinds


@pytest.mark.parametrize("field", ["kind", "state", "chain", "network"])
def test_an_empty_filter_means_all(field: str) -> None:
    assert hosts.is_wanted(hosts.described(_NODE), {**_ALL, field: []})


def test_prefixes() -> None:
    for prefix in ("bloq_", "_", "my2"):
        hosts.check_prefix(prefix)
    for prefix in ("9", "a-b", "a b", "{{ x }}", "\u00fc_"):
        with pytest.raises(InputError, match="hostvars_prefix must be"):
            hosts.check_prefix(prefix)
    with pytest.raises(InputError, match="hostvars_prefix is empty"):
        hosts.check_prefix("")
