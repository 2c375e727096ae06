# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's half of bloq_account_info."""

from __future__ import annotations

from ansible_collections.bloq.cloud.plugins.module_utils._argspec import ACCOUNT_INFO
from ansible_collections.bloq.cloud.plugins.plugin_utils._action import BloqAction
from ansible_collections.bloq.cloud.plugins.plugin_utils._hiding import Result


class ActionModule(BloqAction, always_asks=True):
    """Returns the account's profile, and its events on request."""

    spec = ACCOUNT_INFO

    def perform(self) -> Result:
        """Return the profile."""
        session = self.account_session()
        result: Result = {"changed": False, "account": session.ask(session.service.profile)}
        return {**result, "events": session.ask(session.service.events)} if self.options["events"] else result


main = ActionModule.check_options
