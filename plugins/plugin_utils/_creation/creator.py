# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Creates what must not be lost: a client key, a node.

The services give things ids but no names, so what an interrupted run has created differs from somebody else's
only by the id that its reply named. Without that proof nothing is removed: it is a suspect, and every run names it.
"""

from __future__ import annotations

import contextlib
import time
import typing as t
from collections.abc import Callable, Collection, Mapping, Set

from ...module_utils._errors import BloqError, CoordinationError, FileError, ReplyError, may_have_succeeded
from .in_flight import Created, InFlightRequest, StartRequest, may_still_complete
from .intent import Intent, IntentFile, Journal
from .whole_ids import refuse_unless_whole

#: Seconds to wait for a request that the service may still be carrying out, before it is said what became of it.
GRACE = 3.0
#: The ids of which this process knows that no other vault file got them, by the receipts' folder and the vault file.
_received: dict[tuple[str, str], set[str]] = {}


class Listing(t.Protocol):
    """What an account has on a service."""

    @property
    def created_by_id(self) -> Mapping[str, float | None]:
        """When each was created, by its id; None when the service does not say."""

    @property
    def skew(self) -> float:
        """The service's clock minus ours, in seconds."""


_O_contra = t.TypeVar("_O_contra", contravariant=True)
_C_co = t.TypeVar("_C_co", bound=Created, covariant=True)


class Creates(t.Protocol[_O_contra, _C_co]):
    """A service, asked as one account, that creates things of one kind.

    Attributes:
        kind: what it creates, as a message should name it, for example ``client key``.
    """

    kind: str

    def list(self) -> Listing:
        """Return what the account has."""

    def create(self, order: _O_contra, start: StartRequest) -> _C_co:
        """Create one, with each request that it sends for that in one of its own."""

    def delete(self, resource_id: str, /) -> bool:
        """Remove the one with this id; return False when there was none."""

    def names(self) -> Set[str]:
        """Return every name by which the account can log in; nothing where an intent names no account."""


