# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's half of bloq_token."""

from __future__ import annotations

import time

from ansible_collections.bloq.cloud.plugins.module_utils._argspec import TOKEN
from ansible_collections.bloq.cloud.plugins.module_utils._errors import InputError
from ansible_collections.bloq.cloud.plugins.module_utils._tokens import token_result
from ansible_collections.bloq.cloud.plugins.module_utils._urls import checked_url
from ansible_collections.bloq.cloud.plugins.plugin_utils._action import BloqAction, token_changed
from ansible_collections.bloq.cloud.plugins.plugin_utils._hiding import Result
from ansible_collections.bloq.cloud.plugins.plugin_utils._options.resolve import Level
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.credentials import (
    ClientCredential,
    client_credential,
    record_credential,
)
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.source import ObtainedToken, client_keys


class ActionModule(BloqAction):
    """Returns a client token that is still fresh, or a new one, and can register its refresh token."""

    spec = TOKEN
    # What bloq_client_key is given as a variable must not make every token task write to that file.
    task_only = frozenset({"vault_file"})

    def perform(self) -> Result:
        """Return the token, or empty the cache."""
        options = self.options
        if options["state"] == "absent":
            removed = self.token_cache().clear(check_mode=self.check_mode)
            self.note_change(removed > 0)
            if options["coordination_url"]:
                removed += self._clear_beyond()
            return {"changed": removed > 0, "removed": removed}
        if options["vault_file"]:
            return self._registered()
        self.warn_unless(False, "vault_file", "vault_id", "vault_layout")
        credential = client_credential(options, self.variables)
        obtained = self._obtain(credential, options["grant"], force=options["force"])
        return self._result(credential, obtained, obtained.token.refresh_token)

    def _clear_beyond(self) -> int:
        """Remove what many controllers share of the task's credential, if it names one; return how many tokens."""
        options = self.options
        if options.level("client_id", "client_secret", "refresh_token", "key") is None:
            return 0
        credential, cache = client_credential(options, self.variables), self.token_cache()
        url = checked_url(credential.accounts_url, allow_http=options["allow_http"])
        return sum(
            cache.clear_beyond(key, secret, strong=True, check_mode=self.check_mode)
            for key, secret in client_keys(url, credential)
        )

    def _obtain(self, credential: ClientCredential, grant_type: str, *, force: bool) -> ObtainedToken:
        obtained = self.tokens(min_ttl=self.options["min_ttl"], force=force).client(credential, grant_type)
        self.note_change(token_changed(obtained))
        return obtained

    def _registered(self) -> Result:
        # The vault file's editor is not needed by a task that finds its token in the cache.
        from ansible_collections.bloq.cloud.plugins.plugin_utils._keys.refresh_token import RefreshRecord
        from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.source import CLIENT_CREDENTIALS

        options = self.options
        name = options["key"]
        if not name:
            raise InputError("key is missing: it names the record in vault_file that gets the refresh token.")
        with self.locked_vault_file(options["variable"]) as file:
            record = RefreshRecord(file, name)
            if options.level("client_id", "client_secret", "refresh_token") == Level.TASK:
                credential = client_credential(options.without("key"), self.variables)
            elif record.has_key:
                # The variable may have been loaded before the key was rotated.
                credential = record_credential(options, file.records)
            else:
                credential = client_credential(options, self.variables)
            shown = credential
            if options["grant"] == CLIENT_CREDENTIALS:
                # One that the service does not see is neither refused nor replaced by it.
                shown = ClientCredential(credential.accounts_url, credential.client_id, credential.client_secret)
            # What the file does not take costs no token.
            record.claim(shown, is_kept=options["cache"])
            obtained = self._obtain(credential, options["grant"], force=options["force"])
            record.take(shown, obtained, lambda: self._obtain(credential, CLIENT_CREDENTIALS, force=True))
            record.store(check_mode=self.check_mode)
        result = self._result(credential, obtained, record.refresh_token)
        result.update(changed=result["changed"] or record.changed, diff=record.diff())
        return result

    def _result(self, credential: ClientCredential, obtained: ObtainedToken, refresh_token: str | None) -> Result:
        result = token_result(obtained.token, source=obtained.source, now=time.time())
        result.update(changed=token_changed(obtained), client_id=credential.client_id)
        if self.options["return_refresh_token"]:
            result["refresh_token"] = refresh_token
        return self.hidden(result)


main = ActionModule.check_options
