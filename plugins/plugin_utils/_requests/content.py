# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task gives for a call, made into what a request can hold."""

from __future__ import annotations

import json
import math
import re
import typing as t
import urllib.parse
from collections.abc import Mapping, Set

from ansible.module_utils.common.parameters import remove_values, sanitize_keys

from ...module_utils._errors import InputError

#: What is shorter is a part of too many words.
_SHORTEST = 4
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
#: Who asks, whom, and where the request ends: not the user's to say.
_OURS = frozenset(
    {
        *("authorization", "proxy-authorization", "cookie", "host", "connection", "content-length", "te", "upgrade"),
        *("transfer-encoding", "accept-encoding", "expect"),
    }
)
#: What Bloq's services call a secret (bloq-api.md sections 4 and 6), and what a token looks like.
_SECRET = re.compile(
    rb'"(accessToken|refreshToken|clientSecret|pass|nodePass|password)"\s*:\s*"|eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+'
)


def query_text(query: Mapping[str, t.Any]) -> str:
    """Return a query, quoted; a list stands for several of the same name, and nothing for what is null.

    Raises:
        InputError: a value is a mapping.
    """
    pairs = []
    for name, value in plain(query, "query").items():
        values = value if isinstance(value, list) else [value]
        if any(isinstance(each, (dict, list)) for each in values):
            raise InputError(f"In query, {name} must be a text, a number, a boolean or a list of them.")
        pairs += [(name, json.dumps(each) if isinstance(each, bool) else each) for each in values if each is not None]
    return urllib.parse.urlencode(pairs)


def headers_of(headers: Mapping[str, t.Any]) -> dict[str, str]:
    """Return headers as text.

    Raises:
        InputError: a header cannot be sent, or must not be set here.
    """
    found = {}
    for name, value in plain(headers, "headers").items():
        if name.lower() in _OURS:
            raise InputError(
                f"headers must not have {name}: the task sets it itself. Credentials go into the options for them."
            )
        text = "" if isinstance(value, (dict, list)) else str(value)
        if not _HEADER_NAME.fullmatch(name) or not text or not _HEADER_VALUE.fullmatch(text):
            raise InputError("headers must be a mapping of names to texts, each on one line.")
        found[name] = text
    return found


def body_of(body: t.Any) -> t.Any:
    """Return the JSON to send, or None for none.

    Args:
        body: a mapping or a list, or the same as a JSON text.

    Raises:
        InputError: it is not JSON.
    """
    value = plain(body, "body")
    if not isinstance(value, str):
        return value
    try:
        parsed = json.loads(value)
    except (ValueError, RecursionError):
        raise InputError("body must be a mapping, a list, or JSON in a text.") from None
    return plain(parsed, "body")


def plain(value: t.Any, option: str) -> t.Any:
    """Return a value as JSON has it: what Ansible wraps around it is gone, and a vault's text is decrypted.

    Args:
        value: what the task gives.
        option: the option that it is given in.

    Raises:
        InputError: there is a number or a text that JSON does not have.
    """
    if isinstance(value, Mapping):
        return {str(name): plain(part, option) for name, part in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(part, option) for part in value]
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise InputError(f"{option} must not have a number that JSON does not know, such as .inf.")
        return float(value)
    text = str(value)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InputError(f"{option} must be valid Unicode text.") from None
    return text


def without(value: t.Any, secrets: Set[str]) -> t.Any:
    """Return an answer in which whoever gave it does not repeat the secrets that it was asked with."""
    told = {secret for secret in secrets if len(secret) >= _SHORTEST}
    return sanitize_keys(remove_values(value, told), told)


def holds_secret(content: bytes) -> bool:
    """Return whether a service's answer may hold what it tells once, or a token: then no output may show it."""
    return _SECRET.search(content) is not None
