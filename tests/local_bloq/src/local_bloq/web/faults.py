# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults: what the next replies to a method and path shall suffer."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import fnmatch
import http
import json
import re
import typing as t

SERVICES = ("accounts", "connect", "nodes")

_MANY: t.Final = 10**18

FAULT_SCHEMA: t.Final[dict[str, t.Any]] = {
    "type": "object",
    "required": ["path"],
    "additionalProperties": False,
    "properties": {
        "service": {"type": "string", "enum": [*SERVICES, "*"], "default": "accounts"},
        "method": {
            "type": "string",
            "description": "An HTTP method, or * for any.",
            "pattern": r"^([A-Z]{1,16}|\*)$",
            "default": "*",
        },
        "path": {
            "type": "string",
            "description": "The exact path, or with * for any characters.",
            "pattern": "^(/|\\*)",
            "maxLength": 1024,
        },
        "times": {"type": "integer", "minimum": 1, "maximum": 1000000, "default": 1},
        "status": {"type": "integer", "minimum": 200, "maximum": 599},
        "retry_after": {
            "description": "Seconds, or an HTTP date: the reply's Retry-After header, as it is.",
            "anyOf": [
                {"type": "integer", "minimum": -_MANY, "maximum": _MANY},
                {"type": "string", "pattern": "^[ -~]{1,64}$"},
            ],
        },
        "hold": {
            "type": "boolean",
            "description": "Do not carry the request out before faults are set or removed the next time.",
        },
        "delay": {"type": "number", "minimum": 0, "maximum": 600},
        "delay_after": {"type": "number", "minimum": 0, "maximum": 600},
        "reset": {"type": "string", "enum": ["before", "after"]},
        "truncate": {"type": "boolean"},
        "body": {"type": "string", "maxLength": 32768},
        "content_type": {"type": "string", "pattern": "^[ -~]{1,128}$"},
        "headers": {
            "type": "object",
            "description": "Headers of the reply, such as Location; those that frame it are its own.",
            "maxProperties": 20,
            "propertyNames": {
                "pattern": "^[A-Za-z0-9-]{1,64}$",
                "not": {"pattern": "(?i)^(content-length|transfer-encoding|connection)$"},
            },
            "additionalProperties": {"type": "string", "pattern": "^([!-~]([ -~]{0,2046}[!-~])?)?$"},
        },
        "size": {
            "type": "integer",
            "description": "Pad the body with blanks to so many bytes.",
            "minimum": 1,
            "maximum": 10 * 1024**3,
        },
        "drip": {
            "type": "number",
            "description": "Send single bytes, so many seconds apart; without size they never end.",
            "minimum": 0.001,
            "maximum": 600,
        },
        "commit": {
            "type": "boolean",
            "description": "Carry the request out before status or body replace its reply.",
        },
    },
}


@dataclasses.dataclass(kw_only=True)
class Fault:
    """One fault. Times are in seconds.

    Attributes:
        times: replies that it still strikes.
        status: answer with this status; the request is not carried out unless ``commit``.
        retry_after: the Retry-After header.
        hold: wait until faults are set or removed the next time before the request is carried out.
        delay: wait before the request is carried out.
        delay_after: wait after it was carried out, before the reply.
        reset: close the connection without a reply, before or after the request is carried out.
        truncate: send half of the body that the headers promise, and close.
        body: answer with this text; the request is not carried out unless ``commit``.
        content_type: the Content-Type of ``body``, or in place of the real reply's own.
        headers: further headers of the reply.
        size: the bytes of the reply's body, padded with blanks; JSON stays JSON.
        drip: the time between two bytes of the reply's body; without ``size``, blanks follow it without end.
        commit: carry the request out all the same.
    """

    service: str = "accounts"
    method: str = "*"
    path: str
    times: int = 1
    status: int | None = None
    retry_after: int | str | None = None
    hold: bool = False
    delay: float = 0
    delay_after: float = 0
    reset: str | None = None
    truncate: bool = False
    body: str | None = None
    content_type: str | None = None
    headers: dict[str, str] = dataclasses.field(default_factory=dict)
    size: int | None = None
    drip: float | None = None
    commit: bool = False

    def strikes(self, service: str, method: str, path: str) -> bool:
        """Say whether it is meant for this request."""
        return (
            self.service in ("*", service)
            and self.method in ("*", method)
            and (path == self.path or ("*" in self.path and _glob(self.path, path)))
        )

    @property
    def replaces_reply(self) -> bool:
        """Whether the reply is this fault's own."""
        return self.status is not None or self.body is not None

    def reply_body(self) -> bytes:
        """Return the body of this fault's own reply."""
        if self.body is not None:
            return self.body.encode()
        status = http.HTTPStatus(self.status) if self.status in set(http.HTTPStatus) else None
        code = "Fault" if status is None else re.sub("[^A-Za-z]", "", status.phrase.title())
        return json.dumps({"code": code}).encode()

    def shown(self) -> dict[str, t.Any]:
        """Return it as the JSON object that sets it."""
        plain = vars(Fault(path=self.path))
        always = ("service", "method", "path", "times")
        return {
            name: value for name, value in dataclasses.asdict(self).items() if name in always or value != plain[name]
        }


def _glob(pattern: str, path: str) -> bool:
    # Only * is special here: a path may hold [ and ? of its own.
    escaped = re.sub(r"[\[?]", lambda found: f"[{found.group()}]", pattern)
    return fnmatch.fnmatchcase(path, escaped)


class Faults:
    """The faults that are set, in order: for each request the first that is meant for it strikes."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._stopped = asyncio.Event()
        self._released = asyncio.Event()

    def put(self, faults: t.Iterable[Fault]) -> None:
        """Replace all faults, and release what the former ones held."""
        self._faults = list(faults)
        self._released.set()
        self._released = asyncio.Event()

    def all(self) -> list[Fault]:
        """Return those that are still to strike."""
        return list(self._faults)

    def take(self, service: str, method: str, path: str) -> Fault | None:
        """Return the fault that strikes this request, and count it."""
        for fault in self._faults:
            if fault.strikes(service, method, path):
                fault.times -= 1
                if fault.times == 0:
                    self._faults.remove(fault)
                return fault
        return None

    @property
    def stopping(self) -> bool:
        """Whether the server stops."""
        return self._stopped.is_set()

    def stop(self) -> None:
        """Cut short what is slow, because the server stops."""
        self._stopped.set()
        self._released.set()

    async def hold(self) -> None:
        """Wait until faults are put the next time, or the server stops."""
        await self._released.wait()

    async def pause(self, seconds: float) -> None:
        """Wait, but not longer than until the server stops."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopped.wait(), seconds)
