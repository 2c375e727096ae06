# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's half of bloq_token."""

from __future__ import annotations

import time

from ansible_collections.bloq.cloud.plugins.module_utils._argspec import TOKEN
from ansible_collections.bloq.cloud.plugins.module_utils._tokens import token_result
from ansible_collections.bloq.cloud.plugins.plugin_utils._action import BloqAction, Result, token_changed
from ansible_collections.bloq.cloud.plugins.plugin_utils._credentials import client_credential


class ActionModule(BloqAction):
    """Returns a client token that is still fresh, or a new one."""

    spec = TOKEN

    def perform(self) -> Result:
        """Return the token."""
        options = self.options
        credential = client_credential(options, self.variables)
        source = self.tokens(min_ttl=options["min_ttl"], force=options["force"])
        obtained = source.client(credential, options["grant"])
        result = token_result(obtained.grant, source=obtained.source, now=time.time())
        result.update(changed=token_changed(obtained), client_id=credential.client_id)
        if options["return_refresh_token"]:
            result["refresh_token"] = obtained.grant.refresh_token
        return self.hidden(result)
