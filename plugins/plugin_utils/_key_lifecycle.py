# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carries out the steps of ``_key_plan`` so that no secret is lost, no orphan survives and no gap opens."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable

from ansible_collections.bloq.cloud.plugins.module_utils._accounts_service import KeyListing, NewKey
from ansible_collections.bloq.cloud.plugins.module_utils._errors import (
    BloqError,
    FileError,
    InputError,
    RefusedError,
    StatusError,
    UnreachableError,
)
from ansible_collections.bloq.cloud.plugins.module_utils._times import iso, parse_iso
from ansible_collections.bloq.cloud.plugins.plugin_utils._account_session import AccountSession
from ansible_collections.bloq.cloud.plugins.plugin_utils._intent import IntentFile
from ansible_collections.bloq.cloud.plugins.plugin_utils._key_plan import Step, Wanted, steps_for, still_retiring
from ansible_collections.bloq.cloud.plugins.plugin_utils._key_record import KeyRecord, Pair, Retiring
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault_file import VaultFile

_NOTHING = KeyListing((), 0.0)
#: Stands for a key that is not made yet, to try what the vault file takes.
_SPECIMEN = Pair("0" * 40, "0" * 80, "1970-01-01T00:00:00Z")


@dataclasses.dataclass
class Outcome:
    """What happened, or in check mode would happen.

    Attributes:
        before: the record as it was.
        after: the record as it is; in check mode the ids and times that only the service can give are empty.
        rotated: whether the current key was replaced while it was alive.
        drift: whether the current key was gone from the service, revoked by somebody else.
        orphans_removed: the ids of keys that an earlier run had left behind.
        unmanaged: the ids of the account's keys that the vault file does not know; None when nobody asked.
        changed: whether anything changed.
        warnings: what the user should know.
    """

    before: KeyRecord | None
    after: KeyRecord | None = None
    rotated: bool = False
    drift: bool = False
    orphans_removed: list[str] = dataclasses.field(default_factory=list)
    unmanaged: list[str] | None = None
    changed: bool = False
    warnings: list[str] = dataclasses.field(default_factory=list)


