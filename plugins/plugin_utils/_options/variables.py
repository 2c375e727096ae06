# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of a host, templated where they are used and no further."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Mapping

from ansible import errors

from .omitted import is_omitted

# What templating raises for {{ omit }} since ansible-core 2.19; before, it returns a placeholder.
_Omitted: t.Any = getattr(errors, "AnsibleValueOmittedError", ())
# A template that is another variable's name and nothing else. Neither pattern is compiled for a token of the cache.
_REFERENCE = r"\{\{\s*(\w+)\s*\}\}"
_WORD = r"[A-Za-z_]\w*"
_MOST_REFERENCES = 10


class Variables:
    """A host's variables.

    Args:
        raw: the variables as Ansible hands them to plugins, not templated.
        template: templates a value.
    """

    def __init__(self, raw: Mapping[str, t.Any], template: t.Callable[[t.Any], t.Any]) -> None:
        self._raw = raw
        self._template = template
        self._values: dict[str, t.Any] = {}

    def get(self, name: str) -> t.Any:
        """Return a variable's value, templated once, or None when it is not set or is omitted."""
        if name not in self._values:
            self._values[name] = self._value(self._raw[name]) if name in self._raw else None
        return self._values[name]

    def at_rest(self, name: str) -> t.Any:
        """Return a variable's value as far as no template need be run for it, which could ask a service or a person."""
        return self.followed(self._raw.get(name))

    def followed(self, value: t.Any) -> t.Any:
        """Return a value, or of a template that only names another variable what that one holds; None of any other."""
        for _reference in range(_MOST_REFERENCES):
            if not isinstance(value, str) or not _is_template(value):
                return value
            reference = re.fullmatch(_REFERENCE, value)
            value = self._raw.get(reference[1]) if reference else None
        return None

    def get_entry(self, name: str, entry: str) -> t.Any:
        """Return a variable that is a mapping with one entry alone, if it has it, and any other as ``get`` does.

        The other entries are not templated: their secrets stay encrypted, and their vault ids are not needed. So it is
        with the fields of an entry that nobody asks for.
        """
        value = self._raw.get(name)
        if not isinstance(value, Mapping):
            return self.get(name)
        if entry not in value:
            return {}
        found = value[entry]
        return {entry: _Fields(found, self._value) if isinstance(found, Mapping) else self._value(found)}

    def entries(self, name: str) -> list[str]:
        """Return the names of the entries of a variable that is a mapping, of which none is templated; else none."""
        value = self._raw.get(name)
        return list(map(str, value)) if isinstance(value, Mapping) else []

    def uses(self, name: str, other: str) -> bool:
        """Return whether another variable may have a part in a variable's value, through any number of others."""
        seen, rest = {name}, [name]
        while rest:
            raw = self._raw.get(rest.pop(), "")
            if not isinstance(raw, str):
                return True
            words = set(re.findall(_WORD, raw)) - seen if _is_template(raw) else set()
            if other in words:
                return True
            seen |= words
            rest += words & self._raw.keys()
        return False

    def _value(self, raw: t.Any) -> t.Any:
        # A tenth of a millisecond for each text, in every use of the lookup.
        if isinstance(raw, str) and not _is_template(raw):
            return raw
        try:
            value = self._template(raw)
        except _Omitted:
            return None
        return None if is_omitted(value) else value


def _is_template(text: str) -> bool:
    return "{{" in text or "{%" in text or "{#" in text


class _Fields(Mapping[str, t.Any]):
    """A mapping whose values are templated when they are asked for."""

    def __init__(self, raw: Mapping[str, t.Any], template: t.Callable[[t.Any], t.Any]) -> None:
        self._raw = raw
        self._template = template

    def __getitem__(self, name: str) -> t.Any:
        return self._template(self._raw[name])

    def __iter__(self) -> t.Iterator[str]:
        return iter(self._raw)

    def __len__(self) -> int:
        return len(self._raw)
