# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificate that each node and cluster signed for itself, the same as long as it lives."""

from __future__ import annotations

import dataclasses
import typing as t

from local_bloq.store.database import Database
from local_bloq.tls.certificates import self_signed


@dataclasses.dataclass(frozen=True, kw_only=True)
class Pem:
    """A certificate and its private key, as PEM."""

    certificate: bytes
    key: bytes = dataclasses.field(repr=False)


class NodeCertificates:
    """The certificates in the database, each made when it is needed first."""

    def __init__(self, database: Database, names: t.Sequence[str]) -> None:
        """Take the host names and addresses that the certificates are for."""
        self._database = database
        self._names = names

    def of(self, instance_id: str) -> Pem:
        """Return the one of a node or a cluster."""
        row = self._database.row("SELECT * FROM node_certificates WHERE id = ?", instance_id)
        if row is None:
            return self.renew(instance_id)
        return Pem(certificate=bytes(row["certificate"]), key=bytes(row["key"]))

    def renew(self, instance_id: str) -> Pem:
        """Make another one in its place."""
        made = self_signed(self._names)
        pem = Pem(certificate=made.certificate_pem, key=made.key_pem)
        self._database.execute(
            "INSERT OR REPLACE INTO node_certificates VALUES (?, ?, ?)", instance_id, pem.certificate, pem.key
        )
        return pem
