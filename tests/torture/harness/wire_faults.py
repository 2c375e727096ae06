# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can happen to a request on its way and to its reply, and what a task that meets it each time must say."""

from __future__ import annotations

import dataclasses
import datetime
import email.utils
import typing as t

_CLOSED = "closed the connection before its answer was whole"
_BROKEN = "it is overloaded or broken. Try again later"
_TOO_MANY = "too many requests. Try again later"
_NOT_BLOQ = "does not look like Bloq's|no JSON"
_REDIRECT = "a redirect, which is never followed. Give the URL"
#: Where a redirect leads; a test puts a real host there.
ELSEWHERE = "ELSEWHERE"
ALWAYS = 1000


@dataclasses.dataclass(frozen=True)
class WireFault:
    """One fault.

    Attributes:
        wire: the local Bloq's members for it.
        words: what the message must match when it strikes each time.
        passing: whether a task gets over it when it strikes once.
        seconds: how long a task may take that meets it each time.
        timeout: the task's timeout in seconds.
    """

    wire: t.Mapping[str, t.Any]
    words: str
    passing: bool = False
    seconds: float = 60.0
    timeout: float = 20.0

    @property
    def carries_out(self) -> bool:
        """Whether the service does what it is asked for, whatever it then answers."""
        own_reply = "status" in self.wire or "body" in self.wire
        return self.wire.get("reset") != "before" and (not own_reply or bool(self.wire.get("commit")))

    def striking(self, service: str, method: str, path: str, times: int, elsewhere: str) -> dict[str, t.Any]:
        """Return it as the local Bloq takes it."""
        headers = {name: value.replace(ELSEWHERE, elsewhere) for name, value in self.wire.get("headers", {}).items()}
        fault = {"service": service, "method": method, "path": path, "times": times, **self.wire}
        return {**fault, "headers": headers} if headers else fault


def _soon() -> str:
    later = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=2)
    return email.utils.format_datetime(later, usegmt=True)


def _json(text: str) -> WireFault:
    return WireFault({"body": text, "content_type": "application/json", "commit": True}, _NOT_BLOQ)


FAULTS: dict[str, WireFault] = {
    "reset before it is carried out": WireFault({"reset": "before"}, _CLOSED, passing=True),
    "reset after it was carried out": WireFault({"reset": "after"}, _CLOSED, passing=True),
    "carried out, and answered too late": WireFault(
        {"delay_after": 4}, "did not answer within", passing=True, timeout=2
    ),
    "half a reply": WireFault({"truncate": True}, _CLOSED),
    "401": WireFault({"status": 401}, "answered 401"),
    "403": WireFault({"status": 403}, "answered 403"),
    "404": WireFault({"status": 404}, "answered 404"),
    "409": WireFault({"status": 409}, "answered 409"),
    "429": WireFault({"status": 429}, _TOO_MANY, passing=True),
    "429 with Retry-After in seconds": WireFault({"status": 429, "retry_after": 1}, _TOO_MANY, passing=True),
    "429 with Retry-After by a date": WireFault({"status": 429, "retry_after": _soon()}, _TOO_MANY, passing=True),
    "429 with an absurd Retry-After": WireFault({"status": 429, "retry_after": 10**15}, _TOO_MANY),
    "429 with a Retry-After of nonsense": WireFault({"status": 429, "retry_after": "soon"}, _TOO_MANY, passing=True),
    "500": WireFault({"status": 500}, _BROKEN, passing=True),
    "500 after it was carried out": WireFault({"status": 500, "commit": True}, _BROKEN, passing=True),
    "502": WireFault({"status": 502, "commit": True}, _BROKEN, passing=True),
    "503 with Retry-After": WireFault({"status": 503, "retry_after": 0}, _BROKEN, passing=True),
    "200 with HTML": WireFault(
        {"body": "<html>Welcome</html>", "content_type": "text/html", "commit": True}, _NOT_BLOQ
    ),
    "truncated JSON": _json('{"accessToken": "ab'),
    "JSON: a number": _json("5"),
    "JSON: null": _json("null"),
    "JSON: a list of lists": _json("[[]]"),
    "JSON: members of wrong types": _json('{"accessToken": 5, "clientId": [], "clientSecret": {}, "id": 7}'),
    "JSON: a list of objects of wrong types": _json('[{"id": 5, "createdAt": [], "chain": 7, "metadata": "x"}]'),
    "JSON: nested without end": _json("[" * 30000),
    "an enormous reply": WireFault({"size": 10 * 1024**3}, "too large to be one of Bloq's"),
    "a reply that drips without end": WireFault({"drip": 0.05}, "took too long", timeout=0.5),
    "a redirect to itself": WireFault({"status": 302, "headers": {"Location": "/users/me"}}, _REDIRECT),
    "a redirect to another host": WireFault({"status": 307, "headers": {"Location": f"{ELSEWHERE}/auth"}}, _REDIRECT),
    "a permanent redirect": WireFault({"status": 308, "headers": {"Location": f"{ELSEWHERE}/auth"}}, _REDIRECT),
}
