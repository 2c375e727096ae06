# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carries out the steps of ``plan`` so that no secret is lost, no orphan survives and no gap opens."""

from __future__ import annotations

import dataclasses
import time
import typing as t
from collections.abc import Callable, Collection, Sequence, Set

from ...module_utils._accounts import NewKey
from ...module_utils._errors import BloqError, InputError, RefusedError
from ...module_utils._times import iso
from .._creation.creator import CrashSafeCreator
from .._creation.escrow import Escrowed, adoptable
from .._creation.intent import IntentFile
from .._sessions import AccountSession
from .._vault.file import VaultFile
from .._vault.names import check_new_name
from .._vault.secrets import PLACEHOLDER
from . import refusals
from .adoption import warn_of_adoption, warn_of_superseded, with_adopted, with_superseded
from .clocks import believed, made_at, shown_as_made
from .jobs import mind_the_job
from .outcome import KeyOutcome
from .plan import Step, Wanted, end_of_overlap, retiring_earlier, steps_for, still_retiring
from .record import KeyRecord, Pair, Retiring

#: Stands for a key that is not made yet, to try what the vault file takes.
_PLACEHOLDER = Pair("0" * 40, PLACEHOLDER, "1970-01-01T00:00:00Z")


class KeyLifecycle:
    """One named client key, its record in a vault file and its keys on the service.

    The caller holds the vault file's lock for as long as this lives.

    Args:
        name: the key's name.
        accounts_url: the service, as the record remembers it.
        account: the account's operations.
        exchange: trades a client id and secret for a new token; raises ``RefusedError`` when they are not good.
        probe: the same, but a token of the cache that is fresh is proof enough.
        file: the vault file.
        intents: the intent beside it.
        check_mode: reads and token grants happen, nothing is made, revoked or written.
        remove_suspects: whether the user has said that the account is this collection's alone.
        dismissed: the ids of suspects that the user knows to be somebody else's.
        leaked: the names that an emergency revokes: what another record holds keeps no key alive in silence.
        lasts: whether the vault file, or an escrow of its records, outlives the job that this runs in.

    Attributes:
        creation: makes and removes keys, and knows what earlier runs have left behind.
    """

    def __init__(
        self,
        name: str,
        *,
        accounts_url: str,
        account: AccountSession,
        exchange: Callable[[str, str], object],
        probe: Callable[[str, str], object],
        file: VaultFile,
        intents: IntentFile,
        check_mode: bool,
        remove_suspects: bool = False,
        dismissed: Collection[str] = (),
        leaked: Collection[str] = (),
        lasts: bool = True,
    ) -> None:
        self._name = name
        self._url = accounts_url
        self._exchange = exchange
        self._probe = probe
        self._file = file
        self._check_mode = check_mode
        self._leaked = leaked
        self._lasts = lasts
        self._escrow = intents.escrow
        self.creation = CrashSafeCreator[None, NewKey](
            account,
            holds=self._holds,
            intents=intents,
            check_mode=check_mode,
            remove_suspects=remove_suspects,
            dismissed=dismissed,
        )
        found = file.records.get(name)
        self._record = None if found is None else KeyRecord.from_mapping(name, found)
        self._outcome = KeyOutcome(before=self._record)

    def ensure(self, wanted: Wanted) -> KeyOutcome:
        """Bring the key to the wanted state.

        Raises:
            BloqError: it could not be done; what was begun is undone, or the next run completes it.
        """
        if self._record is not None:
            refusals.refuse_elsewhere(self._name, self._record, self._file.path, self._url)
            if wanted.present and wanted.leaked:
                refusals.refuse_to_share(self._name, self._record, self._file, self._leaked)
        if (self._record is None) is wanted.present or (wanted.present and wanted.rotate == "always"):
            # The file will have to change, whatever the service says.
            self._file.prove_writable(seals=wanted.present)
        if not self._check_mode:
            self._file.remove_leftovers()
        kept = self._escrow.escrowed(self._name)
        if self._record is not None or wanted.present or kept or self.creation.is_unfinished:
            self.creation.refresh()
        if self._record is not None and (wanted.leaked or self._leaked):
            refusals.refuse_nonsense(self._name, self._record, self._file.path, self._live)
        self._adopt(kept)
        if self._record is None and wanted.present:
            check_new_name(self._name, "client key")
        self._retire_superseded(kept, wanted)
        self.creation.reconcile()
        outcome = self._outcome
        outcome.unmanaged = sorted(client_id for client_id in self._live if not self._holds(client_id))
        for step in self._planned(wanted):
            self._take(step, wanted)
        was_bare = self._seal()
        outcome.after, outcome.created_at, outcome.revoked = self._record, self._created_at(), self.creation.removed
        outcome.conclude(self.creation, changed=was_bare or outcome.after != outcome.before)
        return outcome

    def done(self) -> dict[str, t.Any]:
        """Return what ``ensure`` has done as far as it has come: ``changed``, and ``revoked`` after a leak."""
        outcome, revoked = self._outcome, self.creation.removed
        # What was adopted only to be refused leaves no record.
        changed = {"changed": self._record != outcome.before or bool(revoked or outcome.adopted)}
        return {**changed, "revoked": revoked} if self._leaked and revoked else changed

    def _adopt(self, kept: Sequence[Escrowed]) -> None:
        """Take over the key that another run made for this name, when its record has not come here.

        Raises:
            ReplyError: the service does not list a key that was made lately, and it works.
            BloqError: the vault file cannot take it.
        """
        found = adoptable(kept, self._live, self._holds)
        if found is None:
            refusals.refuse_lagging_list(self._name, kept, self._live, self._exchange)
            return
        record = with_adopted(self._name, found, self._record, self._live)
        if record is None:
            return
        self._file.prove_writable()
        self._store(record)
        self._outcome.adopted = found.id
        warn_of_adoption(self._name, found.id, self._file.path, self._outcome.warnings.append)

    def _retire_superseded(self, kept: Sequence[Escrowed], wanted: Wanted) -> None:
        """Let go of the keys that other runs made for this name and that no later one went on with: they are ours."""
        before = self._record
        if before is None:
            return
        record = with_superseded(before, kept, self._live, self._holds, iso(self._now() + wanted.overlap))
        if record != before:
            left = [key.client_id for key in record.retiring[len(before.retiring) :]]
            self._store(record)
            warn_of_superseded(self._name, left, self._file.path, self._outcome.warnings.append)

    def _planned(self, wanted: Wanted) -> tuple[Step, ...]:
        """Return the steps to take.

        Raises:
            InputError: the clocks do not agree, and a step hangs on them; or the key in use would go for a lost one.
            FileError: the vault file cannot be changed.
        """
        is_refused = False
        steps = self._steps(wanted, self._now())
        if not {Step.CREATE, Step.ADD, Step.REVOKE} & set(steps) and self._is_secret_refused(wanted):
            is_refused = self._outcome.drift = True
            steps = self._steps(wanted, self._now(), is_refused=True)
        created = self.creation.live.values()
        refusals.refuse_unknown_time(self.creation.skew, created, steps, lambda now: self._steps(wanted, now))
        if not self._lasts:
            mind_the_job(self._name, self._file.path, steps, wanted, self._outcome.warnings.append)
        if steps:
            self._file.prove_writable(seals=wanted.present)
        if is_refused:
            self._outcome.warnings.append(
                f"The service refuses the secret of the client key {self._name!r} in {self._file.path}: it is not that "
                f"of {self._current().client_id}, the id beside it. Another key takes its place."
            )
        return steps

    def _steps(self, wanted: Wanted, now: float, *, is_refused: bool = False) -> tuple[Step, ...]:
        return steps_for(self._dated(now), self._live, wanted, now, is_refused=is_refused)

    def _is_secret_refused(self, wanted: Wanted) -> bool:
        record = self._record
        if not wanted.present or not wanted.verify or record is None or record.pending is not None:
            return False
        if record.client_secret is None or record.client_id not in self._live:
            return False
        return not refusals.works(record.client_id, record.client_secret, self._probe)

    def _take(self, step: Step, wanted: Wanted) -> None:
        if step is Step.PROMOTE:
            self._promote(wanted)
        elif step is Step.CREATE:
            self._create(wanted)
        elif step is Step.RETIRE:
            self._retire(wanted)
        else:
            {
                Step.CONFIRM_PENDING_REVOKED: self._confirm_pending_revoked,
                Step.DISCARD: self._discard,
                Step.CONFIRM_REVOKED: self._confirm_revoked,
                Step.ADD: self._add,
                Step.VERIFY: self._verify,
                Step.REVOKE: self._revoke,
                Step.FORGET: self._forget,
            }[step]()

    def _create(self, wanted: Wanted) -> None:
        retiring = retiring_earlier(self._record, wanted, self._now())
        self._make(lambda new: dataclasses.replace(self._with_current(new), retiring=retiring))

    def _add(self) -> None:
        current = self._current()
        self._make(lambda new: dataclasses.replace(current, pending=new))

    def _verify(self) -> None:
        record = self._current()
        new = record.newest
        if self._check_mode and not new.client_id:
            return
        # One that another run made may have proved itself to all who share its token.
        ask = self._probe if new.client_id == self._outcome.adopted else self._exchange
        try:
            ask(new.client_id, new.client_secret)
        except RefusedError as error:
            self.creation.undo(new.client_id)
            self._store(dataclasses.replace(record, pending=None) if record.pending else self._outcome.before)
            what = "would be removed" if self._check_mode else "was removed again"
            raise RefusedError(
                f"The new client key was refused, so it {what}. {error}",
                status=error.status,
                code=error.code,
            ) from None

    def _promote(self, wanted: Wanted) -> None:
        record = self._current()
        new = record.pending
        if new is None:
            raise AssertionError("only a pending key is promoted")
        now = self._now()
        retiring = retiring_earlier(record, wanted, now)
        if record.client_id in self._live:
            retiring += (Retiring(record.client_id, iso(end_of_overlap(wanted, now))),)
        self._store(dataclasses.replace(self._with_current(new), retiring=retiring))
        self._outcome.rotated = True

    def _retire(self, wanted: Wanted) -> None:
        record = self._current()
        staying = still_retiring(record, self._live, self._now(), wanted)
        kept = tuple(key for key in record.retiring if key in staying or not self._revoke_own(key.client_id))
        if kept != record.retiring:
            self._store(dataclasses.replace(record, retiring=kept))

    def _revoke(self) -> None:
        failures = []
        for client_id in sorted(self._current().client_ids):
            try:
                self._revoke_own(client_id)
            except BloqError as error:
                # One for which the service does not answer keeps no other one alive.
                failures.append(error)
        if failures:
            raise failures[0]

    def _revoke_own(self, client_id: str) -> bool:
        """Revoke a key, unless another record uses it; return whether it is gone.

        Raises:
            InputError: another record uses it, and it has leaked.
        """
        is_leaked = bool(self._leaked)
        if self._file.is_named_elsewhere(client_id, self._name, *self._leaked) and (
            client_id in self._live or not is_leaked
        ):
            problem = (
                f"The client key {client_id} of {self._name!r} was not revoked: another record in {self._file.path} "
                "names it too. Rotate or remove that one first."
            )
            if is_leaked:
                raise InputError(problem)
            self._outcome.warnings.append(problem)
            return False
        self.creation.remove(client_id)
        return True

    def _forget(self) -> None:
        self._store(None)

    def _discard(self) -> None:
        self._store(dataclasses.replace(self._current(), pending=None))

    def _confirm_pending_revoked(self) -> None:
        pending = self._current().pending
        if pending is not None:
            refusals.refuse_unlisted(pending, f"a rotation of {self._name!r} has made", self._exchange)

    def _confirm_revoked(self) -> None:
        record = self._current()
        refusals.refuse_foreign(self._name, record, self._file.path, self._exchange)
        self._outcome.drift = True
        self._outcome.warnings.append(
            f"The client key {self._name!r} ({record.client_id}) was gone from the service: it was "
            "revoked elsewhere, or by a run whose vault file is not this one."
        )

    def _make(self, recorded: Callable[[Pair], KeyRecord]) -> None:
        """Make a key and store the record that ``recorded`` returns for it, or leave no trace of either."""
        # What the vault file refuses costs no key.
        self._file.with_record(self._name, recorded(_PLACEHOLDER).to_mapping())
        if self._check_mode:
            self._record = recorded(Pair("", "", ""))
            return

        def record_of(new: NewKey) -> KeyRecord:
            return recorded(Pair(new.client_id, new.client_secret, believed(new.created, time.time())))

        self.creation.create(
            None,
            name=self._name,
            prove=self._file.prove_writable,
            record_of=lambda new: record_of(new).to_mapping(),
            store=lambda new: self._store(record_of(new)),
        )

    def _store(self, record: KeyRecord | None) -> None:
        self._file = self._file.with_record(self._name, None if record is None else record.to_mapping())
        if self._check_mode:
            self._file.prove_writable(seals=record is not None)
        else:
            self._file.store()
        self._record = record

    def _seal(self) -> bool:
        """Encrypt what stands in the record in the clear, as a user wrote it; return whether there was anything."""
        if self._record is None or self._file.is_sealed(self._name):
            return False
        self._store(self._record)
        self._outcome.warnings.append(
            f"The secret of the client key {self._name!r} stood in {self._file.path} in the clear, where it is "
            "encrypted now. Rotate the key if anybody else could read the file."
        )
        return True

    def _with_current(self, new: Pair) -> KeyRecord:
        """Return the record with ``new`` as the current key. A refresh token of the previous key dies with it."""
        kept = self._record or KeyRecord("", "")
        return KeyRecord(
            self._url, new.client_id, new.client_secret, new.created_at, retiring=kept.retiring, extra=kept.extra
        )

    def _dated(self, now: float) -> KeyRecord | None:
        record = self._record
        if record is None:
            return None
        created = made_at(record.created_at, self.creation.live.get(record.client_id), now)
        return dataclasses.replace(record, created_at=created)

    def _created_at(self) -> str | None:
        record = self._record
        if record is None:
            return None
        return shown_as_made(record.created_at, self.creation.live.get(record.client_id))

    def _current(self) -> KeyRecord:
        if self._record is None:
            raise AssertionError("a step that needs a record was planned without one")
        return self._record

    @property
    def _live(self) -> Set[str]:
        return self.creation.live.keys()

    def _holds(self, client_id: str) -> bool:
        """Return whether the vault file names the key anywhere, in another variable for example."""
        return self._file.mentions(client_id)

    def _now(self) -> float:
        return time.time() + self.creation.skew
