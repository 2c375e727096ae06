# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Ansible may run as a template, and what it must not: how either is marked changed in ansible-core 2.19."""

from __future__ import annotations

import typing as t

try:
    from ansible.template import trust_as_template
except ImportError:
    trust_as_template = None

#: A text without any of them is no template, whatever its delimiters are.
_MARKS = frozenset("{#%")


def as_template(text: str) -> str:
    """Return a text that the user means as a template."""
    return str(text) if trust_as_template is None else t.cast(str, trust_as_template(text))


def as_data(value: t.Any) -> t.Any:
    """Return a value of a service's such that no text in it is ever run as a template.

    Plain text stays without a mark, since ``ansible-inventory --list`` shows what is marked as a mapping.

    Args:
        value: text, a number, or None.
    """
    if not isinstance(value, str):
        return value
    if not _MARKS & set(value):
        return as_template(value)
    if trust_as_template is not None:
        return value
    from ansible.utils.unsafe_proxy import wrap_var

    return wrap_var(value)
