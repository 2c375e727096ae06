# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Accounts, asked from the host that the task is delegated to, by running the modules there."""

from __future__ import annotations

import time
import typing as t
from collections.abc import Mapping

from ..module_utils._accounts_service import KeyListing, ListedKey, NewKey
from ..module_utils._connection import Pause
from ..module_utils._times import parse_iso
from ..module_utils._tokens import Grant
from ._remote_module import RemoteModules


class RemoteAccounts:
    """Accounts, asked from another host. See ``AccountsService`` for what each method does.

    Args:
        modules: runs the collection's modules there.
    """

    def __init__(self, modules: RemoteModules) -> None:
        self._modules = modules

    def log_in(self, username: str, password: str) -> Grant:
        return _grant(self._modules.run("bloq_login", username=username, password=password))

    def exchange(self, client_id: str, client_secret: str) -> Grant:
        return _grant(
            self._modules.run(
                "bloq_token", client_id=client_id, client_secret=client_secret, grant="client_credentials"
            )
        )

    def refresh(self, refresh_token: str) -> Grant:
        return _grant(self._modules.run("bloq_token", refresh_token=refresh_token, grant="refresh_token"))

    def list_keys(self, access_token: str) -> KeyListing:
        result = self._modules.run("bloq_client_key_info", access_token=access_token)
        keys = tuple(ListedKey(key["client_id"], key["created_at"] or "") for key in result["client_keys"])
        return KeyListing(keys, float(result["clock_skew"]))

    def create_key(self, access_token: str, pause: Pause) -> NewKey:
        made = self._modules.run("bloq_client_key", access_token=access_token)["client_key"]
        return NewKey(made["client_id"], made["client_secret"], parse_iso(made["created_at"]) or time.time())

    def delete_key(self, access_token: str, client_id: str) -> bool:
        return bool(
            self._modules.run("bloq_client_key", access_token=access_token, client_id=client_id, state="absent")[
                "changed"
            ]
        )

    def profile(self, access_token: str) -> dict[str, t.Any]:
        return dict(self._modules.run("bloq_account_info", access_token=access_token)["account"])

    def events(self, access_token: str) -> list[dict[str, t.Any]]:
        return list(self._modules.run("bloq_account_info", access_token=access_token, events=True)["events"])

    def ensure_password(self, username: str, old: str, new: str, *, dry: bool) -> bool:
        # The module sees for itself whether the task is in check mode.
        return bool(
            self._modules.run("bloq_account_password", username=username, password=old, new_password=new)["changed"]
        )


def _grant(result: Mapping[str, t.Any]) -> Grant:
    expires_at = parse_iso(result["expires_at"]) or 0.0
    return Grant(
        access_token=result["access_token"],
        kind=result["token_kind"],
        expires_at=expires_at,
        lifetime=float(result["expires_in"]),
        skew=expires_at - time.time() - float(result["expires_in"]),
        refresh_token=result.get("refresh_token"),
    )
