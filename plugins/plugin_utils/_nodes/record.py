# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of a named node or cluster, as it stands in the vault file and in the variable loaded from it."""

from __future__ import annotations

import dataclasses
import typing as t
from collections.abc import Mapping

from ...module_utils._errors import InputError, ReplyError
from ...module_utils._nodes import Node


@dataclasses.dataclass(frozen=True)
class NodeRecord:
    """What is remembered of a named node or cluster.

    Attributes:
        nodes_url: the service that it belongs to.
        kind: ``node`` or ``cluster``.
        id: its id.
        chain: the blockchain.
        network: the blockchain's network.
        service_id: what it was made from.
        auth_type: how its clients prove who they are.
        url: where its own API is.
        username: with ``basic``, the generated user.
        password: with ``basic``, the generated password.
        created_at: when it was made, as the service wrote it.
        certificate: the one that the node has signed itself, as PEM.
        certificate_by: ``authority`` when the node's certificate is none of its own, so that none of its own is taken.
        extra: the user's own fields, which stay as they are.
    """

    nodes_url: str
    kind: str
    id: str
    chain: str | None = None
    network: str | None = None
    service_id: str | None = None
    auth_type: str | None = None
    url: str | None = None
    username: str | None = None
    password: str | None = dataclasses.field(default=None, repr=False)
    created_at: str | None = None
    certificate: str | None = None
    certificate_by: str | None = None
    extra: Mapping[str, t.Any] = dataclasses.field(default_factory=dict, repr=False)

    @classmethod
    def from_mapping(cls, name: str, record: Mapping[str, t.Any]) -> NodeRecord:
        """Read a record.

        Raises:
            InputError: it is not a record; the message names the field.
        """
        found: dict[str, t.Any] = {}
        for field in _FIELDS:
            value = record.get(field)
            if value is None and field not in ("id", "kind"):
                continue
            if not isinstance(value, str) or not value:
                raise InputError(f"In the record of the node {name!r}, {field} must be text, and not empty.")
            found[field] = value
        extra = {field: value for field, value in record.items() if field not in _FIELDS}
        return cls(**{"nodes_url": "", **found}, extra=extra)

    def with_node(self, node: Node) -> NodeRecord:
        """Return the record with what the service says of the node; what it does not say stays.

        What it was made from stays as well: a cluster that is being moved still says where it comes from.

        Raises:
            ReplyError: it had a certificate, and is to be asked in the clear now.
        """
        if self.shows_certificate and (node.url or "").lower().startswith("http:"):
            raise ReplyError(
                f"The record of the {self.kind} {self.id} knows its certificate, and Nodes says now that its address "
                f"is {node.url}, where anybody could read its password. Nothing was sent there. Ask Bloq. If that is "
                "so, remove the fields certificate and certificate_by from the record."
            )
        known = [field for field in _FIELDS if field != "service_id" or self.service_id is None]
        said = {field: getattr(node, field) for field in known if getattr(node, field, None) is not None}
        return dataclasses.replace(self, **said)

    @property
    def shows_certificate(self) -> bool:
        """Whether it has shown a certificate, so that it is asked with TLS or not at all."""
        return self.certificate is not None or self.certificate_by is not None

    def to_mapping(self) -> dict[str, t.Any]:
        """Return the record as it is written, without the fields that are empty."""
        record = {field: getattr(self, field) for field in _FIELDS if getattr(self, field)}
        return {**record, **self.extra}

    def public(self) -> dict[str, t.Any]:
        """Return what may be shown, for diffs."""
        return {field: getattr(self, field) or None for field in _FIELDS if field != "password"}


_FIELDS = tuple(field.name for field in dataclasses.fields(NodeRecord) if field.name != "extra")
