# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A request that makes something, told of on disk for exactly as long as it may be carried out."""

from __future__ import annotations

import contextlib
import types
import typing as t
from collections.abc import Callable, Set

from ansible_collections.bloq.cloud.plugins.module_utils._errors import (
    BloqError,
    StatusError,
    UnreachableError,
    maybe_done,
)
from ansible_collections.bloq.cloud.plugins.plugin_utils._intent import IntentFile
from ansible_collections.bloq.cloud.plugins.plugin_utils._receipts import Receipts


class Sending(contextlib.AbstractContextManager["Sending"]):
    """The request is on its way while the block runs. See ``IntentFile`` and ``Receipts`` for the arguments.

    When the block ends with an error, the intent stays exactly if something may have been made all the same.
    """

    def __init__(self, intents: IntentFile, receipts: Receipts, known: Set[str], skew: float) -> None:
        self._intents = intents
        self._receipts = receipts
        self._known = known
        self._skew = skew
        self._told = contextlib.ExitStack()

    def __enter__(self) -> Sending:
        self._tell()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: types.TracebackType | None
    ) -> None:
        self._told.close()
        if isinstance(error, BloqError) and not maybe_done(error):
            self._intents.remove()

    @contextlib.contextmanager
    def pause(self) -> t.Iterator[None]:
        """Wait in this block, after the service has said that it did nothing and before it is asked again.

        What others make meanwhile must not look like ours.
        """
        self._told.close()
        self._intents.remove()
        yield
        self._tell()

    def received(self, thing: str) -> None:
        """Tell that the reply has come, with the id of what was made."""
        # Without the note, the time is what proves that it is ours; a receipt would say that it is not.
        if self._intents.note(thing):
            self._receipts.add(thing)

    def _tell(self) -> None:
        with contextlib.ExitStack() as telling:
            telling.enter_context(self._receipts.receiving())
            telling.enter_context(self._intents.declared(self._known, self._skew))
            self._told = telling.pop_all()


#: Begins one more attempt to make something.
Attempt = Callable[[], Sending]


def maybe_at_it(error: BloqError) -> bool:
    """Tell whether the service may even be at it still."""
    if isinstance(error, UnreachableError):
        return error.timed_out
    return isinstance(error, StatusError) and error.status == 504