class CrashSafeCreator(t.Generic[_O_contra, _C_co]):
    """Creates things of one kind for one account. The caller holds the vault file's lock.

    Args:
        session: creates, lists and removes.
        holds: whether the vault file knows an id.
        intents: the intents beside the vault file.
        check_mode: whether nothing may be created, removed or written.
        remove_suspects: whether the user has said that the account is this collection's alone.
        dismissed: the ids of suspects that the user knows to be somebody else's.

    Attributes:
        live: what the account has, as ``refresh`` saw it.
        skew: the service's clock minus ours in seconds, as ``refresh`` saw it.
        is_listed: whether ``refresh`` saw any of it.
        is_reported: whether ``suspects`` are all that there are.
        removed: the ids of what was there and ``remove`` has removed, or in check mode would have.
        orphans_removed: the same of what an interrupted run, or a lost reply, had left behind.
        abandoned: the ids of what this run has made, and could neither store nor remove again.
        suspects: the ids of what may have been left behind, as ``report_suspects`` saw them.
        warnings: what the user should know.
    """

    def __init__(
        self,
        session: Creates[_O_contra, _C_co],
        *,
        holds: Callable[[str], bool],
        intents: IntentFile,
        check_mode: bool,
        remove_suspects: bool = False,
        dismissed: Collection[str] = (),
    ) -> None:
        self._session = session
        self._kind = session.kind
        self._holds = holds
        self._intents = intents
        self._receipts = intents.receipts
        self._check_mode = check_mode
        self._remove_suspects = remove_suspects
        self._dismissed = frozenset(dismissed)
        self._own_names: Set[str] | None = None
        self.is_listed = False
        self.is_reported = False
        self.live: dict[str, float | None] = {}
        self.skew = 0.0
        self.removed: list[str] = []
        self.orphans_removed: list[str] = []
        self.abandoned: list[str] = []
        self.suspects: list[str] = []
        self.warnings: list[str] = []

    @property
    def is_unfinished(self) -> bool:
        """Whether a run that ended too early left an intent, or suspects, or the user has dismissed some."""
        return bool(self._dismissed or self._intents.journals() or self._intents.suspects.all())

    def refresh(self) -> None:
        """Ask the service what the account has."""
        listing = self._session.list()
        self.live, self.skew, self.is_listed = dict(listing.created_by_id), listing.skew, True

    def reconcile(self) -> None:
        """Settle what a run that ended too early left behind. ``refresh`` comes first when there is an intent."""
        for resource_id in sorted(self._dismissed - self.live.keys()):
            refuse_unless_whole(resource_id, self.live, self._kind)
            self.warnings.append(f"dismiss names {resource_id}, and the account has no such {self._kind}. Correct it.")
        if not self._check_mode:
            self._intents.remove_leftovers()
            for resource_id in self._dismissed:
                self._receipts.remove(resource_id)
            if self._dismissed:
                self._intents.dismiss(self._dismissed)
        for journal in self._intents.journals():
            self._settle(journal)
        if self._remove_suspects:
            self._remove_unproven()

    def report_suspects(self) -> None:
        """Name what may have been left behind; last of all, when the vault file has what this run stored."""
        found = self._unproven(self._all_names), self._displaced()
        if not self._check_mode:
            self._intents.suspects.keep(self.live.keys(), self._is_open)
        self._name_suspects(*found)

    def report_in_failure(self) -> None:
        """Name it although the run fails, unless that is done: nothing is asked for it, and its notes stay."""
        if self.is_reported or not self.is_listed:
            return
        # What cannot be found out now matters less than why the run fails, and is not said to be nothing.
        with contextlib.suppress(Exception):
            self._name_suspects(self._unproven(self._known_names), self._displaced())

    def _name_suspects(self, unproven: Set[str], displaced: Set[str]) -> None:
        self.is_reported = True
        self.suspects = sorted(unproven | displaced)
        for resource_id in self.suspects:
            self._warn_of(resource_id, is_displaced=resource_id in displaced)

    def create(
        self,
        order: _O_contra,
        *,
        name: str,
        prove: Callable[[], None],
        record_of: Callable[[_C_co], Mapping[str, t.Any]],
        store: Callable[[_C_co], None],
    ) -> None:
        """Create one and store it. ``refresh`` comes first.

        Args:
            order: what it is to be.
            name: the name of its record.
            prove: proves that ``store`` will work.
            record_of: returns the record of what was created.
            store: stores what was created.

        Raises:
            BloqError: nothing was created, or it was removed again, or an intent is left for the next run.
        """

        def deposit(created: t.Any) -> None:
            self._intents.escrow.deposit(name, created.id, record_of(created))

        prove()
        new = self._post(order, deposit)
        try:
            store(new)
        except BaseException as error:
            self._give_up(new.id, error)
            raise
        self._receipts.add(new.id, self._intents.vault_path)
        self._intents.withdraw()

    def remove(self, resource_id: str) -> None:
        """Remove the one with this id.

        Raises:
            ReplyError: the service says that it is not there, and lists it all the same.
        """
        self._remove(resource_id, self.removed)

    def undo(self, resource_id: str) -> None:
        """Remove what this run has made, as ``remove`` does, so that nothing is other than it was."""
        self._remove(resource_id, [])

    def _remove(self, resource_id: str, removed: list[str]) -> None:
        was_listed = resource_id in self.live
        if not self._check_mode:
            if self._delete(resource_id, removed):
                return
            self.refresh()
            if resource_id in self.live:
                raise ReplyError(
                    f"The service lists the {self._kind} {resource_id}, and says that it is not there. It is not "
                    "removed. Try again later."
                )
        if was_listed:
            # When it is not check mode, it went with a request whose reply was lost.
            removed.append(resource_id)
        self.live.pop(resource_id, None)

    def _delete(self, resource_id: str, removed: list[str]) -> bool:
        """Ask the service to remove it, and return whether it did; then ``removed`` has its id, whatever comes next."""
        with self._intents.removal(resource_id):
            is_removed = self._session.delete(resource_id)
            if is_removed:
                self.live.pop(resource_id, None)
                removed.append(resource_id)
            return is_removed

    def _post(self, order: _O_contra, deposit: Callable[[_C_co], None]) -> _C_co:
        try:
            return self._post_once(order, deposit)
        except BloqError as error:
            if not may_have_succeeded(error) or not self._nothing_more_can_come(error):
                raise
        try:
            # What the lost reply may have named is noted, and stays.
            return self._post_once(order, deposit)
        except BloqError as error:
            if may_have_succeeded(error):
                self._nothing_more_can_come(error)
            # What cannot be found out now matters less than why it is asked.
            with contextlib.suppress(Exception):
                self._add_suspects(error)
            raise

    def _add_suspects(self, error: BloqError) -> None:
        """Name the suspects in an error: the run ends without a result, and its notes may end with their machine."""
        if suspects := self._unproven(self._all_names):
            error.args = (
                f"{error} A request whose reply was lost may have created the {self._kind} "
                f"{', '.join(sorted(suspects))}: remove it, unless somebody else made it.",
            )

    def _post_once(self, order: _O_contra, deposit: Callable[[_C_co], None]) -> _C_co:
        return self._session.create(order, lambda: InFlightRequest(self._intents, self.live.keys(), self.skew, deposit))

    def _nothing_more_can_come(self, error: BloqError) -> bool:
        """Look for what a request whose reply was lost has created, and note it.

        Returns:
            Whether another request may be sent: otherwise the first one might still be carried out as well.
        """
        try:
            self.refresh()
            intent = self._intents.own()[-1]
            if may_still_complete(error) and not self._fitting(intent):
                time.sleep(GRACE)
                self.refresh()
                if not self._fitting(intent):
                    return False
            self._intents.suspects.add(self._fitting(intent))
            if self._remove_suspects:
                self._remove_unproven()
        except Exception:
            # That it cannot be looked for now matters less than why it has to be.
            return False
        return True

    def _settle(self, journal: Journal) -> None:
        if not self._is_ours(journal):
            if any(self._fitting(intent) for intent in journal.intents):
                self.warnings.append(
                    f"{journal.path} is about a {self._kind} that was being made when a run ended. Whether that was "
                    "this account's is not known, so nothing was removed. Run the play once more with the login that "
                    "it had, or remove that file."
                )
            return
        for intent in journal.intents:
            created = intent.created
            if created is not None and not self._holds(created) and not self._intents.escrow.is_escrowed(created):
                self._remove_orphan(created)
        if self._check_mode:
            return
        self._intents.suspects.add({resource_id for intent in journal.intents for resource_id in self._fitting(intent)})
        # Until its deadline, more can come of a request whose reply nobody has seen.
        self._intents.keep(journal, lambda intent: intent.created is None and time.time() <= intent.deadline)

    def _is_ours(self, journal: Journal) -> bool:
        return self._intents.is_own(journal, self.live, self._all_names)

    def _all_names(self) -> Set[str]:
        if self._own_names is None:
            self._own_names = self._session.names()
        return self._own_names

    def _known_names(self) -> Set[str]:
        """Return the names by which the account can log in, and ask for nothing.

        Raises:
            LookupError: they have not been asked for.
        """
        if self._own_names is None:
            raise LookupError("the account's names are not known")
        return self._own_names

    def _fitting(self, intent: Intent) -> set[str]:
        """Return the ids that this intent's request may have created, if nobody has seen its reply."""
        return {resource_id for resource_id in intent.unproven(self.live) if self._is_open(resource_id)}

    def _is_open(self, resource_id: str) -> bool:
        """Return whether nobody is known to whom a living id belongs."""
        if resource_id not in self.live or resource_id in self._dismissed or self._holds(resource_id):
            return False
        return self._receipts.vault_file_of(resource_id) in (None, self._intents.vault_path)

    def _displaced(self) -> set[str]:
        """Return the living ids that the vault file has had, and has no more."""
        path = self._intents.vault_path
        held = set(filter(self._holds, self.live))
        if not self._check_mode:
            # A loop's items look at the same ids: each is looked up once in a process.
            for resource_id in held - _received.setdefault((self._receipts.folder, path), set()):
                if self._receipts.vault_file_of(resource_id) not in (None, path):
                    # Its record has been moved here.
                    self._receipts.add(resource_id, path)
            _received[self._receipts.folder, path] |= held
        return self._receipts.received_by(path, self.live.keys() - held - self._dismissed)

    def _unproven(self, names: Callable[[], Set[str]]) -> set[str]:
        """Return the living ids that intents, now or before, may have to do with."""
        return set(filter(self._is_open, self._intents.suspected(self.live, names)))

    def _remove_unproven(self) -> None:
        """Remove the suspects: the user has said that nobody else creates any."""
        for resource_id in sorted(self._unproven(self._all_names)):
            self._remove_orphan(resource_id)

    def _remove_orphan(self, resource_id: str) -> None:
        if resource_id in self.live:
            self._remove(resource_id, self.orphans_removed)
        # A list can lag behind: the service itself says whether it is there.
        elif not self._check_mode:
            self._delete(resource_id, self.orphans_removed)

    def _warn_of(self, resource_id: str, *, is_displaced: bool) -> None:
        is_key = self._kind == "client key"
        task = (
            f"client_key -a 'client_id={resource_id}" if is_key else f"node -a 'kind={self._kind} node_id={resource_id}"
        )
        remedy = (
            f"If nobody uses it, remove it: ansible localhost -m bloq.cloud.bloq_{task} state=absent'. "
            f"If somebody does, say so once in the task: dismiss: [{resource_id}]"
        )
        if is_displaced:
            self.warnings.append(
                f"The {self._kind} {resource_id} was made for {self._intents.vault_path}, which does not have it any "
                "more: an editor that was open meanwhile, a checkout or another branch put another content there. It "
                f"is alive and was not touched. {remedy}."
            )
        else:
            self.warnings.append(
                f"The {self._kind} {resource_id} may have been left behind by a run that ended too early, or be "
                f"somebody else's: nothing proves which. It was not touched. {remedy}."
            )

    def _give_up(self, resource_id: str, reason: BaseException) -> None:
        """Remove what could not be stored. While that fails, the intent stands."""
        removed: list[str] = []
        try:
            self._delete(resource_id, removed)
        except BloqError as error:
            # The lock can have been lost when it was removed.
            if not removed:
                self.abandoned.append(resource_id)
                # So that it is a suspect where nothing proves to the next run that it is ours.
                self.live[resource_id] = None
                raise FileError(
                    f"{reason} The {self._kind} {resource_id} that was just made could not be removed either: {error} "
                    f"{self._after_all(resource_id)}"
                ) from None
        # Where nothing can be stored, nothing may be removable either; the next run sees that it is gone.
        with contextlib.suppress(FileError, CoordinationError):
            self._intents.withdraw()

    def _after_all(self, resource_id: str) -> str:
        """Return what becomes of what could neither be stored nor removed."""
        with contextlib.suppress(FileError, CoordinationError):
            if self._intents.escrow.is_escrowed(resource_id):
                return "The next run takes it over from escrow."
            if any(intent.created == resource_id for intent in self._intents.own()):
                return "The next run removes it."
        return "Nor could it be noted that it is ours, so no run removes it: do that yourself."
