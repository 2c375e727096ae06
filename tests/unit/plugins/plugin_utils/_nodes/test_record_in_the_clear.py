# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node's record: what it does not know stays, and who has shown a certificate is asked with TLS."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._errors import InputError, ReplyError
from ansible_collections.bloq.cloud.plugins.module_utils._nodes import Node
from ansible_collections.bloq.cloud.plugins.plugin_utils._nodes.record import NodeRecord
from ansible_collections.bloq.cloud.plugins.plugin_utils._nodes.rpc import endpoint_of_record

_OLD: dict[str, t.Any] = {
    "kind": "node",
    "id": "n-1",
    "url": "https://n",
    "username": "u",
    "password": "p",
    "mine": [1],
}
_KNOWN = pytest.mark.parametrize("known", [{"certificate": "PEM"}, {"certificate_by": "authority"}])


def test_a_record_of_before_is_read_and_written_as_it_is() -> None:
    assert NodeRecord.from_mapping("main", _OLD).to_mapping() == _OLD


@_KNOWN
def test_what_is_known_of_the_certificate_is_kept(known: dict[str, str]) -> None:
    record = NodeRecord.from_mapping("main", {**_OLD, **known})
    assert record.with_node(Node("n-1", "node", "started", url="https://moved")).to_mapping() == {
        **_OLD,
        **known,
        "url": "https://moved",
    }


@_KNOWN
@pytest.mark.parametrize("url", ["http://n:1/", "HTTP://n:1/"])
def test_who_has_shown_a_certificate_is_not_asked_in_the_clear(known: dict[str, str], url: str) -> None:
    record = NodeRecord.from_mapping("main", {**_OLD, **known})
    with pytest.raises(ReplyError, match="knows its certificate"):
        record.with_node(Node("n-1", "node", "started", url=url))
    with pytest.raises(InputError, match="'main' knows its certificate"):
        endpoint_of_record("main", {"main": {**_OLD, **known, "url": url}}, "The file")


def test_a_certificate_that_is_none_is_refused_with_the_name_of_the_record() -> None:
    for certificate in ("text", ["list"]):
        with pytest.raises(InputError, match="In the record of the node 'main', certificate is not PEM"):
            endpoint_of_record("main", {"main": {**_OLD, "certificate": certificate}}, "The file")
    with pytest.raises(InputError, match="'main', certificate must be text, and not empty"):
        NodeRecord.from_mapping("main", {**_OLD, "certificate": ""})


def test_who_has_shown_none_may_be() -> None:
    record = NodeRecord.from_mapping("main", _OLD)
    assert record.with_node(Node("n-1", "node", "started", url="http://n")).url == "http://n"
    assert endpoint_of_record("main", {"main": {**_OLD, "url": "http://n"}}, "The file").url == "http://n"


@pytest.mark.parametrize("lacks", ["url", "password"])
def test_a_cluster_is_called_one(lacks: str) -> None:
    record = {**_OLD, "kind": "cluster", lacks: None}
    with pytest.raises(InputError, match="cluster 'pool' has no"):
        endpoint_of_record("pool", {"pool": record}, "The file")
