# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of a host, templated where they are used and no further."""

from __future__ import annotations

import typing as t
from collections.abc import Collection, Mapping


class Variables:
    """A host's variables.

    Args:
        raw: the variables as Ansible hands them to plugins, not templated.
        template: templates a value.
    """

    def __init__(self, raw: Mapping[str, t.Any], template: t.Callable[[t.Any], t.Any]) -> None:
        self._raw = raw
        self._template = template

    def get(self, name: str) -> t.Any:
        """Return a variable's value, templated, or None when it is not set."""
        return self._template(self._raw[name]) if name in self._raw else None

    def only(self, name: str, entry: str) -> t.Any:
        """Return a variable that is a mapping with one entry alone, if it has it, and any other as ``get`` does.

        The other entries are not templated: their secrets stay encrypted, and their vault ids are not needed.
        """
        value = self._raw.get(name)
        if not isinstance(value, Mapping):
            return self.get(name)
        return {entry: self._template(value[entry])} if entry in value else {}


def mentions(value: t.Any, secrets: Collection[str]) -> bool:
    """Tell whether a value, or anything in it, holds one of these secrets."""
    if isinstance(value, Mapping):
        return any(mentions(part, secrets) for part in value.values())
    if isinstance(value, (list, tuple)):
        return any(mentions(part, secrets) for part in value)
    text = str(value)
    return any(secret in text for secret in secrets)
