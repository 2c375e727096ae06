# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's half of bloq_login."""

from __future__ import annotations

import time

from ansible_collections.bloq.cloud.plugins.module_utils._argspec import LOGIN
from ansible_collections.bloq.cloud.plugins.module_utils._tokens import token_result
from ansible_collections.bloq.cloud.plugins.plugin_utils._action import BloqAction, token_changed
from ansible_collections.bloq.cloud.plugins.plugin_utils._hiding import Result
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.credentials import account_credential


class ActionModule(BloqAction):
    """Returns an account token that is still fresh, or a new one."""

    spec = LOGIN

    def perform(self) -> Result:
        """Return the token."""
        options = self.options
        source = self.tokens(min_ttl=options["min_ttl"], force=options["force"])
        obtained = source.account(options["accounts_url"], account_credential(options))
        result = token_result(obtained.token, source=obtained.source, now=time.time())
        return self.hidden({"changed": token_changed(obtained), **result})


main = ActionModule.check_options
