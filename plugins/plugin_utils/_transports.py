# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How an action reaches a service: from its own process, or from the host that its task is delegated to."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import typing as t
from collections.abc import Mapping

from ansible.plugins.action import ActionBase

from ..module_utils._accounts import Accounts
from ..module_utils._argspec import connection
from ..module_utils._certificate import LOOK, PROVE, Shown, prove_tls_files, shown_certificate
from ..module_utils._connection import Connection
from ..module_utils._nodes import Nodes
from ..module_utils._request import Request
from ..module_utils._transport import Transport
from ._far_safety import refuse_unsafe
from ._options.resolve import Options

if t.TYPE_CHECKING:
    from ._delegation import FarHost


class TransportAction(ActionBase):
    """An action that asks services.

    Attributes:
        options: the task's options.
    """

    options: Options
    _task_vars: dict[str, t.Any] | None

    def accounts(self, url: str) -> Accounts:
        """Return the Accounts service at ``url``, asked from where the task runs."""
        return Accounts(self.transport("accounts_url", url))

    def nodes(self, url: str, **others: t.Any) -> Nodes:
        """Return the Nodes service at ``url``, asked from where the task runs: see ``transport``."""
        return Nodes(self.transport("nodes_url", url, **others))

    def transport(self, option: str, url: str, certificate: str | None = None, **others: t.Any) -> Transport:
        """Return the way to a service, from where the task runs.

        Args:
            option: the option that names the service's URL.
            url: the URL.
            certificate: the one certificate, as PEM, that the service must show.
            others: settings of the connection that differ from the options.
        """
        settings = connection({**self.options, option: url}, option)
        settings = dataclasses.replace(settings, certificate=certificate, **others)
        if self._connection.transport == "local":
            # 81 ms for requests, which a task that finds its token in the cache never needs.
            from ..module_utils._http import Http

            return Transport(settings, Http(settings))
        return Transport(settings, self._far_host(settings))

    def shown_certificate(self, url: str, timeout: float) -> Shown:
        """Return the certificate that a server shows to where the task runs; ``ca_path``, if given, is to vouch for it.

        Args:
            url: an https URL of the server.
            timeout: seconds that it may take.

        Raises:
            BloqError: it shows none.
        """
        if self._connection.transport == "local":
            return shown_certificate(url, timeout, self.options["ca_path"])
        return Shown(**self._far_look(LOOK, url, timeout))

    def prove_tls_files(self, url: str) -> None:
        """Make sure that TLS can use the files that the options name, where the task runs.

        Args:
            url: the URL of a service, which is not asked.

        Raises:
            BloqError: one cannot be used.
        """
        if self._connection.transport == "local":
            prove_tls_files(self.options)
        else:
            self._far_look(PROVE, url, self.options["timeout"])

    def _far_look(self, what: str, url: str, timeout: float) -> dict[str, t.Any]:
        settings = connection({**self.options, "url": url, "timeout": timeout, "retries": 0}, "url")
        seen = self._far_host(settings).carry(Request(what, url), repeatable=True, pause=contextlib.nullcontext)
        return t.cast("dict[str, t.Any]", json.loads(seen.content))

    def _far_host(self, settings: Connection) -> FarHost:
        from ._delegation import FarHost

        host = self._task.delegate_to or (self._task_vars or {}).get("inventory_hostname") or "the far host"
        return FarHost(settings, self._run_module, str(host))

    def _is_pipelining_enabled(self, module_style: str, wrap_async: bool = False) -> bool:
        """Send modules through the connection wherever it can, so that no file holds what they are given.

        ansible-core asks this. Its own answer hangs on settings that are about speed and debugging.
        """
        become = self._connection.become
        # In ansible-core 2.17 become plugins do not say so themselves.
        allowed = become is None or getattr(become, "pipelining", become.name != "su")
        return bool(module_style == "new" and self._connection.has_pipelining and allowed)

    def _run_module(self, name: str, arguments: dict[str, t.Any], *, repeatable: bool) -> Mapping[str, t.Any]:
        refuse_unsafe(self._connection, is_pipelined=self._is_pipelining_enabled("new"))
        # Connection plugins print a module's reply at -vvv unless the task says no_log, each in its own way.
        speakers = (self._task, self._play_context, self._connection._play_context)
        shown = [speaker.no_log for speaker in speakers]
        retries = self._connection_retries(None if repeatable else 0)
        try:
            for speaker in speakers:
                speaker.no_log = True
            return t.cast(
                Mapping[str, t.Any],
                self._execute_module(module_name=name, module_args=arguments, task_vars=self._task_vars),
            )
        finally:
            self._connection_retries(retries)
            for speaker, no_log in zip(speakers, shown):
                speaker.no_log = no_log

    def _connection_retries(self, number: int | None) -> int | None:
        """Set how often a lost connection runs a command again, unless None is given, and return how often it was."""
        with contextlib.suppress(KeyError, AttributeError):
            before: int | None = self._connection.get_option("reconnection_retries")
            if number is not None:
                self._connection.set_option("reconnection_retries", number)
            return before
        return None
