# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: BSD-2-Clause
"""One HTTP request and its answer, as whatever carries them sees them."""

from __future__ import annotations

import dataclasses
import email.utils
import time
import typing as t
import urllib.parse

from ._connection import Pause
from ._times import CENTURY


@dataclasses.dataclass(frozen=True)
class Request:
    """A request.

    Attributes:
        method: the HTTP method.
        url: where to, quoted, never with a secret in it.
        bearer: the token to send.
        basic: user and password to send.
        body: the JSON to send.
        headers: further headers, never an ``Authorization``.
    """

    method: str
    url: str
    bearer: str | None = dataclasses.field(default=None, repr=False)
    basic: tuple[str, str] | None = dataclasses.field(default=None, repr=False)
    body: t.Any = dataclasses.field(default=None, repr=False)
    headers: t.Mapping[str, str] | None = dataclasses.field(default=None, repr=False)

    @property
    def origin(self) -> str:
        """The URL's scheme, host and port."""
        parts = urllib.parse.urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"


@dataclasses.dataclass(frozen=True)
class Answer:
    """What came back.

    Attributes:
        status: the HTTP status.
        headers: the headers.
        content: the body, unpacked; nothing when it cannot be read.
        unreadable: why it cannot be read, when that is so. Of an error the status may say enough.
    """

    status: int
    headers: t.Mapping[str, str] = dataclasses.field(repr=False)
    content: bytes = dataclasses.field(repr=False)
    unreadable: str | None = None


class Carrier(t.Protocol):
    """Carries requests to a service: from this process, or from the host that a task is delegated to."""

    def carry(self, request: Request, *, repeatable: bool, pause: Pause) -> Answer:
        """Send a request and return the answer, whatever its status.

        Args:
            request: the request.
            repeatable: whether it may be sent again when it may have been received already.
            pause: entered for each wait between two attempts.

        Raises:
            InputError: the settings cannot be used. Nothing was sent.
            UnreachableError: no usable answer came.
            ReplyError: what came is not HTTP.
        """


def moment(date: str | None) -> float | None:
    """Return the time that an HTTP header names, in seconds since 1970, or None when it names none."""
    if date is None:
        return None
    try:
        return email.utils.parsedate_to_datetime(date).timestamp()
    # The parser meets what a service chose to send, and fails in many ways.
    except (ValueError, TypeError, OverflowError, LookupError):
        return None


def retry_after(value: str | None) -> float | None:
    """Return the seconds that the header ``Retry-After`` asks for, at most a century, or None when it asks for none."""
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text), CENTURY)
    until = moment(text)
    return None if until is None else min(max(0.0, until - time.time()), CENTURY)