class KeyLifecycle:
    """One named client key, its record in a vault file and its keys on the service.

    The caller holds the vault file's lock for as long as this lives.

    Args:
        name: the key's name.
        accounts_url: the service, as the record remembers it.
        account: the account's operations.
        exchange: trades a client id and secret for a token; raises ``RefusedError`` when they are not good.
        file: the vault file.
        intents: the intent beside it.
        dry: check mode: reads and token grants happen, nothing is made, revoked or written.
    """

    def __init__(
        self,
        name: str,
        *,
        accounts_url: str,
        account: AccountSession,
        exchange: Callable[[str, str], object],
        file: VaultFile,
        intents: IntentFile,
        dry: bool,
    ) -> None:
        self._name = name
        self._url = accounts_url
        self._account = account
        self._exchange = exchange
        self._file = file
        self._intents = intents
        self._dry = dry
        found = file.records.get(name)
        self._record = None if found is None else KeyRecord.from_mapping(name, found)
        self._listing = _NOTHING
        self._outcome = Outcome(before=self._record)

    def ensure(self, wanted: Wanted) -> Outcome:
        """Bring the key to the wanted state.

        Raises:
            BloqError: it could not be done; what was begun is undone, or the next run completes it.
        """
        if self._record is not None and self._record.accounts_url.rstrip("/") not in ("", self._url):
            raise InputError(
                f"The client key {self._name!r} in {self._file.path} belongs to {self._record.accounts_url}, "
                f"not to {self._url}. Use another name, or another vault file."
            )
        intent = self._intents.read()
        if self._record is not None or wanted.present or intent is not None:
            self._listing = self._account.list_keys()
        if intent is not None:
            self._remove_orphan(intent.candidates(self._listing.keys, self._held()))
            self._clear_intent()
        outcome = self._outcome
        if self._listing is not _NOTHING:
            outcome.unmanaged = sorted(self._listing.client_ids - self._held())
        for step in steps_for(self._dated(), self._listing.client_ids, wanted, self._now()):
            self._take(step, wanted)
        was_bare = self._seal()
        outcome.after = self._record
        outcome.changed = outcome.after != outcome.before or bool(outcome.orphans_removed) or was_bare
        return outcome

    def _take(self, step: Step, wanted: Wanted) -> None:
        if step is Step.PROMOTE:
            self._promote(wanted.overlap)
        else:
            {
                Step.DISCARD: self._discard,
                Step.PROVE_GONE: self._prove_gone,
                Step.CREATE: self._create,
                Step.ADD: self._add,
                Step.VERIFY: self._verify,
                Step.RETIRE: self._retire,
                Step.REVOKE: self._revoke,
                Step.FORGET: self._forget,
            }[step]()

    def _create(self) -> None:
        self._make(self._with_current)

    def _add(self) -> None:
        current = self._current()
        self._make(lambda new: dataclasses.replace(current, pending=new))

    def _verify(self) -> None:
        record = self._current()
        new = record.pending or Pair(record.client_id, record.client_secret or "", record.created_at)
        if self._dry and not new.client_id:
            return
        try:
            self._exchange(new.client_id, new.client_secret)
        except RefusedError as error:
            self._delete(new.client_id)
            self._store(dataclasses.replace(record, pending=None) if record.pending else self._outcome.before)
            what = "would be removed" if self._dry else "was removed again"
            raise RefusedError(
                f"The new client key was refused, so it {what}. {error}",
                status=error.status,
                code=error.code,
            ) from None

    def _promote(self, overlap: float) -> None:
        record = self._current()
        new = record.pending
        if new is None:
            raise AssertionError("only a pending key is promoted")
        retiring = record.retiring
        if record.client_id in self._listing.client_ids:
            retiring += (Retiring(record.client_id, iso(self._now() + overlap)),)
        self._store(dataclasses.replace(self._with_current(new), retiring=retiring))
        self._outcome.rotated = True

    def _retire(self) -> None:
        record = self._current()
        staying = still_retiring(record, self._listing.client_ids, self._now())
        for key in set(record.retiring) - set(staying):
            self._delete(key.client_id)
        self._store(dataclasses.replace(record, retiring=staying))

    def _revoke(self) -> None:
        for client_id in sorted(self._current().client_ids):
            self._delete(client_id)

    def _forget(self) -> None:
        self._store(None)

    def _discard(self) -> None:
        self._store(dataclasses.replace(self._current(), pending=None))

    def _prove_gone(self) -> None:
        record = self._current()
        if record.client_secret is not None and self._still_works(record.client_id, record.client_secret):
            raise InputError(
                f"The client key {self._name!r} in {self._file.path} works, but it is not this account's. "
                "Use that account's credentials, or another name."
            )
        self._outcome.drift = True
        self._outcome.warnings.append(
            f"The client key {self._name!r} ({record.client_id}) was gone from the service, revoked by somebody else."
        )

    def _still_works(self, client_id: str, client_secret: str) -> bool:
        try:
            self._exchange(client_id, client_secret)
        except RefusedError:
            return False
        return True

    def _make(self, recorded: Callable[[Pair], KeyRecord]) -> None:
        """Make a key and store the record that ``recorded`` returns for it, or leave no trace of either."""
        # What the vault file refuses costs no key.
        self._file.with_record(self._name, recorded(_SPECIMEN).to_mapping())
        if self._dry:
            self._record = recorded(Pair("", "", ""))
            return
        new = self._post()
        record = recorded(Pair(new.client_id, new.client_secret, iso(new.created)))
        try:
            self._store(record)
        except BaseException as error:
            self._give_up(new.client_id, error)
            raise
        self._intents.remove()

    def _give_up(self, client_id: str, reason: BaseException) -> None:
        """Revoke a key whose secret could not be kept. While that fails, the intent stands."""
        try:
            self._account.delete_key(client_id)
        except BloqError as error:
            raise FileError(
                f"{reason} The client key {client_id} that was just made could not be revoked either: {error} "
                "The next run revokes it."
            ) from None
        self._intents.remove()

    def _post(self) -> NewKey:
        self._file.prove_writable()
        try:
            return self._post_once()
        except BloqError as error:
            if not _maybe_made(error):
                self._intents.remove()
                raise
            found = self._reconcile()
            if not found and isinstance(error, UnreachableError) and error.timed_out:
                # The service may still be at it: the intent stays for the next run.
                raise
        self._intents.remove()
        return self._post_once()

    def _post_once(self) -> NewKey:
        with self._intents.declared(self._listing.client_ids, self._listing.skew):
            return self._account.create_key()

    def _reconcile(self) -> bool:
        """Remove the key that a lost reply told of, for its secret is gone; return whether there was one."""
        before = len(self._outcome.orphans_removed)
        intent = self._intents.read()
        self._listing = self._account.list_keys()
        if intent is not None:
            self._remove_orphan(intent.candidates(self._listing.keys, self._held()))
        return len(self._outcome.orphans_removed) > before

    def _remove_orphan(self, candidates: list[str]) -> None:
        if len(candidates) > 1:
            self._outcome.warnings.append(
                f"One of the client keys {', '.join(candidates)} was left behind by a run that ended too early, "
                "and nothing tells which. None was touched: remove the one that nobody uses."
            )
            return
        for client_id in candidates:
            self._delete(client_id)
            self._outcome.orphans_removed.append(client_id)
            self._listing = dataclasses.replace(
                self._listing, keys=tuple(key for key in self._listing.keys if key.client_id != client_id)
            )

    def _clear_intent(self) -> None:
        if not self._dry:
            self._intents.remove()

    def _delete(self, client_id: str) -> None:
        if not self._dry:
            self._account.delete_key(client_id)

    def _store(self, record: KeyRecord | None) -> None:
        self._file = self._file.with_record(self._name, None if record is None else record.to_mapping())
        if not self._dry:
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

    def _dated(self) -> KeyRecord | None:
        """Return the record, with the service's time for a key that was adopted without one."""
        record = self._record
        if record is None or parse_iso(record.created_at) is not None:
            return record
        listed = {key.client_id: key.created_at for key in self._listing.keys}
        return dataclasses.replace(record, created_at=listed.get(record.client_id, ""))

    def _current(self) -> KeyRecord:
        if self._record is None:
            raise AssertionError("a step that needs a record was planned without one")
        return self._record

    def _held(self) -> set[str]:
        """Return the listed keys that the vault file names anywhere, in another variable for example."""
        return {client_id for client_id in self._listing.client_ids if self._file.mentions(client_id)}

    def _now(self) -> float:
        return time.time() + self._listing.skew


def _maybe_made(error: BloqError) -> bool:
    """Tell whether the service may have made a key although it did not say so properly."""
    if isinstance(error, UnreachableError):
        return error.maybe_received
    if isinstance(error, StatusError):
        return error.status >= 500
    return not isinstance(error, InputError)
