# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's half of bloq_request: one call, with a token that the task never sees."""

from __future__ import annotations

from collections.abc import Callable

from ansible_collections.bloq.cloud.plugins.module_utils._argspec import REQUEST
from ansible_collections.bloq.cloud.plugins.module_utils._errors import (
    BloqError,
    InputError,
    RefusedError,
    ReplyError,
    UnreachableError,
    may_have_succeeded,
)
from ansible_collections.bloq.cloud.plugins.module_utils._transport import Reply, Transport
from ansible_collections.bloq.cloud.plugins.plugin_utils._action import BloqAction, failure
from ansible_collections.bloq.cloud.plugins.plugin_utils._hiding import Result
from ansible_collections.bloq.cloud.plugins.plugin_utils._requests.call import BearerCall
from ansible_collections.bloq.cloud.plugins.plugin_utils._requests.content import (
    body_of,
    headers_of,
    holds_secret,
    without,
)
from ansible_collections.bloq.cloud.plugins.plugin_utils._requests.target import ACCOUNTS, CONNECT, Target, target_of
from ansible_collections.bloq.cloud.plugins.plugin_utils._requests.tokens import ACCOUNT, CLIENT, NONE, token_for
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.source import ObtainedToken

_READING = ("GET", "HEAD")
_ADVICE = {
    401: "The service does not take the token, or asks for one. Check that the credential belongs to this environment.",
    403: "The credential has no right to this. Use one of an account that has, or another kind of token.",
}


class UnknownFateError(UnreachableError):
    """The reply to a request that changes something was lost."""


def _unknown_fate(error: UnreachableError, method: str) -> UnknownFateError:
    # What other modules make, their next run looks for; nobody looks for what this request has done.
    what = str(error).partition(" Run the task again")[0]
    return UnknownFateError(
        f"{what} The {method} may have been carried out all the same. Check that first: running the task again "
        "sends it again.",
        maybe_received=True,
        timed_out=error.timed_out,
    )


class ActionModule(BloqAction, always_asks=True):
    """Sends one request and returns the answer."""

    spec = REQUEST
    when_cut = "Check that first: running the task again sends it again."
    task_only = frozenset(
        {"service", "url", "path", "method", "query", "body", "headers", "status_code", "return_content", "token"}
    )

    def perform(self) -> Result:
        """Send the request."""
        options, target = self.options, target_of(self.options)
        method, changes = options["method"], options["method"] not in _READING
        body, headers = body_of(options["body"]), headers_of(options["headers"])
        transport, obtain = self.transport(target.option, target.base), self._obtain(target)

        if target.service == CONNECT and target.option == "connect_url" and not options["chain"] and target.is_here:
            self.warn(
                "chain is missing: the local Bloq has one address for all chains, but Bloq's own Connect has one for "
                "each. Name the chain, such as btc, or this task works here alone."
            )
        if not options["status_code"]:
            raise InputError("status_code names no status. Leave it out, or name those that mean success.")

        def send(token: str | None) -> Reply:
            try:
                with self.in_flight(changes):
                    return transport.exchange(
                        method,
                        target.path,
                        query=target.query,
                        headers=headers,
                        bearer=token,
                        body=body,
                        repeatable=not changes,
                    )
            except UnreachableError as error:
                if changes and error.maybe_received:
                    raise _unknown_fate(error, method) from None
                raise

        if self.check_mode and changes:
            if obtain is not None:
                # A plan with a credential that is refused would be wrong.
                obtain(False)
            told = f"Check mode: {method} {target.shown} was not sent."
            return {"changed": True, "method": method, "url": target.shown, "msg": told}
        try:
            if obtain is None:
                return self._result(transport, target, send(None), set())
            call = BearerCall(send, obtain)
            return self._result(transport, target, call.reply(), call.tokens)
        except UnknownFateError as error:
            return {**failure(error), "changed": True, "url": target.shown}

    def _obtain(self, target: Target) -> Callable[[bool], ObtainedToken] | None:
        """Return what gets the token, or None when none is to be sent."""
        kind = self.options["token"]
        if kind == NONE:
            return None
        if target.service is None:
            raise InputError(
                "url is not at one of the services, and a token is sent only where it belongs. Set accounts_url, "
                "connect_url or nodes_url, or say token: none."
            )
        if target.service == ACCOUNTS:
            if kind == CLIENT:
                raise InputError(
                    "Accounts takes no client token. Leave token out, and give username and password, access_token or "
                    "cli_session."
                )
            kind = ACCOUNT
        option = f"{target.service}_url"
        return token_for(kind, target.base, option, self.options, self.variables, self.tokens())

    def _result(self, transport: Transport, target: Target, reply: Reply, tokens: set[str]) -> Result:
        options, is_json = self.options, not isinstance(reply.body, bytes)
        result: Result = {
            "changed": options["method"] not in _READING,
            "status": reply.status,
            "url": target.shown,
            "json": reply.body if is_json else None,
        }
        if options["return_content"]:
            result["content"] = reply.content.decode("utf-8", "replace")
        try:
            transport.check(reply, options["method"], target.path, options["status_code"])
            if not is_json and not options["return_content"]:
                raise ReplyError(
                    f"The answer to {options['method']} {target.path} is not JSON. Check the URL, or take it as text "
                    "with return_content: true."
                )
        except RefusedError as error:
            told = RefusedError(f"{error} {_ADVICE[error.status]}", status=error.status, code=error.code)
            result.update(failure(told), changed=False)
        except BloqError as error:
            result.update(failure(error), changed=result["changed"] and may_have_succeeded(error))
        result = without(result, tokens)
        return self.hidden(result) if holds_secret(reply.content) else result


main = ActionModule.check_options
