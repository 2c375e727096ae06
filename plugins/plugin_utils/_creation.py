# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes something on a service and stores what is known of it, or leaves no trace of either.

The services give things ids but no names, so a thing whose id is stored nowhere is an orphan that nobody can tell
from somebody else's.
"""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Mapping

from ansible_collections.bloq.cloud.plugins.module_utils._errors import (
    BloqError,
    FileError,
    UnreachableError,
    maybe_done,
)
from ansible_collections.bloq.cloud.plugins.plugin_utils._intent import Intent, IntentFile


class Made(t.Protocol):
    """Something that a service has made."""

    @property
    def id(self) -> str:
        """Its id."""


class Listing(t.Protocol):
    """What an account has on a service."""

    @property
    def made(self) -> Mapping[str, float | None]:
        """When each thing was made, by its id; None when the service does not say."""

    @property
    def skew(self) -> float:
        """The service's clock minus ours, in seconds."""


_M = t.TypeVar("_M", bound=Made)


class Creation(t.Generic[_M]):
    """Makes things of one kind for one account. The caller holds the vault file's lock.

    Args:
        kind: what is made, as a message should name it, for example ``client key``.
        listing: returns what the account has.
        create: makes one.
        remove: removes the one with this id.
        holds: tells whether the vault file knows an id.
        intents: the intent beside the vault file.
        dry: check mode: nothing is made, removed or written.

    Attributes:
        live: what the account has, as ``look`` saw it.
        skew: the service's clock minus ours in seconds, as ``look`` saw it.
        orphans_removed: the ids of what an earlier run, or a lost reply, had left behind.
        warnings: what the user should know.
    """

    def __init__(
        self,
        kind: str,
        *,
        listing: Callable[[], Listing],
        create: Callable[[], _M],
        remove: Callable[[str], object],
        holds: Callable[[str], bool],
        intents: IntentFile,
        dry: bool,
    ) -> None:
        self._kind = kind
        self._listing = listing
        self._create = create
        self._delete = remove
        self._holds = holds
        self._intents = intents
        self._dry = dry
        self.live: dict[str, float | None] = {}
        self.skew = 0.0
        self.orphans_removed: list[str] = []
        self.warnings: list[str] = []

    @property
    def is_unfinished(self) -> bool:
        """Whether a run that ended too early left an intent."""
        return self._intents.read() is not None

    def look(self) -> None:
        """Ask the service what the account has."""
        listing = self._listing()
        self.live, self.skew = dict(listing.made), listing.skew

    def finish(self) -> None:
        """Remove what a run that ended too early left behind. ``look`` comes first when there is an intent."""
        intent = self._intents.read()
        if intent is not None:
            self._remove_orphan(intent)
            if not self._dry:
                self._intents.remove()

    def make(self, *, prove: Callable[[], None], store: Callable[[_M], None]) -> None:
        """Make one and store it. ``look`` comes first.

        Args:
            prove: proves that ``store`` will work.
            store: stores what was made.

        Raises:
            BloqError: nothing was made, or it was removed again, or an intent is left for the next run.
        """
        prove()
        new = self._post()
        try:
            store(new)
        except BaseException as error:
            self._give_up(new.id, error)
            raise
        self._intents.remove()

    def remove(self, thing: str) -> None:
        """Remove the one with this id."""
        if not self._dry:
            self._delete(thing)

    def _post(self) -> _M:
        try:
            return self._post_once()
        except BloqError as error:
            if not maybe_done(error):
                self._intents.remove()
                raise
            found = self._reconcile()
            if not found and isinstance(error, UnreachableError) and error.timed_out:
                # The service may still be at it: the intent stays for the next run.
                raise
        self._intents.remove()
        return self._post_once()

    def _post_once(self) -> _M:
        with self._intents.declared(self.live.keys(), self.skew):
            return self._create()

    def _reconcile(self) -> bool:
        """Remove what a lost reply told of, for nothing else tells that it is ours; return whether there was one."""
        before = len(self.orphans_removed)
        intent = self._intents.read()
        self.look()
        if intent is not None:
            self._remove_orphan(intent)
        return len(self.orphans_removed) > before

    def _remove_orphan(self, intent: Intent) -> None:
        candidates = intent.candidates(self.live, {thing for thing in self.live if self._holds(thing)})
        if len(candidates) > 1:
            self.warnings.append(
                f"One of the {self._kind}s {', '.join(candidates)} was left behind by a run that ended too early, "
                "and nothing tells which. None was touched: remove the one that nobody uses."
            )
            return
        for thing in candidates:
            self.remove(thing)
            self.orphans_removed.append(thing)
            del self.live[thing]

    def _give_up(self, thing: str, reason: BaseException) -> None:
        """Remove what could not be stored. While that fails, the intent stands."""
        try:
            self._delete(thing)
        except BloqError as error:
            raise FileError(
                f"{reason} The {self._kind} {thing} that was just made could not be removed either: {error} "
                "The next run removes it."
            ) from None
        self._intents.remove()
