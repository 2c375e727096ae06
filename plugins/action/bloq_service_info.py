# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's half of bloq_service_info."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.bloq.cloud.plugins.module_utils._argspec import SERVICE_INFO
from ansible_collections.bloq.cloud.plugins.plugin_utils._action import BloqAction
from ansible_collections.bloq.cloud.plugins.plugin_utils._hiding import Result


class ActionModule(BloqAction, always_asks=True):
    """Returns what nodes or clusters can be made from."""

    spec = SERVICE_INFO

    def perform(self) -> Result:
        """Return the services and the chains."""
        session = self.nodes_session()
        nodes, kind = session.service, session.kind
        services = [dataclasses.asdict(service) for service in session.ask(nodes.services, kind)]
        return {
            "changed": False,
            "services": self._wanted(services),
            "chains": self._wanted(nodes.chains(kind)),
        }

    def _wanted(self, entries: list[dict[str, t.Any]]) -> list[dict[str, t.Any]]:
        wanted = {name: self.options[name] for name in ("chain", "network") if self.options[name]}
        return [entry for entry in entries if all(entry[name] == wanted[name] for name in wanted)]


main = ActionModule.check_options
