# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a module that died on a far host has left to say, without what it was given."""

from __future__ import annotations

import base64
import json
import re
import typing as t
from collections.abc import Mapping, Set

from ansible.module_utils.common.parameters import remove_values

from ..module_utils._request import Request

_LONGEST = 400
#: What may be a part of the payload, in whatever way it is written.
_PACKED = re.compile(r"[A-Za-z0-9+/=_-]{60,}")
#: What an Authorization header holds; the one for a proxy is not known here.
_CREDENTIALS = re.compile(r"(?i)\b(basic|bearer)([\s:,'\"]+)[^\s'\",]+")
#: What stays the same in a text, however it is escaped.
_PIECE = re.compile(r"[A-Za-z0-9]{4,}")
_WANTS_A_TERMINAL = "you must have a tty"


def crash(result: Mapping[str, t.Any], host: str, secrets: Set[str]) -> str:
    """Return the message for a module that ended without a result of its own.

    Args:
        result: what ansible-core made of it.
        host: where it ran.
        secrets: what must not be shown.
    """
    said = "\n".join(str(result.get(name) or "") for name in ("module_stdout", "module_stderr"))
    said = said.strip() or str(result.get("msg") or "")
    pieces = {piece for secret in secrets for piece in _PIECE.findall(secret)}
    # In whatever way a line writes a secret, escaped once or twice, a piece of it stands there.
    lines = [line.strip() for line in said.splitlines() if not any(piece in line for piece in pieces)]
    last = " / ".join(line for line in lines[-3:] if line)
    shown = _PACKED.sub("...", _CREDENTIALS.sub(r"\1\2...", str(remove_values(last, secrets))))[-_LONGEST:]
    code = f", return code {result['rc']}" if result.get("rc") is not None else ""
    advice = " sudo there wants a terminal: turn requiretty off for this user." if _WANTS_A_TERMINAL in said else ""
    return f"bloq_relay ended on {host} without a result{code}: {shown or 'it said nothing'}.{advice}"


def secrets_of(request: Request) -> frozenset[str]:
    """Return the texts of a request that must not be shown."""
    found = {request.bearer or "", *(request.basic or ()), *(request.headers or {}).values()} | set(
        _texts(request.body)
    )
    # Also as JSON writes them, and as a header does, which is how they travel.
    forms = {form for text in found if text for form in (text, json.dumps(text)[1:-1])}
    return frozenset(forms | set(_headers(request)))


def _headers(request: Request) -> t.Iterator[str]:
    if request.basic:
        for encoding in ("utf-8", "latin-1"):
            yield base64.b64encode(":".join(request.basic).encode(encoding, "replace")).decode()


def _texts(value: t.Any) -> t.Iterator[str]:
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, str):
        yield value
