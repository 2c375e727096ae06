# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carries out the steps of ``_key_plan`` so that no secret is lost, no orphan survives and no gap opens."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Set

from ansible_collections.bloq.cloud.plugins.module_utils._accounts_service import NewKey
from ansible_collections.bloq.cloud.plugins.module_utils._errors import InputError, RefusedError
from ansible_collections.bloq.cloud.plugins.module_utils._times import iso, parse_iso
from ansible_collections.bloq.cloud.plugins.plugin_utils._account_session import AccountSession
from ansible_collections.bloq.cloud.plugins.plugin_utils._creation import Creation
from ansible_collections.bloq.cloud.plugins.plugin_utils._intent import IntentFile
from ansible_collections.bloq.cloud.plugins.plugin_utils._key_plan import Step, Wanted, steps_for, still_retiring
from ansible_collections.bloq.cloud.plugins.plugin_utils._key_record import KeyRecord, Pair, Retiring
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault_file import VaultFile

#: Stands for a key that is not made yet, to try what the vault file takes.
_SPECIMEN = Pair("0" * 40, "0" * 80, "1970-01-01T00:00:00Z")


@dataclasses.dataclass
class Outcome:
    """What happened, or in check mode would happen.

    Attributes:
        before: the record as it was.
        after: the record as it is; in check mode the ids and times that only the service can give are empty.
        rotated: whether the current key was replaced while it was alive.
        drift: whether the current key was gone from the service, revoked by a run or a person who did not keep the file.
        orphans_removed: the ids of keys that an earlier run had left behind.
        unmanaged: the ids of the account's keys that the vault file does not know, as far as the service
            was asked.
        changed: whether anything changed.
        warnings: what the user should know.
    """

    before: KeyRecord | None
    after: KeyRecord | None = None
    rotated: bool = False
    drift: bool = False
    orphans_removed: list[str] = dataclasses.field(default_factory=list)
    unmanaged: list[str] = dataclasses.field(default_factory=list)
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
        self._dry = dry
        self._creation = Creation[NewKey](
            "client key",
            listing=account.list_keys,
            create=account.create_key,
            remove=account.delete_key,
            holds=self._holds,
            names=account.names,
            intents=intents,
            dry=dry,
        )
        found = file.records.get(name)
        self._record = None if found is None else KeyRecord.from_mapping(name, found)
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
        if not self._dry:
            self._file.remove_leftovers()
        if self._record is not None or wanted.present or self._creation.is_unfinished:
            self._creation.look()
        self._creation.finish()
        outcome = self._outcome
        outcome.unmanaged = sorted(client_id for client_id in self._live if not self._holds(client_id))
        for step in steps_for(self._dated(), self._live, wanted, self._now()):
            self._take(step, wanted)
        was_bare = self._seal()
        outcome.after = self._record
        self._creation.conclude()
        outcome.orphans_removed = self._creation.orphans_removed
        outcome.warnings += self._creation.warnings
        outcome.changed = outcome.after != outcome.before or bool(outcome.orphans_removed) or was_bare
        return outcome

    def _take(self, step: Step, wanted: Wanted) -> None:
        if step is Step.PROMOTE:
            self._promote(wanted.overlap)
        elif step is Step.RETIRE:
            self._retire(revoke=wanted.revoke)
        else:
            {
                Step.DISCARD: self._discard,
                Step.PROVE_GONE: self._prove_gone,
                Step.CREATE: self._create,
                Step.ADD: self._add,
                Step.VERIFY: self._verify,
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
            self._creation.remove(new.client_id)
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
        if record.client_id in self._live:
            retiring += (Retiring(record.client_id, iso(self._now() + overlap)),)
        self._store(dataclasses.replace(self._with_current(new), retiring=retiring))
        self._outcome.rotated = True

    def _retire(self, *, revoke: bool) -> None:
        record = self._current()
        staying = still_retiring(record, self._live, self._now(), revoke=revoke)
        for key in set(record.retiring) - set(staying):
            self._creation.remove(key.client_id)
        self._store(dataclasses.replace(record, retiring=staying))

    def _revoke(self) -> None:
        for client_id in sorted(self._current().client_ids):
            self._creation.remove(client_id)

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
            f"The client key {self._name!r} ({record.client_id}) was gone from the service: it was revoked by somebody "
            "else, or by a run whose change of the vault file is not in this one."
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
        self._creation.make(
            prove=self._file.prove_writable,
            store=lambda new: self._store(recorded(Pair(new.client_id, new.client_secret, iso(new.created)))),
        )

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
        created = self._creation.live.get(record.client_id)
        return dataclasses.replace(record, created_at="" if created is None else iso(created))

    def _current(self) -> KeyRecord:
        if self._record is None:
            raise AssertionError("a step that needs a record was planned without one")
        return self._record

    @property
    def _live(self) -> Set[str]:
        return self._creation.live.keys()

    def _holds(self, client_id: str) -> bool:
        """Tell whether the vault file names the key anywhere, in another variable for example."""
        return self._file.mentions(client_id)

    def _now(self) -> float:
        return time.time() + self._creation.skew
