# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's half of bloq_client_key_info: the names that the vault file gives."""

from __future__ import annotations

import dataclasses
import typing as t
from collections.abc import Mapping

from ansible_collections.bloq.cloud.plugins.module_utils._accounts import KeyListing
from ansible_collections.bloq.cloud.plugins.module_utils._argspec import CLIENT_KEY_INFO
from ansible_collections.bloq.cloud.plugins.module_utils._connection import checked_url
from ansible_collections.bloq.cloud.plugins.module_utils._errors import CoordinationError
from ansible_collections.bloq.cloud.plugins.plugin_utils._action import BloqAction, Result
from ansible_collections.bloq.cloud.plugins.plugin_utils._creation.creator import suspected
from ansible_collections.bloq.cloud.plugins.plugin_utils._creation.intent import IntentFile
from ansible_collections.bloq.cloud.plugins.plugin_utils._files.steady import read_steadily
from ansible_collections.bloq.cloud.plugins.plugin_utils._keys.states import key_states
from ansible_collections.bloq.cloud.plugins.plugin_utils._sessions import AccountSession
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.credentials import account_credential
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault.file import Record, VaultFile
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault.secrets import Vault

if t.TYPE_CHECKING:
    from ansible_collections.bloq.cloud.plugins.plugin_utils._fleet.ledger import Ledger


class ActionModule(BloqAction, always_asks=True):
    """Returns the account's client keys, each with its name and state."""

    spec = CLIENT_KEY_INFO

    def perform(self) -> Result:
        """Return the keys."""
        options = self.options
        url = checked_url(options["accounts_url"], allow_http=options["allow_http"])
        session = self.account_session()
        path = self.controller_path(options["vault_file"]) if options["vault_file"] else None
        ledger = self._ledger(url, session) if options["coordination_url"] else None

        def read() -> tuple[KeyListing, Mapping[str, Record], set[str]]:
            listing = session.list()
            return listing, *(self._beside(path, session, listing, url, ledger) if path else ({}, set()))

        listing, records, suspects = read_steadily(path, read, self.warn) if path else read()
        states = key_states(listing.keys, records, url, suspects)
        return {
            "changed": False,
            "client_keys": [dataclasses.asdict(state) for state in states],
            "clock_skew": listing.skew,
            "coordination": None if ledger is None else self._coordination(ledger),
        }

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

        return coordination_report(ledger, Vault.of_play(self._loader))

    def _intents(self, path: str, url: str, account: str, ledger: Ledger | None) -> IntentFile:
        if ledger is not None:
            from ansible_collections.bloq.cloud.plugins.plugin_utils._fleet.report import intents_of

            shared = intents_of(ledger, self.options, path, account, Vault.of_play(self._loader))
            if shared is not None:
                return shared
        return IntentFile(path, url, account)

    def _beside(
        self, path: str, session: AccountSession, listing: KeyListing, url: str, ledger: Ledger | None
    ) -> tuple[Mapping[str, Record], set[str]]:
        vault = Vault.of_play(self._loader)
        file = VaultFile.read(path, vault, variable=self.options["variable"])
        self.know(file.records)
        account = self.tokens().account_name(url, account_credential(self.options))
        intents = self._intents(file.path, url, account, ledger)
        return file.records, suspected(intents, listing, holds=file.mentions, names=session.names)
