# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes of an account that many controllers share: one at a time, with what must outlive a workspace on a server."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import typing as t
from collections.abc import Callable, Mapping

from ...module_utils._errors import CoordinationError
from .._creation.changes import Changes, LocalChanges
from .._creation.intent import LATE
from .._vault.secrets import Vault
from .escrow import ServerEscrow
from .ledger import DIGEST, Ledger, digest
from .notes import FleetIntents
from .scope import scope_of
from .server import Server
from .url import checked_coordination_url

#: Seconds for which it is known which account a login is.
_KNOWN = 86400


@dataclasses.dataclass(frozen=True)
class Task:
    """The task that changes something.

    Attributes:
        options: its options.
        service: the URL of the service that is asked.
        vault_path: the vault file, if one has the records.
        variable: the variable that holds the records.
        vault: encrypts what goes into escrow.
        limit: seconds after which a request of the task has ended.
        check_mode: whether nothing may be changed.
        play: the play's name.
        warn: takes what the user should know.
        notify: takes what a long wait is for.
    """

    options: Mapping[str, t.Any]
    service: str
    vault_path: str | None
    variable: str
    vault: Vault
    limit: float
    check_mode: bool
    play: str
    warn: Callable[[str], None]
    notify: Callable[[str], object]


@contextlib.contextmanager
def changes(task: Task, login: str, account: Callable[[], str]) -> t.Iterator[Changes]:
    """Change an account in this block, while no other controller does.

    In check mode nothing is locked.

    Args:
        task: the task.
        login: how the account logs in, empty when all accounts of the service are one here.
        account: asks the service what tells the account from others, however it logs in.

    Raises:
        InputError: the options cannot be used.
        CoordinationError: the server cannot be used, or another run holds the lock for too long. Bloq was not asked.
    """
    options = task.options
    path = None if task.vault_path is None else os.path.realpath(task.vault_path)
    scope = None if path is None else scope_of(path, options["coordination_scope"])
    server = server_of(options)
    try:
        server.prove()
        concerns = server.concerns()
    except CoordinationError as error:
        _go_on_without(task, error)
        yield LocalChanges()
        return
    if concerns is not None:
        task.warn(concerns)
    ledger = Ledger(server, task.service, account_on(server, task.service, login, account), play=task.play)
    with (
        contextlib.nullcontext()
        if task.check_mode
        else ledger.locked(timeout=options["lock_timeout"], notify=task.notify)
    ):
        if scope is not None:
            ledger.claim(scope, keep=not task.check_mode)
        with _truthful(ledger, task):
            yield FleetChanges(ledger, scope or "", task)


def server_of(options: Mapping[str, t.Any]) -> Server:
    """Return the server that the options name.

    Raises:
        InputError: its URL cannot be used.
    """
    url = checked_coordination_url(options["coordination_url"])
    return Server(url, ca_path=options["ca_path"], validate_certs=options["validate_certs"])


class FleetChanges:
    """Changes under the account's lock (see ``Changes``)."""

    def __init__(self, ledger: Ledger, scope: str, task: Task) -> None:
        self.ledger = ledger
        self._scope = scope
        self._task = task

    def intents(self, vault_path: str, url: str, account: str, *, limit: float = 60.0) -> FleetIntents:
        """Return the intents of the account for a vault file, with its escrow."""
        escrow = self._escrow(f"{url} {self._task.variable}")
        return FleetIntents(vault_path, url, account, limit=limit, ledger=self.ledger, scope=self._scope, escrow=escrow)

    @contextlib.contextmanager
    def removal(self, resource_id: str) -> t.Iterator[None]:
        """Remove what has this id in the block."""
        with self._escrow("").removal(resource_id, self._task.limit + LATE):
            yield

    @contextlib.contextmanager
    def change(self, resource_id: str) -> t.Iterator[None]:
        """Change what has this id in the block, by one request."""
        with self.ledger.change(resource_id, self._task.limit + LATE):
            yield

    def _escrow(self, variable: str) -> ServerEscrow:
        return ServerEscrow(self.ledger, self._scope, variable, self._task.vault)


@contextlib.contextmanager
def _truthful(ledger: Ledger, task: Task) -> t.Iterator[None]:
    """Say with a server that was lost in this block what was done all the same."""
    try:
        yield
    except CoordinationError as error:
        raise CoordinationError(f"{error} {ledger.deeds}") from None
    finally:
        if ledger.concern is not None:
            task.warn(ledger.concern)
    if ledger.deeds.missed is not None:
        task.warn(f"{ledger.deeds.missed} {ledger.deeds}")


def _go_on_without(task: Task, error: CoordinationError) -> None:
    """Warn that the task goes on without the server.

    Raises:
        CoordinationError: it must not.
    """
    if task.check_mode:
        task.warn(f"{error} So this check mode knows nothing of what other controllers have made.")
    elif task.options["coordination_required"]:
        raise CoordinationError(
            f"{error} Nothing was asked of Bloq. Mend that and run the play again, or set coordination_required: false "
            "to go on without it: then nobody else may change this account meanwhile."
        )
    else:
        task.warn(
            f"{error} Since coordination_required is false, the task went on without it: let nobody else change this "
            "account until that is mended."
        )


def account_on(server: Server, service: str, login: str, account: Callable[[], str]) -> str:
    """Return what stands for the account on the server; the service is asked once a day for each login."""
    if not login:
        return "everyone"
    key = f"bloq:{{{digest(service, 'logins')}}}:{digest(login)}"
    known = server.ask(lambda client: (client.get(key) or b"").decode("ascii", "replace"), key)
    # Whatever else stands there would lead away from the lock that other controllers take.
    if DIGEST.fullmatch(known):
        return known
    found = digest(account())
    server.ask(lambda client: client.set(key, found, ex=_KNOWN))
    return found
