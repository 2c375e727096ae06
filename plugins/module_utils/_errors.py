# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The errors that operations raise.

Every message is written for the person who runs the play: it says what to do next, and it never
contains a secret, a token or a raw reply of the service.
"""

from __future__ import annotations

import re
import traceback
import typing as t

#: What is a secret by its shape, whoever gave it as whatever: a token (a JWT), and the secret of a client key.
SECRET_SHAPES = (
    r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]*)?",
    r"(?<![0-9A-Fa-f])[0-9A-Fa-f]{80}(?![0-9A-Fa-f])",
)


def without_secret_shapes(text: str) -> str:
    """Return a text without what is a secret by its shape: a message may quote an option that was given one."""
    # Compiled when it is first needed, which it is not for a token of the cache.
    return re.sub("|".join(SECRET_SHAPES), "********", text)


class BloqError(Exception):
    """Something that stops the task, worded so that the reader can act on it."""

    def __str__(self) -> str:
        """Return the message, without what is a secret by its shape."""
        return without_secret_shapes(super().__str__())


class InputError(BloqError):
    """What the user gave cannot be used: an option, a variable, a file. Nothing was sent or changed."""


class UnreachableError(BloqError):
    """No usable reply came: refused connection, time out, reset, TLS failure.

    Attributes:
        maybe_received: whether the service may have received and carried out the request all the same.
        timed_out: whether the service may even be at it still.
        is_partial: whether a reply had begun to come, so that nobody asks again.
        another_certificate: whether it shows another certificate than it must, which no wait mends.
    """

    is_partial = False
    another_certificate = False

    def __init__(self, message: str, *, maybe_received: bool, timed_out: bool = False) -> None:
        super().__init__(message)
        self.maybe_received = maybe_received
        self.timed_out = timed_out


class ReplyError(BloqError):
    """The service answered, but not with what its contract promises (HTML, broken JSON, a missing field)."""


class CertificateError(ReplyError):
    """A node shows a certificate that is not to be taken, which no wait mends."""


class StatusError(BloqError):
    """The service answered with an HTTP status that means failure.

    Attributes:
        status: the HTTP status.
        code: the service's own ``code`` word, when its error body has one.
        retry_after: the seconds that the service asks to wait, after a 429 that says so.
    """

    retry_after: float | None = None

    def __init__(self, message: str, *, status: int, code: str | None = None, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        if retry_after is not None:
            self.retry_after = retry_after


class RefusedError(StatusError):
    """401 or 403: the credential is wrong, expired, revoked, or of the wrong kind; or the account is full."""

    def advised(self, advice: str, method: str = "") -> RefusedError:
        """Return the refusal with what to do: ``advice``, unless the account is full (LimitExceeded: CLI 1.0.0).

        Args:
            advice: what to do.
            method: the HTTP method of a request to the account, which only some can fill.
        """
        if self.status == 403 and self.code == "LimitExceeded" and method in ("POST", "PATCH"):
            advice = "The account may have no more of these: remove one, or ask Bloq for a higher limit."
        return RefusedError(f"{self} {advice}", status=self.status, code=self.code)


class RpcError(BloqError):
    """A node answered that a call failed.

    Attributes:
        code: the node's number for what is wrong, None when it gives none.
        message: the node's words.
    """

    def __init__(self, method: str, code: int | None, message: str) -> None:
        number = "?" if code is None else code
        words = message.rstrip(".")
        super().__init__(f"The node answered {method} with error {number}: {words}. Check the method and its params.")
        self.code = code
        self.message = message


class FileError(BloqError):
    """A file could not be read, understood, locked or written. It is as it was before."""


class CoordinationError(BloqError):
    """The coordination server cannot be used, or a lock on it is held by somebody else. Nothing was asked of Bloq."""


class MissingLibraryError(BloqError):
    """A Python library that this needs is not installed where it runs.

    Attributes:
        library: the library's name on the package index.
    """

    def __init__(self, library: str) -> None:
        super().__init__(
            f"The Python library {library} is missing where this runs. "
            f"Install it with: python3 -m pip install {library}"
        )
        self.library = library


def may_have_succeeded(error: BloqError) -> bool:
    """Return whether the service may have carried out the request although it did not say so properly."""
    if isinstance(error, UnreachableError):
        return error.maybe_received
    if isinstance(error, StatusError):
        return error.status >= 500
    return not isinstance(error, (InputError, FileError, CoordinationError, MissingLibraryError))


def fault(name: str, error: Exception) -> dict[str, t.Any]:
    """Return the failure that reports a mistake of ours: which, and where, but not what it choked on.

    The text of such an error may quote a secret that nobody knows to scrub.

    Args:
        name: what was at work, as the play calls it.
        error: what it raised.
    """
    kind = type(error).__name__
    return {
        "failed": True,
        "msg": f"A fault in {name}: {kind}. Please report it with its traceback.",
        "exception": "".join(["Traceback (most recent call last):\n", *traceback.format_tb(error.__traceback__), kind]),
    }


_KINDS: dict[str, type[BloqError]] = {
    "input": InputError,
    "unreachable": UnreachableError,
    "reply": ReplyError,
    "status": StatusError,
    "refused": RefusedError,
    "rpc": RpcError,
    "library": MissingLibraryError,
    "file": FileError,
    "coordination": CoordinationError,
}


def to_dict(error: BloqError) -> dict[str, t.Any]:
    """Return an error's facts as plain data, for plays that branch on them and for ``from_dict``."""
    words = {cls: word for word, cls in _KINDS.items()}
    kind = next((words[cls] for cls in type(error).__mro__ if cls in words), "other")
    return {"kind": kind, **vars(error)}


def from_dict(message: str, failure: t.Mapping[str, t.Any]) -> BloqError:
    """Return the error that ``to_dict`` described, as another process raised it."""
    cls = _KINDS.get(str(failure.get("kind")), BloqError)
    # The constructors compose messages; this message is composed already.
    error: BloqError = cls.__new__(cls, message)
    for name in (
        "maybe_received",
        "timed_out",
        "is_partial",
        "another_certificate",
        "status",
        "code",
        "retry_after",
        "library",
    ):
        if name in failure:
            setattr(error, name, failure[name])
    return error
