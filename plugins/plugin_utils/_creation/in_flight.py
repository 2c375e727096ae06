# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One request that creates something, and the intent that stands for it while it is on its way."""

from __future__ import annotations

import contextlib
import types
import typing as t
from collections.abc import Callable, Set

from ...module_utils._errors import BloqError, StatusError, UnreachableError, may_have_succeeded
from .intent import IntentFile


class Created(t.Protocol):
    """Something that a service has created."""

    @property
    def id(self) -> str:
        """Its id."""


class InFlightRequest(contextlib.AbstractContextManager["InFlightRequest"]):
    """The request is on its way while the block runs. See ``IntentFile.declare`` for the first arguments.

    When the block ends with an error, the intent stays exactly if something may have been created all the same.

    Args:
        deposit: takes what was created before anything else happens.
    """

    def __init__(
        self,
        intents: IntentFile,
        known: Set[str],
        skew: float,
        deposit: Callable[[t.Any], object] = lambda created: None,
    ) -> None:
        self._deposit = deposit
        self._intents = intents
        self._known = known
        self._skew = skew
        self._is_declared = False

    def __enter__(self) -> InFlightRequest:
        self._declare()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: types.TracebackType | None
    ) -> None:
        if self._is_declared and isinstance(error, BloqError) and not may_have_succeeded(error):
            self._withdraw()

    @contextlib.contextmanager
    def pause(self) -> t.Iterator[None]:
        """Wait in this block, after the service has said that it did nothing and before it is asked again.

        What others create meanwhile must not look like ours.
        """
        self._withdraw()
        yield
        self._declare()

    def received(self, created: Created) -> None:
        """Note that the reply has come, with the id of what was created: the proof that it is ours."""
        self._deposit(created)
        self._intents.note(created.id)

    def _declare(self) -> None:
        self._intents.declare(self._known, self._skew)
        self._is_declared = True

    def _withdraw(self) -> None:
        self._intents.withdraw()
        self._is_declared = False


#: Begins one more request to create something.
StartRequest = Callable[[], InFlightRequest]


def may_still_complete(error: BloqError) -> bool:
    """Return whether the service may even be at it still."""
    if isinstance(error, UnreachableError):
        return error.timed_out
    return isinstance(error, StatusError) and error.status == 504
