# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A task's arguments without the secrets among them: callbacks get them as they were used, templates resolved."""

from __future__ import annotations

import base64
import re
import typing as t
import urllib.parse
from collections.abc import Mapping, Set

from ansible.module_utils.common.parameters import remove_values, sanitize_keys

from ..module_utils._argspec import EVERY_OPTION, SECRET_OPTIONS
from ._known_secrets import SHORTEST, KnownSecrets, shaped_secrets

#: Ansible's own words in the place of an option with ``no_log``.
HIDDEN = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"

# What a service or a node is sent is the user's: nobody but the user knows what in it is secret, or how it is written.
_SENT = frozenset({"headers", "body", "query", "params", "batch"})
# Up to the last at sign: a password that is not quoted as it should be may have slashes, and at signs of its own.
_USER = re.compile(r"^(https?://)?.*@", re.DOTALL)
_QUERY = re.compile(r"([?#]).+", re.DOTALL)


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
