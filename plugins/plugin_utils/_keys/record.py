# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of a client key, as it stands in the vault file and in the variable that is loaded from it."""

from __future__ import annotations

import dataclasses
import re
import typing as t
from collections.abc import Iterable, Iterator, Mapping

from ...module_utils._errors import InputError
from ...module_utils._urls import same_service
from .._vault.fields import fields_of, text_field


@dataclasses.dataclass(frozen=True)
class Retiring:
    """A key on its way out: alive on the service until ``retire_after`` (ISO 8601)."""

    client_id: str
    retire_after: str


@dataclasses.dataclass(frozen=True)
class Pair:
    """A client key with its secret, and when it was made (ISO 8601)."""

    client_id: str
    client_secret: str = dataclasses.field(repr=False)
    created_at: str


@dataclasses.dataclass(frozen=True)
class KeyRecord:
    """What is remembered of a named client key.

    Attributes:
        accounts_url: the service that it belongs to.
        client_id: its id.
        client_secret: its secret; None in an environment that was given the refresh token alone.
        created_at: when it was made (ISO 8601).
        refresh_token: a Client Refresh Token made from it.
        pending: during a rotation, the new key until it is verified.
        retiring: earlier keys on their way out.
        extra: the user's own fields, which stay as they are.
    """

    accounts_url: str
    client_id: str
    client_secret: str | None = dataclasses.field(default=None, repr=False)
    created_at: str = ""
    refresh_token: str | None = dataclasses.field(default=None, repr=False)
    pending: Pair | None = None
    retiring: tuple[Retiring, ...] = ()
    extra: Mapping[str, t.Any] = dataclasses.field(default_factory=dict, repr=False)

    @property
    def client_ids(self) -> set[str]:
        """Every key that this record holds on the service."""
        pending = {self.pending.client_id} if self.pending else set()
        return {self.client_id, *pending, *(key.client_id for key in self.retiring)}

    def is_of(self, accounts_url: str) -> bool:
        """Return whether it belongs to this service; one that names none may."""
        return not self.accounts_url or same_service(self.accounts_url, accounts_url)

    @property
    def newest(self) -> Pair:
        """The key that was made last: the pending one, else the current one."""
        return self.pending or Pair(self.client_id, self.client_secret or "", self.created_at)

    @classmethod
    def from_mapping(cls, name: str, record: object) -> KeyRecord:
        """Read a record.

        Raises:
            InputError: it is not a record; the message names the field.
        """
        record = fields_of(name, record)
        pending = record.get("pending")
        retiring = record.get("retiring") or []
        if not isinstance(retiring, list) or not all(isinstance(entry, Mapping) for entry in retiring):
            raise InputError(f"In the record of the client key {name!r}, retiring must be a list of mappings.")
        if pending is not None and not isinstance(pending, Mapping):
            raise InputError(f"In the record of the client key {name!r}, pending must be a mapping.")
        return cls(
            accounts_url=text_field(name, record, "accounts_url", required=False) or "",
            # Who was given the refresh token alone need not know the key's id.
            client_id=plain_id(text_field(name, record, "client_id", required="refresh_token" not in record) or ""),
            client_secret=text_field(name, record, "client_secret", required=False),
            created_at=text_field(name, record, "created_at", required=False) or "",
            refresh_token=text_field(name, record, "refresh_token", required=False),
            pending=None if pending is None else Pair(*_texts(name, pending, _PAIR)),
            retiring=tuple(Retiring(*_texts(name, entry, _RETIRING)) for entry in retiring),
            extra={field: value for field, value in record.items() if field not in _OURS},
        )

    def to_mapping(self) -> dict[str, t.Any]:
        """Return the record as it is written, without the fields that are empty."""
        record: dict[str, t.Any] = {field: getattr(self, field) for field in _PLAIN if getattr(self, field)}
        if self.pending:
            record["pending"] = dataclasses.asdict(self.pending)
        if self.retiring:
            record["retiring"] = [dataclasses.asdict(key) for key in self.retiring]
        return {**record, **self.extra}

    def public(self) -> dict[str, t.Any]:
        """Return the record's ids and times, for results and diffs; what is not known yet is None."""
        shown = {field: getattr(self, field) or None for field in ("accounts_url", "client_id", "created_at")}
        shown["retiring"] = [dataclasses.asdict(key) for key in self.retiring]
        if self.pending:
            shown["pending"] = {"client_id": self.pending.client_id, "created_at": self.pending.created_at}
        return shown


def is_whole_id(client_id: str) -> bool:
    """Return whether an id is of the form that the service gives."""
    return _HEX_ID.fullmatch(client_id) is not None


def plain_id(client_id: str) -> str:
    """Return an id as the service writes it, whatever case an editor or a person has put it in."""
    return client_id.lower() if is_whole_id(client_id) else client_id


def _texts(name: str, mapping: Mapping[str, t.Any], fields: Iterable[str]) -> Iterator[str]:
    for field in fields:
        text = text_field(name, mapping, field) or ""
        yield plain_id(text) if field == "client_id" else text


_HEX_ID = re.compile(r"[0-9a-fA-F]{40}")
_PLAIN = ("accounts_url", "client_id", "client_secret", "created_at", "refresh_token")
_OURS = frozenset({*_PLAIN, "pending", "retiring"})
_PAIR = ("client_id", "client_secret", "created_at")
_RETIRING = ("client_id", "retire_after")
