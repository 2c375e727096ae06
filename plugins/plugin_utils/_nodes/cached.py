# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Ansible's cache of an inventory keeps of a listing, in the clear: what was asked, for whom, and the nodes."""

from __future__ import annotations

import contextlib
import hashlib
import json
import secrets
import typing as t
from collections.abc import Mapping

from ...module_utils._errors import BloqError
from ...module_utils._nodes import Node
from .._tokens.cli_session import read_access_token
from .hosts import described

_WHO = ("accounts_url", "username", "access_token", "cli_session", "key", "variable", "client_id", "refresh_token")
_FIELDS = described(Node("", "", "")).keys()
_NEVER_EMPTY = ("id", "kind", "state")
_NUMBERS = ("capacity", "health_count")


def who_asks(options: Mapping[str, t.Any], records: object, environment: Mapping[str, str]) -> list[t.Any]:
    """Return what tells whoever asks from others, as far as that is known without a request. It holds secrets.

    Args:
        options: the inventory's options.
        records: the records of client keys, of which nothing is decrypted.
        environment: the controller's environment.
    """
    session = None
    if options["cli_session"]:
        # Without a session there is an error where it is asked with.
        with contextlib.suppress(BloqError):
            session = read_access_token(options["accounts_url"], environment, lambda _warning: None)
    record = records.get(options["key"]) if isinstance(records, Mapping) else None
    client_id = record.get("client_id") if isinstance(record, Mapping) else None
    return [*(options[name] for name in _WHO), session, client_id if isinstance(client_id, str) else None]


def to_keep(asked: Mapping[str, t.Any], who: list[t.Any], nodes: list[dict[str, t.Any]]) -> dict[str, t.Any]:
    """Return what the cache is to keep.

    Args:
        asked: what was asked.
        who: who asks, of which a salted digest is kept.
        nodes: the answer, each node described.
    """
    salt = secrets.token_hex(16)
    return {"asked": asked, "salt": salt, "by": _digest(salt, who), "nodes": nodes}


def answer(found: object, asked: Mapping[str, t.Any], who: list[t.Any]) -> list[dict[str, t.Any]] | None:
    """Return the nodes that a cache has kept, or None where that answers something else, or is not what was kept."""
    if not isinstance(found, dict) or found.get("asked") != asked:
        return None
    salt, nodes = found.get("salt"), found.get("nodes")
    if not isinstance(salt, str) or found.get("by") != _digest(salt, who):
        return None
    return nodes if isinstance(nodes, list) and all(map(_is_described, nodes)) else None


def _digest(salt: str, who: list[t.Any]) -> str:
    return hashlib.sha256(json.dumps([salt, who], default=str).encode()).hexdigest()[:16]


def _is_described(node: object) -> bool:
    if not isinstance(node, dict) or node.keys() != _FIELDS:
        return False
    return all(
        isinstance(value, int if name in _NUMBERS else str) or (value is None and name not in _NEVER_EMPTY)
        for name, value in node.items()
    )
