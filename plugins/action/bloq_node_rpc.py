# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's half of bloq_node_rpc: the node that a record names, asked with what the record holds."""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Mapping, Sequence

from ansible_collections.bloq.cloud.plugins.module_utils._argspec import NODE_RPC
from ansible_collections.bloq.cloud.plugins.module_utils._errors import BloqError, InputError, RpcError
from ansible_collections.bloq.cloud.plugins.module_utils._urls import checked_url
from ansible_collections.bloq.cloud.plugins.plugin_utils._action import BloqAction, failure
from ansible_collections.bloq.cloud.plugins.plugin_utils._hiding import Result
from ansible_collections.bloq.cloud.plugins.plugin_utils._nodes.rpc import (
    BASIC,
    JWT,
    Endpoint,
    ask,
    calls_of,
    endpoint_of_record,
)
from ansible_collections.bloq.cloud.plugins.plugin_utils._requests.tokens import AUTO, NONE, token_for
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.source import ObtainedToken


class ActionModule(BloqAction, always_asks=True):
    """Makes one call of a node, or a batch of them."""

    spec = NODE_RPC
    task_only = frozenset(
        {"name", "url", "rpc_user", "rpc_password", "certificate", "token", "method", "params", "batch", "changes"}
    )

    def perform(self) -> Result:
        """Make the calls."""
        options, calls = self.options, calls_of(self.options)
        endpoint = self._endpoint()
        url = checked_url(endpoint.url, allow_http=options["allow_http"], option="url")
        if endpoint.certificate and url.startswith("http:"):
            raise InputError("certificate goes with https://. With http:// none is shown.")
        transport, obtain = self.transport("url", url, endpoint.certificate), self._obtain(endpoint)
        changes = options["changes"]
        if changes is None:
            changes = not all(call.reads for call in calls)
        if self.check_mode and changes:
            methods = ", ".join(call.method for call in calls)
            return {"changed": True, "result": None, "url": url, "msg": f"Check mode: {methods} was not sent to {url}."}
        is_batch = options["batch"] is not None
        outcomes = ask(transport, endpoint, calls, options["jsonrpc"], is_batch=is_batch, obtain=obtain)
        return {"url": url, **_result(outcomes, changes=changes, is_batch=is_batch)}

    def _endpoint(self) -> Endpoint:
        options = self.options
        if (options["name"] is None) == (options["url"] is None):
            raise InputError("Give name, of a node's record, or url, of a node that has none.")
        if options["name"]:
            for option in ("rpc_user", "rpc_password"):
                if options[option]:
                    raise InputError(f"{option} goes with url. What a node named by name takes is in its record.")
            records, where = self._records(options["name"])
            endpoint = endpoint_of_record(options["name"], records, where)
            if isinstance(records, Mapping):
                self.know({options["name"]: dict(records[options["name"]])})
            return endpoint._replace(certificate=options["certificate"] or endpoint.certificate)
        if (options["rpc_user"] is None) != (options["rpc_password"] is None):
            raise InputError("Give rpc_user with rpc_password, or neither.")
        has_token = options["token"] not in (AUTO, NONE)
        if has_token and options["rpc_user"]:
            raise InputError("Give either token or rpc_user with rpc_password.")
        auth_type = BASIC if options["rpc_user"] else JWT if has_token else NONE
        return Endpoint(options["url"], auth_type, options["rpc_user"], options["rpc_password"], options["certificate"])

    def _records(self, name: str) -> tuple[t.Any, str]:
        """Return the records, and where they come from: the file, which is never behind, or the variable."""
        options = self.options
        if not options["vault_file"]:
            variable = options["nodes_variable"]
            return self.variables.get_entry(variable, name), f"The variable {variable}"
        path = self.controller_path(options["vault_file"])
        return self.read_vault_file(path, options["nodes_variable"]).records, path

    def _obtain(self, endpoint: Endpoint) -> Callable[[bool], ObtainedToken] | None:
        if endpoint.auth_type != JWT or self.options["token"] == NONE:
            return None
        url = endpoint.nodes_url or endpoint.url
        return token_for(self.options["token"], url, "nodes_url", self.options, self.variables, self.tokens())


def _result(outcomes: Sequence[t.Any], *, changes: bool, is_batch: bool) -> Result:
    """Return the task's result: the calls' results in their order, or the first error among them."""
    errors = [found for found in outcomes if isinstance(found, BloqError)]
    results = [None if isinstance(found, BloqError) else found for found in outcomes]
    result: Result = {"changed": changes, "result": results if is_batch else results[0]}
    if errors:
        result.update(failure(errors[0]))
        # What a node says has failed has changed nothing.
        result["changed"] = changes and any(not isinstance(found, RpcError) for found in outcomes)
    return result


main = ActionModule.check_options
