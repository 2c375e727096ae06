# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's half of bloq_account_password: the cache, which forgets the sessions of the old password."""

from __future__ import annotations

from ansible_collections.bloq.cloud.plugins.module_utils._argspec import ACCOUNT_PASSWORD
from ansible_collections.bloq.cloud.plugins.module_utils._errors import InputError
from ansible_collections.bloq.cloud.plugins.module_utils._password import ensure_password
from ansible_collections.bloq.cloud.plugins.module_utils._urls import checked_url
from ansible_collections.bloq.cloud.plugins.plugin_utils._action import BloqAction
from ansible_collections.bloq.cloud.plugins.plugin_utils._hiding import Result
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.credentials import AccountCredential
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.source import login_key


class ActionModule(BloqAction, always_asks=True):
    """Makes ``new_password`` the account's password."""

    spec = ACCOUNT_PASSWORD

    def perform(self) -> Result:
        """Ensure the password."""
        username, old, new = (self.options[name] for name in ("username", "password", "new_password"))
        if not username:
            raise InputError("username is missing: say whose password this is.")
        url = checked_url(self.options["accounts_url"], allow_http=self.options["allow_http"])
        service = self.accounts(url)
        # What it has of the old password goes once that is changed.
        self.token_cache().prove()
        changed = ensure_password(service, username, old, new, check_mode=self.check_mode)
        self.note_change(changed)
        if not self.check_mode and old != new:
            names = {username}
            if changed:
                # Asked anew: a session that this password had before may have ended. It is the next task's as well.
                session = self.tokens(force=True).account(url, AccountCredential(login=(username, new)))
                profile = service.profile(session.token.access_token)
                names |= {profile["id"], profile.get("email") or username}
            for name in names:
                self.token_cache().forget(login_key(url, name), old, strong=False)
        return {"changed": changed}


main = ActionModule.check_options
