# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's half of bloq_node_info: the names that the vault file gives the account's nodes."""

from __future__ import annotations

import dataclasses

from ansible_collections.bloq.cloud.plugins.module_utils._argspec import NODE_INFO
from ansible_collections.bloq.cloud.plugins.module_utils._nodes import NodeListing
from ansible_collections.bloq.cloud.plugins.module_utils._urls import checked_url
from ansible_collections.bloq.cloud.plugins.plugin_utils._action import BloqAction
from ansible_collections.bloq.cloud.plugins.plugin_utils._creation.changes import View
from ansible_collections.bloq.cloud.plugins.plugin_utils._creation.doubts import Doubtful, doubtful
from ansible_collections.bloq.cloud.plugins.plugin_utils._files.steady import read_steadily
from ansible_collections.bloq.cloud.plugins.plugin_utils._hiding import Result
from ansible_collections.bloq.cloud.plugins.plugin_utils._nodes.by_id import refuse_unless_gone
from ansible_collections.bloq.cloud.plugins.plugin_utils._nodes.record import NodeRecord
from ansible_collections.bloq.cloud.plugins.plugin_utils._sessions import NodesSession


class ActionModule(BloqAction, always_asks=True):
    """Returns the account's nodes or clusters, each with its name and state."""

    spec = NODE_INFO

    def perform(self) -> Result:
        """Return the nodes."""
        options, session = self.options, self.nodes_session()
        url = checked_url(options["nodes_url"], allow_http=options["allow_http"], option="nodes_url")
        return self.looked(lambda view: self._look(view, session, url), url)

    def _look(self, view: View, session: NodesSession, url: str) -> Result:
        options = self.options
        path = self.controller_path(options["vault_file"]) if options["vault_file"] else None

        def read() -> tuple[NodeListing, dict[str, tuple[str, NodeRecord]], Doubtful]:
            listing = self._listing(session)
            return listing, *(self._beside(path, session, listing, url, view) if path else ({}, Doubtful()))

        listing, records, doubts = read_steadily(path, read, self.warn) if path else read()
        coordination = view.report("id")
        kept = {entry["id"]: entry for entry in coordination["escrow"]} if coordination else {}
        nodes = []
        for node in listing.nodes:
            # The list need not have the credentials.
            full = session.find(node.id) if options["return_credentials"] and not options["node_id"] else node
            shown = dataclasses.asdict(full or node) if options["return_credentials"] else node.public()
            name, record = records.get(node.id, (None, None))
            escrow = node.id in kept.keys() & doubts.unheld
            # Of a node the service does not say it.
            made_from = node.service_id or (record.service_id if record else None)
            ours = {
                "name": kept[node.id]["name"] if escrow else name,
                "managed": record is not None,
                "escrow": escrow,
                "scope": kept[node.id]["scope"] if escrow else None,
                "suspect": record is None and node.id in doubts.suspects,
            }
            nodes.append({**shown, "service_id": made_from, **ours})
        result: Result = {
            "changed": False,
            "nodes": nodes,
            "clock_skew": listing.skew,
            "coordination": coordination,
        }
        return self.hidden(result) if options["return_credentials"] else result

    def _listing(self, session: NodesSession) -> NodeListing:
        if not self.options["node_id"]:
            return session.list()
        found = session.find(self.options["node_id"])
        if not found:
            refuse_unless_gone(self.options["node_id"], session)
        return NodeListing((found,) if found else (), 0.0)

    def _beside(
        self, path: str, session: NodesSession, listing: NodeListing, url: str, view: View
    ) -> tuple[dict[str, tuple[str, NodeRecord]], Doubtful]:
        options = self.options
        file = self.read_vault_file(path, options["nodes_variable"])
        records = {name: NodeRecord.from_mapping(name, record) for name, record in file.records.items()}
        named = {
            record.id: (name, record) for name, record in records.items() if record.nodes_url.rstrip("/") in ("", url)
        }
        intents = view.intents(file.path, f"{url} {options['kind']}", session.account, options["nodes_variable"])
        return named, doubtful(intents, listing, holds=file.mentions, names=session.names)


main = ActionModule.check_options
