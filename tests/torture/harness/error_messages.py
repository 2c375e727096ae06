# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a failure must tell, and what it must not."""

from __future__ import annotations

import base64
import json
import re
import typing as t

_DO = (
    "check|try|give|use|get|make|raise|log in|run|remove|ask|say|install|choose|write|name|free|turn|set|put|move|fix|"
    "rotate|leave|start|mend|delete|wait|rename|allow|unlock|repair|restore|encrypt|load|split|correct|take|convert"
)
#: What to do, or what is wrong with what the user gave.
_INSTRUCTION = re.compile(
    rf"(^|[.:;,] |\b(?:and|or|to) )({_DO})\b|\bmust (be|look like|hold|not)\b|\bis missing: "
    r"|Supported parameters include|The options are|must be one of|unable to convert to|^Cannot \w+ \S+: \w",
    re.IGNORECASE,
)
_SECRET_LOOKING = re.compile(r"eyJ[\w-]{6,}\.eyJ[\w-]{6,}|\b[0-9a-f]{80}\b")
_SECRET_OPTIONS = ("password", "new_password", "client_secret", "refresh_token", "access_token")


def assert_clear(result: t.Mapping[str, t.Any], options: t.Mapping[str, t.Any]) -> None:
    """Assert that a failed task says what to do, has no traceback, and tells none of its secrets.

    Args:
        result: the task's result.
        options: the task's options.
    """
    message = result["msg"]
    assert "exception" not in result and "A fault in" not in message, result.get("exception", message)
    assert _INSTRUCTION.search(message), f"a person cannot act on this: {message}"
    whole = json.dumps(result, default=str)
    assert not _SECRET_LOOKING.search(whole), whole
    assert not [name for name, secret in _secrets(options) if secret in whole], "a secret is told"


def _secrets(options: t.Mapping[str, t.Any]) -> t.Iterator[tuple[str, str]]:
    for name in _SECRET_OPTIONS:
        value = options.get(name)
        # A wrong value as short as this is no secret, and a part of many a word.
        if isinstance(value, str) and len(value) > 7:
            yield name, value
    if options.get("username") and options.get("password"):
        yield "login", base64.b64encode(f"{options['username']}:{options['password']}".encode()).decode()
