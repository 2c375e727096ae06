# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes something on a service and stores what is known of it, or leaves no trace of either.

The services give things ids but no names, so a thing whose id is stored nowhere is an orphan that nobody can tell
from somebody else's.
"""

from __future__ import annotations

import contextlib
import time
import typing as t
from collections.abc import Callable, Mapping, Set

from ansible_collections.bloq.cloud.plugins.module_utils._errors import BloqError, FileError, ReplyError, maybe_done
from ansible_collections.bloq.cloud.plugins.plugin_utils._intent import GRACE, Intent, IntentFile
from ansible_collections.bloq.cloud.plugins.plugin_utils._receipts import Receipts, default_folder
from ansible_collections.bloq.cloud.plugins.plugin_utils._sending import Attempt, Sending, maybe_at_it


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
        create: makes one, with each request that it sends for that in an attempt of its own.
        remove: removes the one with this id; returns False when there was none.
        holds: tells whether the vault file knows an id.
        names: returns every name by which the account can log in.
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
        create: Callable[[Attempt], _M],
        remove: Callable[[str], bool],
        holds: Callable[[str], bool],
        names: Callable[[], Set[str]],
        intents: IntentFile,
        dry: bool,
    ) -> None:
        self._kind = kind
        self._listing = listing
        self._create = create
        self._delete = remove
        self._holds = holds
        self._names = names
        self._intents = intents
        self._receipts = Receipts(default_folder())
        self._dry = dry
        self.live: dict[str, float | None] = {}
        self.skew = 0.0
        self.orphans_removed: list[str] = []
        self.warnings: list[str] = []

    @property
    def is_unfinished(self) -> bool:
        """Whether a run that ended too early left an intent, or something to tell of."""
        return bool(self._intents.all() or self._intents.doubts)

    def look(self) -> None:
        """Ask the service what the account has."""
        with self._receipts.at_rest() if self.is_unfinished else contextlib.nullcontext():
            listing = self._listing()
            self.live, self.skew = dict(listing.made), listing.skew

    def finish(self) -> None:
        """Remove what a run that ended too early left behind. ``look`` comes first when there is an intent."""
        if not self._dry:
            self._intents.remove_leftovers()
        for intent in self._intents.all():
            self._settle(intent)

    def conclude(self) -> None:
        """Tell of what may have been left behind; last of all, since a run that dies before leaves that to the next."""
        for candidates in self._intents.doubts.take(self.live.keys(), keep=self._dry):
            self._warn_of(candidates)

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
        """Remove the one with this id.

        Raises:
            ReplyError: the service says that it is not there, and lists it all the same.
        """
        if self._dry or self._delete(thing):
            return
        self.look()
        if thing in self.live:
            raise ReplyError(
                f"The service lists the {self._kind} {thing}, and says that it is not there. It is not removed. "
                "Try again later."
            )

    def _post(self) -> _M:
        try:
            return self._post_once()
        except BloqError as error:
            if not maybe_done(error) or not self._is_reconciled(error):
                raise
        # What the lost reply told of is gone.
        try:
            return self._post_once()
        except BloqError as error:
            if maybe_done(error):
                self._is_reconciled(error)
            raise

    def _post_once(self) -> _M:
        return self._create(lambda: Sending(self._intents, self._receipts, self.live.keys(), self.skew))

    def _is_reconciled(self, error: BloqError) -> bool:
        """Remove what a lost reply told of, for nothing else tells that it is ours.

        Returns:
            Whether nothing of it is left or can still come; otherwise the intent stays for the next run.
        """
        intent = self._intents.own()
        if intent is None:
            return True
        try:
            self.look()
            candidates = self._candidates(intent)
            if not candidates and maybe_at_it(error):
                return False
            self._remove_orphan(candidates)
            self._intents.remove()
        except BloqError:
            # That it cannot be reconciled now matters less than why it has to be.
            return False
        return True

    def _settle(self, intent: Intent) -> None:
        if not self._is_ours(intent):
            if self._fitting(intent):
                self.warnings.append(
                    f"{intent.path} tells of a {self._kind} that was being made when a run ended. Whether that was "
                    "this account's cannot be told, so nothing was removed. Run the play once more with the login that "
                    "it had, or remove that file."
                )
            return
        self._remove_orphan(self._candidates(intent))
        if not self._dry:
            self._intents.remove(intent.path)

    def _is_ours(self, intent: Intent) -> bool:
        if intent.account == self._intents.account or intent.made in self.live:
            return True
        # An id belongs to one account.
        return bool(intent.known & self.live.keys()) or intent.account in self._names()

    def _candidates(self, intent: Intent) -> list[str]:
        """Return what this intent's request can have made, once no more can come of it."""
        found = self._fitting(intent)
        left = intent.over - (time.time() + self.skew)
        if not found and intent.made is None and left > 0 and not self._dry:
            time.sleep(min(left, GRACE))
            self.look()
            found = self._fitting(intent)
        return found

    def _fitting(self, intent: Intent) -> list[str]:
        return [
            thing
            for thing in intent.candidates(self.live)
            if not self._holds(thing) and (thing == intent.made or thing not in self._receipts)
        ]

    def _remove_orphan(self, candidates: list[str]) -> None:
        if len(candidates) > 1:
            if self._dry:
                self._warn_of(candidates)
            else:
                self._intents.doubts.add(candidates)
            return
        for thing in candidates:
            self.remove(thing)
            self.orphans_removed.append(thing)
            self.live.pop(thing, None)

    def _warn_of(self, candidates: list[str]) -> None:
        self.warnings.append(
            f"One of the {self._kind}s {', '.join(candidates)} was left behind by a run that ended too early, "
            "and nothing tells which. None was touched: remove the one that nobody uses."
        )

    def _give_up(self, thing: str, reason: BaseException) -> None:
        """Remove what could not be stored. While that fails, the intent stands."""
        try:
            self._delete(thing)
        except BloqError as error:
            raise FileError(
                f"{reason} The {self._kind} {thing} that was just made could not be removed either: {error} "
                "The next run removes it."
            ) from None
        # Where nothing can be stored, nothing may be removable either; the next run sees that it is gone.
        with contextlib.suppress(FileError):
            self._intents.remove()
