# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What templates hand to the filter and the test, as plain Python values."""

from __future__ import annotations

from collections.abc import Mapping

from ...module_utils._errors import InputError
from .._options.omitted import is_omitted


def token_text(value: object) -> str:
    """Return the token that a template hands over, empty for None and for what is omitted.

    Raises:
        UndefinedError: the variable is not defined; the message names it.
        InputError: it is not text, for example the whole result of a module.
    """
    if value is None or is_omitted(value):
        return ""
    if isinstance(value, Mapping):
        raise InputError("Give the token alone, such as token.access_token, not a whole result.")
    if isinstance(value, (bool, int, float, list, tuple)):
        raise InputError(f"Give a token as text; this is {type(value).__name__}.")
    # Makes jinja2 raise its own error for what is undefined, and decrypts what older ansible-core leaves encrypted.
    return str(value)
