# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's half of bloq_client_key_info: the names that the vault file gives."""

from __future__ import annotations

import contextlib
import dataclasses
import os

from ansible_collections.bloq.cloud.plugins.module_utils._argspec import CLIENT_KEY_INFO
from ansible_collections.bloq.cloud.plugins.module_utils._connection import checked_url
from ansible_collections.bloq.cloud.plugins.plugin_utils._action import BloqAction, Result
from ansible_collections.bloq.cloud.plugins.plugin_utils._files import folder_of, locked
from ansible_collections.bloq.cloud.plugins.plugin_utils._intent import IntentFile
from ansible_collections.bloq.cloud.plugins.plugin_utils._key_states import key_states
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault import Vault
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault_file import VaultFile


class ActionModule(BloqAction, always_asks=True):
    """Returns the account's client keys, each with its name and state."""

    spec = CLIENT_KEY_INFO

    def perform(self) -> Result:
        """Return the keys."""
        options = self.options
        url = checked_url(options["accounts_url"], allow_http=options["allow_http"])
        session = self.account_session()
        path = self.controller_path(options["vault_file"]) if options["vault_file"] else None
        # Else a key that is being made just now would be listed, and not be in the vault file yet.
        with locked(folder_of(path, "vault_file")) if path else contextlib.nullcontext():
            listing = session.list_keys()
            vault = Vault.of_play(self._loader)
            records = VaultFile.read(path, vault, variable=options["variable"]).records if path else {}
            self.know(records)
            suspects = IntentFile(os.path.realpath(path), url, "").suspected(listing.created_by_id) if path else set()
        states = key_states(listing.keys, records, url, suspects)
        return {
            "changed": False,
            "client_keys": [dataclasses.asdict(state) for state in states],
            "clock_skew": listing.skew,
        }
