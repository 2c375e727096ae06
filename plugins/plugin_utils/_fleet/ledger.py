# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the coordination server keeps of one account at one service: its lock, notes, receipts and escrow."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import typing as t
from collections.abc import Callable, Mapping

from ...module_utils._errors import InputError
from .deeds import Deeds
from .lease import LEASE, Holder, Lease, read_holder
from .server import Server

#: The hashes of an account.
INTENTS, SUSPECTS, RECEIPTS, ESCROW = "intents", "suspects", "receipts", "escrow"
#: And what each entry of theirs is. A receipt that is none goes as one that is old does.
_KINDS: dict[str, type] = {INTENTS: list, SUSPECTS: list, RECEIPTS: object, ESCROW: dict}
#: What ``digest`` returns.
DIGEST = re.compile("[0-9a-f]{32}")


def digest(*parts: str) -> str:
    """Return what stands for some texts on the server, which need not know them."""
    return hashlib.sha256(json.dumps(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


class Ledger:
    """The entries of one account at one service.

    Args:
        server: the coordination server.
        service: the service's URL.
        account: what is the same for every login of the account, and for no other account.
        play: the play's name, for those who wait for the lock.

    Attributes:
        deeds: what the task has done to the account.
    """

    def __init__(self, server: Server, service: str, account: str, *, play: str = "") -> None:
        self.server = server
        self.service = service
        self.deeds = Deeds()
        self._passed_over: set[str] = set()
        self._owner = digest(service, account)
        self._seen: dict[str, dict[str, t.Any]] = {}
        self._lease = Lease(server, [self.key("lock"), self.key("fence")], play=play)

    @property
    def fence(self) -> int:
        """The number of this holding of the lock, higher than that of any before."""
        return self._lease.fence

    @contextlib.contextmanager
    def locked(self, *, timeout: float, notify: Callable[[str], object]) -> t.Iterator[None]:
        """Hold the account's lock while the block runs.

        Raises:
            CoordinationError: somebody held it for longer than ``timeout`` seconds, or the server cannot be used.
        """
        self._lease.wait(f"This account on {self.server.where}", timeout=timeout, notify=notify)
        with self._lease.renewed():
            yield

    @contextlib.contextmanager
    def under_way(self, seconds: float) -> t.Iterator[None]:
        """Send a request of so many seconds in this block: the lock is held, and outlives it.

        Raises:
            CoordinationError: the lock is lost, before the block or in it.
        """
        self._lease.hold(seconds)
        yield
        with self.deeds.told():
            self.relax()

    @contextlib.contextmanager
    def change(self, resource_id: str, seconds: float) -> t.Iterator[None]:
        """Change what has this id in this block, by a request of so many seconds.

        Raises:
            LostLockError: somebody else may have changed the account; this, too, once it is changed.
            CoordinationError: the server cannot be used. It is not changed.
        """
        with self.under_way(seconds):
            yield
            self.deeds.changed(resource_id)

    def relax(self) -> None:
        """Let the lock end soon after its holder again, now that no request is under way."""
        self._lease.hold(shorten=True)

    def look(self) -> None:
        """Read all hashes of the account: who holds the lock needs to ask for none of them again."""

        def ask(client: t.Any) -> t.Any:
            with client.pipeline(transaction=False) as pipeline:
                for name in _KINDS:
                    pipeline.hgetall(self.key(name))
                return dict(zip(_KINDS, pipeline.execute()))

        found = self.server.ask(ask, *map(self.key, _KINDS))
        self._seen = {name: self._read(name, entries) for name, entries in found.items()}

    def pass_over(self, name: str) -> None:
        """Note that something in a hash of the account is none of what we write."""
        self._passed_over.add(self.key(name))

    @property
    def concern(self) -> str | None:
        """What the user should know of what was passed over, None when nothing was."""
        if not self._passed_over:
            return None
        return (
            f"The coordination server {self.server.where} has something that cannot be read in "
            f"{' and '.join(sorted(self._passed_over))}. It was passed over, and with it may be lost what a run that "
            "was cut off had noted, or kept in escrow. Look for what no vault file has, as bloq_client_key_info and "
            "bloq_node_info list it, then remove the fields that cannot be read."
        )

    def entries(self, name: str) -> dict[str, t.Any]:
        """Return a hash of the account as ``look`` saw it; what cannot be read in it is left out."""
        if not self._seen:
            self.look()
        return self._seen[name]

    def write(self, name: str, changes: Mapping[str, t.Any], *, seconds: float = LEASE) -> None:
        """Change fields of a hash of the account; None removes one. The lock must be held.

        Raises:
            CoordinationError: the lock is lost, or the server cannot be used. Nothing was changed.
        """
        texts = {field: "" if value is None else json.dumps(value) for field, value in changes.items()}
        self._lease.write(self.key(name), texts, seconds)

    def add(self, name: str, field: str, value: t.Any) -> None:
        """Set a field of a hash of the account, whether or not the lock is still held."""
        key = self.key(name)
        self.server.ask(lambda client: client.hset(key, field, json.dumps(value)), key)

    def holder(self) -> Holder | None:
        """Return who holds the lock."""
        key = self.key("lock")

        def ask(client: t.Any) -> Holder | None:
            found = {_text(field): value for field, value in client.hgetall(key).items()}
            return read_holder(found) if found else None

        return self.server.ask(ask, key)

    def claim(self, scope: str, *, keep: bool) -> None:
        """Make sure that a scope is this account's alone.

        Args:
            scope: the scope.
            keep: whether to note that it is.

        Raises:
            InputError: another account of the same service uses it.
        """
        key = f"bloq:{{{digest(self.service, 'scopes')}}}:scopes"
        field = digest(scope)
        owner = self.server.ask(lambda client: _text(client.hget(key, field) or b""), key)
        if owner != self._owner and DIGEST.fullmatch(owner) and self._keeps(owner, field):
            raise InputError(
                f"The coordination_scope {scope!r} is in use by another account of {self.service}. Set another "
                "coordination_scope for one of them."
            )
        if keep and owner != self._owner:
            self.server.ask(lambda client: client.hset(key, field, self._owner), key)

    def _keeps(self, owner: str, field: str) -> bool:
        """Return whether another account has anything of a scope in escrow."""
        key, start = f"bloq:{{{owner}}}:{ESCROW}", field.encode()
        return self.server.ask(lambda client: any(name.startswith(start) for name in client.hkeys(key)), key)

    def _read(self, name: str, found: Mapping[bytes, bytes]) -> dict[str, t.Any]:
        """Return the entries of a hash, without what none of ours can have written."""
        entries: dict[str, t.Any] = {}
        for field, raw in found.items():
            try:
                entry = json.loads(raw)
            except (ValueError, RecursionError):
                self.pass_over(name)
                continue
            if not isinstance(entry, _KINDS[name]):
                self.pass_over(name)
            elif entry:
                entries[field.decode("utf-8", "replace")] = entry
        return entries

    def key(self, name: str) -> str:
        """Return under which key the server has a hash of the account."""
        return f"bloq:{{{self._owner}}}:{name}"


def _text(raw: bytes) -> str:
    # What is none of ours is no fault.
    return raw.decode("ascii", "replace")
