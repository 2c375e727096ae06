# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The one way to Bloq's services: what a request is, what its answer means, no secret in any error."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import math
import re
import time
import typing as t
import urllib.parse

from ._connection import Connection, Pause
from ._errors import RefusedError, ReplyError, StatusError
from ._request import Answer, Carrier, Request, moment, retry_after
from ._times import CENTURY
from ._urls import checked_url

#: How many values may lie in each other.
_DEEPEST = 64
#: How JSON writes half a character, which no file and no terminal takes.
_LONE = re.compile(rb"\\u[dD]")
_REFUSED = (401, 403)
_TOO_MANY = 429
#: What Connect answers, and nothing else, to a token that is over (bloq-api.md section 5).
EXPIRED = "jwt expired"
_CODE = re.compile(r"[A-Za-z0-9_.-]{1,64}")


@dataclasses.dataclass(frozen=True)
class Reply:
    """A service's answer.

    Attributes:
        status: the HTTP status.
        body: the parsed JSON; the bytes of a body that is none, or None when there is no body.
        skew: the service's clock minus ours in seconds, 0 while they agree to the second.
        retry_after: the seconds that it asks to wait, if it does.
        content: the body as it came.
        unreadable: why the body cannot be read, when that is so.
    """

    status: int
    body: t.Any = dataclasses.field(repr=False)
    skew: float
    retry_after: float | None = None
    content: bytes = dataclasses.field(default=b"", repr=False)
    unreadable: str | None = None

    @property
    def code(self) -> str | None:
        """The service's own word for what is wrong, if it gives one."""
        if self.body in (EXPIRED, EXPIRED.encode()):
            return EXPIRED
        code = self.body.get("code") if isinstance(self.body, dict) else None
        return code if isinstance(code, str) and _CODE.fullmatch(code) else None


class Transport:
    """Asks one service.

    Args:
        connection: how to reach it.
        carrier: carries the requests.

    Raises:
        InputError: the URL cannot be used, or may not be used without TLS.
    """

    def __init__(self, connection: Connection, carrier: Carrier) -> None:
        self._carrier = carrier
        self._base = checked_url(connection.url, allow_http=connection.allow_http)
        self._host = urllib.parse.urlsplit(self._base).netloc

    def send(
        self,
        method: str,
        path: str,
        *,
        expect: tuple[int, ...] = (200,),
        bearer: str | None = None,
        basic: tuple[str, str] | None = None,
        body: t.Any = None,
        repeatable: bool = True,
        pause: Pause = contextlib.nullcontext,
    ) -> Reply:
        """Send one request and return the answer.

        Args:
            expect: the statuses that mean success. The other arguments are those of ``exchange``.

        Raises:
            UnreachableError: no usable reply came.
            ReplyError: the reply is not what the contract promises.
            RefusedError: 401 or 403.
            StatusError: any other status that is not expected.
        """
        reply = self.exchange(method, path, bearer=bearer, basic=basic, body=body, repeatable=repeatable, pause=pause)
        self.check(reply, method, path, expect)
        return reply

    def exchange(
        self,
        method: str,
        path: str,
        *,
        query: str = "",
        headers: t.Mapping[str, str] | None = None,
        bearer: str | None = None,
        basic: tuple[str, str] | None = None,
        body: t.Any = None,
        repeatable: bool = True,
        pause: Pause = contextlib.nullcontext,
    ) -> Reply:
        """Send one request and return the answer, whatever its status.

        Args:
            method: the HTTP method.
            path: the path below the base URL, quoted, never with a secret in it.
            query: the query, quoted; no message shows it.
            headers: further headers, never ``Authorization``.
            bearer: the token to send.
            basic: user and password to send.
            body: the JSON to send.
            repeatable: whether the request may be sent again when it may have been received already.
            pause: entered for each wait between two attempts.

        Raises:
            UnreachableError: no usable reply came.
            ReplyError: what came is not HTTP.
        """
        url = f"{self._base}{path}{'?' if query else ''}{query}"
        request = Request(method, url, bearer, basic, body, headers)
        return _reply(self._carrier.carry(request, repeatable=repeatable, pause=pause))

    def check(self, reply: Reply, method: str, path: str, expect: t.Container[int]) -> None:
        """Check the answer to a request.

        Args:
            reply: the answer.
            method: the request's method.
            path: the request's path.
            expect: the statuses that mean success.

        Raises:
            ReplyError: the body cannot be read.
            RefusedError: 401 or 403.
            StatusError: any other status that is not expected.
        """
        if reply.status not in expect:
            raise self._status_error(method, path, reply)
        if reply.unreadable is not None:
            raise ReplyError(reply.unreadable)

    def _status_error(self, method: str, path: str, reply: Reply) -> StatusError:
        code = reply.code
        answer = f"{self._host} answered {reply.status}{f' ({code})' if code else ''} to {method} {path}"
        if reply.status in _REFUSED:
            return RefusedError(f"{answer}.", status=reply.status, code=code)
        if reply.status >= 500:
            advice = "it is overloaded or broken. Try again later, or raise retries and max_retry_wait"
        elif reply.status == _TOO_MANY:
            advice = "too many requests. Try again later, or raise max_retry_wait"
        elif reply.status >= 400:
            advice = "it does not take this request. Check the options, and that the URL is the service's own"
        elif reply.status >= 300:
            advice = "a redirect, which is never followed. Give the URL that the service really has"
        else:
            advice = "Bloq never answers like that here. Check the URL"
        asked = reply.retry_after if reply.status == _TOO_MANY else None
        return StatusError(f"{answer}: {advice}.", status=reply.status, code=code, retry_after=asked)


def _reply(answer: Answer) -> Reply:
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return Reply(
        answer.status,
        _parsed(answer.content),
        _skew(headers.get("date")),
        retry_after(headers.get("retry-after")),
        answer.content,
        answer.unreadable,
    )


def _parsed(content: bytes) -> t.Any:
    if not content:
        return None
    try:
        # Decoded here, because json would let through what no text may hold.
        body = json.loads(content.decode("utf-8-sig"), parse_constant=_refuse, parse_float=_finite)
        if _LONE.search(content):
            body = json.loads(json.dumps(body, ensure_ascii=False).encode(errors="replace"))
    except (ValueError, RecursionError):
        return content
    return content if _is_too_deep(body) else body


def _refuse(constant: str) -> t.NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    return number if math.isfinite(number) else _refuse(digits)


def _is_too_deep(body: object) -> bool:
    """Return whether whoever walks through a body, Ansible too, would come to the end of Python's stack."""
    level: list[t.Any] = [body]
    for _step in range(_DEEPEST):
        level = [inner for value in level if isinstance(value, (dict, list)) for inner in _inside(value)]
        if not level:
            return False
    return True


def _inside(value: dict[str, t.Any] | list[t.Any]) -> t.Iterable[t.Any]:
    return value.values() if isinstance(value, dict) else value


def _skew(date: str | None) -> float:
    """Return the service's clock minus ours, as far as a header that counts whole seconds can say."""
    theirs = moment(date)
    ahead = 0.0 if theirs is None else theirs - time.time()
    # The header has dropped up to a second, and the reply was on its way for a moment. No clock is off by a century.
    return 0.0 if -2.0 < ahead < 1.0 or abs(ahead) > CENTURY else ahead + 0.5
