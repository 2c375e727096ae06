# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The errors that operations raise.

Every message is written for the person who runs the play: it says what to do next, and it never
contains a secret, a token or a raw reply of the service.
"""

from __future__ import annotations


class BloqError(Exception):
    """Something that stops the task, told so that the reader can act on it."""


class InputError(BloqError):
    """What the user gave cannot be used: an option, a variable, a file. Nothing was sent or changed."""


class UnreachableError(BloqError):
    """No usable reply came: refused connection, time out, reset, TLS failure.

    Attributes:
        maybe_received: whether the service may have received and carried out the request all the same.
    """

    def __init__(self, message: str, *, maybe_received: bool) -> None:
        super().__init__(message)
        self.maybe_received = maybe_received


class ReplyError(BloqError):
    """The service answered, but not with what its contract promises (HTML, broken JSON, a missing field)."""


class StatusError(BloqError):
    """The service answered with an HTTP status that means failure.

    Attributes:
        status: the HTTP status.
        code: the service's own ``code`` word, when its error body has one.
    """

    def __init__(self, message: str, *, status: int, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class RefusedError(StatusError):
    """401 or 403: the credential is wrong, expired, revoked, or of the wrong kind."""


class FileError(BloqError):
    """A file could not be read, understood, locked or written. It is as it was before."""
