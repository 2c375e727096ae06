# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's half of bloq_client_key_info: the names that the vault file gives."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterable, Mapping, Sequence

from ansible_collections.bloq.cloud.plugins.module_utils._accounts import KeyListing
from ansible_collections.bloq.cloud.plugins.module_utils._argspec import CLIENT_KEY_INFO
from ansible_collections.bloq.cloud.plugins.module_utils._errors import InputError
from ansible_collections.bloq.cloud.plugins.module_utils._urls import checked_url
from ansible_collections.bloq.cloud.plugins.plugin_utils._action import BloqAction
from ansible_collections.bloq.cloud.plugins.plugin_utils._creation.changes import View
from ansible_collections.bloq.cloud.plugins.plugin_utils._creation.doubts import Doubtful, doubtful
from ansible_collections.bloq.cloud.plugins.plugin_utils._files.steady import read_steadily
from ansible_collections.bloq.cloud.plugins.plugin_utils._hiding import Result
from ansible_collections.bloq.cloud.plugins.plugin_utils._keys.plain_ids import plain_states, spoilt_names
from ansible_collections.bloq.cloud.plugins.plugin_utils._keys.states import (
    HeldRecord,
    KeyState,
    held_records,
    key_states,
    timeless_names,
)
from ansible_collections.bloq.cloud.plugins.plugin_utils._sessions import AccountSession
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.credentials import account_credential
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault.file import Record


class ActionModule(BloqAction, always_asks=True):
    """Returns the account's client keys, each with its name and state."""

    spec = CLIENT_KEY_INFO
    task_only = frozenset({"expect", "missing", "plain_ids"})

    def perform(self) -> Result:
        """Return the keys."""
        options = self.options
        url = checked_url(options["accounts_url"], allow_http=options["allow_http"])
        session = self.account_session()
        path = self.controller_path(options["vault_file"]) if options["vault_file"] else None
        if options["expect"] and not path:
            raise InputError("expect names records of vault_file. Give vault_file too.")
        self.warn_unless(bool(path), "vault_file", "plain_ids", *(["missing"] if options["missing"] != "ok" else []))
        problems = [_not_a_name(entry) for entry in options["expect"] if not isinstance(entry, str)]
        if path and options["missing"] != "ok" and not os.path.exists(path):
            problems.append(f"There is no file {path}.")
            self._report_missing(problems)
            problems, path = [], None
        if path and options["plain_ids"]:
            listing, vault = session.list(), self.play_vault()
            states = plain_states(listing.keys, path, vault, variable=options["variable"], accounts_url=url)
            return _result(listing, states, (), spoilt_names(path, vault, variable=options["variable"]))
        account = self.tokens().account_name(url, account_credential(options))

        def look(view: View) -> Result:
            return self._look(view, session, path, url, account, problems)

        return self.looked(look, url, account, session.account_id)

    def _look(
        self, view: View, session: AccountSession, path: str | None, url: str, account: str, problems: Sequence[str]
    ) -> Result:
        def read() -> tuple[KeyListing, Mapping[str, Record], Doubtful]:
            listing = session.list()
            return listing, *(self._beside(path, session, listing, url, account, view) if path else ({}, Doubtful()))

        listing, records, doubts = read_steadily(path, read, self.warn) if path else read()
        expected = self.options["expect"]
        unknown = [str(name) for name in expected if isinstance(name, str) and name not in records]
        if path and any(unknown):
            named = ", ".join(repr(name) for name in unknown if name)
            gone = "It is mistyped, or was revoked before."
            problems = [*problems, f"No record in {path} has the name {named} now. {gone}"]
        if path and "" in unknown:
            problems = [*problems, "There is an empty name, perhaps behind a comma."]
        coordination = view.report("client_id")
        self._report_missing(problems)
        kept = {entry["client_id"]: entry for entry in coordination["escrow"]} if coordination else {}
        in_escrow = {client_id: kept[client_id] for client_id in kept.keys() & doubts.unheld}
        states = key_states(listing.keys, records, url, doubts.suspects, in_escrow)
        return _result(listing, states, held_records(records, url), timeless_names(records), coordination)

    def _report_missing(self, problems: Sequence[str]) -> None:
        if not problems or self.options["missing"] == "ok":
            return
        told = " ".join(problems)
        text = f"{told} Check the names and vault_file, which counts from the playbook's folder on."
        if os.path.isabs(self.options["vault_file"]):
            text = f"{told} Check the names and vault_file."
        if self.options["missing"] == "fail":
            raise InputError(text)
        self.warn(text)

    def _beside(
        self, path: str, session: AccountSession, listing: KeyListing, url: str, account: str, view: View
    ) -> tuple[Mapping[str, Record], Doubtful]:
        file = self.read_vault_file(path, self.options["variable"])
        intents = view.intents(file.path, url, account, self.options["variable"])
        return file.records, doubtful(intents, listing, holds=file.mentions, names=session.names)


def _result(
    listing: KeyListing,
    states: Iterable[KeyState],
    held: Iterable[HeldRecord],
    spoilt: Sequence[str],
    coordination: Result | None = None,
) -> Result:
    return {
        "changed": False,
        "client_keys": [dataclasses.asdict(state) for state in states],
        "records": [dataclasses.asdict(record) for record in held],
        "spoilt": spoilt,
        "clock_skew": listing.skew,
        "coordination": coordination,
    }


def _not_a_name(entry: object) -> str:
    """Return what is wrong with an expected name that is not text."""
    if isinstance(entry, Mapping):
        fields = ", ".join(repr(str(field)) for field in entry) or "none"
        return f"A mapping that stands for a name has no field name, only {fields}."
    if entry is None or isinstance(entry, (list, tuple)):
        return f"A {'null' if entry is None else 'list'} is not a name."
    shown = str(entry).lower() if isinstance(entry, bool) else str(entry)
    return f'{shown} is not text, so it names no record. Write a name like it in quotes: "{shown}".'


main = ActionModule.check_options
