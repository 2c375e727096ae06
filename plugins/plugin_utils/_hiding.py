# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is shown of a task without its secrets: its result, a loop's item, and its arguments, which callbacks get."""

from __future__ import annotations

import base64
import contextlib
import os
import re
import typing as t
import urllib.parse
from collections.abc import Mapping, Set

from ansible import constants as C
from ansible.errors import AnsibleError
from ansible.module_utils.common.parameters import remove_values, sanitize_keys
from ansible.release import __version__ as ansible_version
from ansible.utils.display import Display

from ..module_utils._argspec import EVERY_OPTION, SECRET_OPTIONS, Spec
from ._known_secrets import (
    SHORTEST,
    UNREADABLE,
    KnownSecrets,
    known_secrets,
    secrets_of_records,
    shaped_secrets,
    shown_secrets,
)
from ._options.module_defaults import ModuleDefaults
from ._options.variables import Variables
from ._transports import TransportAction

Result = dict[str, t.Any]

#: Ansible's own words in the place of an option with ``no_log``.
HIDDEN = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"

# What a service or a node is sent is the user's: nobody but the user knows what in it is secret, or how it is written.
_SENT = frozenset({"headers", "body", "query", "params", "batch"})
# Up to the last at sign: a password that is not quoted as it should be may have slashes, and at signs of its own.
_USER = re.compile(r"^(https?://)?.*@", re.DOTALL)
_QUERY = re.compile(r"([?#]).+", re.DOTALL)

# Before data tagging, ansible-core drops the warnings of a result together with what is hidden.
_HIDES_WARNINGS = tuple(int(part) for part in ansible_version.split(".")[:2]) < (2, 19)


class HidingAction(TransportAction):
    """An action that shows no secret it was given or has read.

    Attributes:
        spec: the argument spec.
        variables: the host's variables.
    """

    spec: t.ClassVar[Spec]
    variables: Variables

    def _begin(self) -> None:
        """Know of no secret yet."""
        self._warnings: list[str] = []
        self._read: list[Mapping[str, t.Any]] = []
        self._names: list[Set[str]] = []
        self._defaults: ModuleDefaults | None = None
        self._known: KnownSecrets | None = None
        self._all_known: KnownSecrets | None = None
        # After an earlier try they were hidden; each try has an action of its own.
        self._task.args = self._task.__dict__.setdefault("_bloq_arguments", self._task.args)

    def hidden(self, result: Result) -> Result:
        """Return a result that carries a secret such that no output shows it."""
        # The mark of the result does not cover what ansible-core makes of it: the failure of a condition, which takes
        # its place together with the loop's item, and before 2.19 the result of the loop as a whole.
        self._task.no_log = True
        return {**result, "_ansible_no_log": True}

    def know(self, records: Mapping[str, t.Any]) -> None:
        """Take in the records of a vault file, so that no output shows a secret of theirs."""
        self._read.append(records)
        self._all_known = None

    def _told(self, result: Result) -> Result:
        """Return the result, and its warnings, without secrets that are not meant to be in it."""
        secrets = self._item_secrets()
        if "msg" in result:
            long = {secret for secret in secrets if len(secret) >= SHORTEST}
            kind = result.get("failure", {}).get("kind")
            told = shaped_secrets([result["msg"], result.get("failure")])
            result = remove_values(result, self._known_secrets().texts | long | told)
            if kind:
                # A word of ours, which plays look for; a password as short as a letter would be a part of it.
                result["failure"]["kind"] = kind
        if self._warnings:
            self._warnings = remove_values(self._warnings, self._known_secrets().texts | shaped_secrets(self._warnings))
            result["warnings"] = [*result.get("warnings", []), *self._warnings]
            if (secrets or result.get("_ansible_no_log")) and _HIDES_WARNINGS:
                for text in self._warnings:
                    Display().warning(text)
        return self._without_item(result) if secrets else result

    def _own_secrets(self) -> KnownSecrets:
        """Return what the task was given that is secret."""
        if self._known is None:
            self._known = known_secrets(
                self.spec, self._task.args, self._defaults, self.variables, os.environ, item=self._item_name
            )
        return self._known

    def _known_secrets(self) -> KnownSecrets:
        """Return what the task was given, or has read, that is secret."""
        # A vault file can have thousands, and each result asks several times.
        if self._all_known is None:
            own, found = self._own_secrets(), secrets_of_records(self._read)
            is_complete = own.complete and UNREADABLE not in found
            self._all_known = own._replace(texts=own.texts | found - {UNREADABLE}, complete=is_complete)
        return self._all_known

    def _hide_arguments(self) -> None:
        """Hide the secrets among the task's arguments, which callbacks get as they were used.

        ansible-runner, for one, keeps them among a job's events. With a result that is hidden they are.
        """
        if self._task.args and not self._task.no_log:
            self._task.args = hidden_arguments(self._task.args, self._own_secrets())

    def _item_secrets(self) -> set[str]:
        """Return the secrets that the loop's item holds, which ansible-core shows with every result."""
        if self._task.loop is None:
            return set()
        variables = self._task_vars or {}
        shown = [variables.get(self._item_name), variables.get("ansible_loop"), self._label()]
        names = set[str]().union(*self._names)
        return shown_secrets(shown, self._known_secrets, names, self._own_secrets)

    def _label(self) -> t.Any:
        """Return what the user wants to be shown in the item's place."""
        label = self._task.loop_control.label if self._task.loop_control else None
        with contextlib.suppress(AnsibleError):
            return self._templar.template(label)
        return None

    def _without_item(self, result: Result) -> Result:
        if "msg" in result:
            # What hides the item hides the message as well.
            Display().display(f"{self._task.action}: {result['msg']}", color=C.COLOR_ERROR, stderr=True)
        # An older ansible-core takes the mark from the result of a task that is to run in the background.
        self._task.async_val = 0
        return self.hidden(result)

    @property
    def _item_name(self) -> str:
        return str((self._task_vars or {}).get("ansible_loop_var", "item"))


def hidden_arguments(arguments: Mapping[str, t.Any], known: KnownSecrets) -> dict[str, t.Any]:
    """Return a task's arguments without what is, or may be, a secret.

    Args:
        arguments: what the task says, not checked.
        known: what the task was given that is secret.
    """
    secrets = known.texts | known.misplaced | shaped_secrets(arguments)
    secrets |= _encoded(secrets)
    hidden = {name: _hidden(name, value) for name, value in arguments.items()}
    # A short password may be a part of an option's name.
    return t.cast("dict[str, t.Any]", sanitize_keys(remove_values(hidden, secrets), secrets, EVERY_OPTION))


def _hidden(name: str, value: t.Any) -> t.Any:
    if value is None:
        return None
    # An option that does not exist may be a mistyped one.
    if name in SECRET_OPTIONS or name in _SENT or name not in EVERY_OPTION:
        return HIDDEN
    if name == "path":
        return _QUERY.sub(r"\1********", value) if isinstance(value, str) else HIDDEN
    if name == "url" or name.endswith("_url"):
        return _QUERY.sub(r"\1********", _USER.sub(r"\1********@", value)) if isinstance(value, str) else HIDDEN
    return value


def _encoded(secrets: Set[str]) -> set[str]:
    """Return secrets as a URL, a form or a header would hold them."""
    found = set()
    for secret in secrets:
        if len(secret) >= SHORTEST:
            quoted = {urllib.parse.quote(secret), urllib.parse.quote(secret, safe=""), urllib.parse.quote_plus(secret)}
            found |= quoted | {base64.b64encode(secret.encode(errors="surrogateescape")).decode()}
    return found
