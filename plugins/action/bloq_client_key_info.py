# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's half of bloq_client_key_info: the names that the vault file gives."""

from __future__ import annotations

import dataclasses
import os
import typing as t
from collections.abc import Iterable, Mapping, Sequence

from ansible_collections.bloq.cloud.plugins.module_utils._accounts import KeyListing
from ansible_collections.bloq.cloud.plugins.module_utils._argspec import CLIENT_KEY_INFO
from ansible_collections.bloq.cloud.plugins.module_utils._errors import CoordinationError, InputError
from ansible_collections.bloq.cloud.plugins.module_utils._urls import checked_url
from ansible_collections.bloq.cloud.plugins.plugin_utils._action import BloqAction, Result
from ansible_collections.bloq.cloud.plugins.plugin_utils._creation.creator import suspected
from ansible_collections.bloq.cloud.plugins.plugin_utils._creation.intent import IntentFile
from ansible_collections.bloq.cloud.plugins.plugin_utils._files.steady import read_steadily
from ansible_collections.bloq.cloud.plugins.plugin_utils._keys.plain_ids import plain_states
from ansible_collections.bloq.cloud.plugins.plugin_utils._keys.states import KeyState, key_states
from ansible_collections.bloq.cloud.plugins.plugin_utils._sessions import AccountSession
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.credentials import account_credential
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault.file import Record

if t.TYPE_CHECKING:
    from ansible_collections.bloq.cloud.plugins.plugin_utils._fleet.ledger import Ledger


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
        problems = [_not_a_name(entry) for entry in options["expect"] if not isinstance(entry, str)]
        if path and options["missing"] != "ok" and not os.path.exists(path):
            problems.append(f"There is no file {path}.")
            self._report_missing(problems)
            problems, path = [], None
        if path and options["plain_ids"]:
            listing, vault = session.list(), self.play_vault()
            return _result(
                listing, plain_states(listing.keys, path, vault, variable=options["variable"], accounts_url=url)
            )
        ledger = self._ledger(url, session) if options["coordination_url"] else None

        def read() -> tuple[KeyListing, Mapping[str, Record], set[str]]:
            listing = session.list()
            return listing, *(self._beside(path, session, listing, url, ledger) if path else ({}, set()))

        listing, records, suspects = read_steadily(path, read, self.warn) if path else read()
        unknown = [repr(str(name)) for name in options["expect"] if isinstance(name, str) and name not in records]
        if path and unknown:
            problems.append(f"No record in {path} has the name {', '.join(unknown)}.")
        self._report_missing(problems)
        coordination = None if ledger is None else self._coordination(ledger)
        return _result(listing, key_states(listing.keys, records, url, suspects), coordination)

    def _report_missing(self, problems: Sequence[str]) -> None:
        if not problems or self.options["missing"] == "ok":
            return
        text = f"{' '.join(problems)} Check the names and vault_file, which counts from the playbook's folder on."
        if self.options["missing"] == "fail":
            raise InputError(text)
        self.warn(text)

    def _ledger(self, url: str, session: AccountSession) -> Ledger | None:
        """Return what the coordination server has of the account, or None with a warning."""
        from ansible_collections.bloq.cloud.plugins.plugin_utils._fleet.report import ledger_of

        login = self.tokens().account_name(url, account_credential(self.options))
        try:
            return ledger_of(self.options, url, login, session.account_id)
        except CoordinationError as error:
            self.warn(str(error))
            return None

    def _coordination(self, ledger: Ledger) -> Result:
        from ansible_collections.bloq.cloud.plugins.plugin_utils._fleet.report import coordination_report

        return coordination_report(ledger, self.play_vault())

    def _intents(self, path: str, url: str, account: str, ledger: Ledger | None) -> IntentFile:
        if ledger is not None:
            from ansible_collections.bloq.cloud.plugins.plugin_utils._fleet.report import intents_of

            shared = intents_of(ledger, self.options, path, account, self.play_vault())
            if shared is not None:
                return shared
        return IntentFile(path, url, account)

    def _beside(
        self, path: str, session: AccountSession, listing: KeyListing, url: str, ledger: Ledger | None
    ) -> tuple[Mapping[str, Record], set[str]]:
        file = self.read_vault_file(path, self.options["variable"])
        account = self.tokens().account_name(url, account_credential(self.options))
        intents = self._intents(file.path, url, account, ledger)
        return file.records, suspected(intents, listing, holds=file.mentions, names=session.names)


def _result(listing: KeyListing, states: Iterable[KeyState], coordination: Result | None = None) -> Result:
    return {
        "changed": False,
        "client_keys": [dataclasses.asdict(state) for state in states],
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
