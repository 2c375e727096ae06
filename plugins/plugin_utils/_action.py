# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's half of every module: options, sessions, the cache, and the vault file under its lock."""

from __future__ import annotations

import abc
import contextlib
import importlib
import os
import typing as t
from collections.abc import Callable

from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure, AnsibleError
from ansible.utils.display import Display

from ..module_utils._argspec import connection
from ..module_utils._errors import BloqError, CoordinationError, fault, to_dict, without_secret_shapes
from ..module_utils._urls import checked_url
from ._hiding import HidingAction, Result
from ._options.concerns import warn_of_options
from ._options.module_defaults import ModuleDefaults
from ._options.resolve import Level, Options, resolve
from ._options.variables import Variables
from ._sessions import AccountSession, NodesSession, nodes_session
from ._tokens import cache_box
from ._tokens.cache import TokenCache
from ._tokens.cache_path import default_cache_path
from ._tokens.credentials import account_credential, nodes_credential
from ._tokens.shared import shared_tokens
from ._tokens.source import ObtainedToken, TokenSource

if t.TYPE_CHECKING:
    from ._creation.changes import Changes, View
    from ._creation.creator import CrashSafeCreator
    from ._vault.file import VaultFile
    from ._vault.secrets import Vault

# Ansible loads an action before it forks for the hosts, and a lookup after.
cache_box.load()


class Lifecycle(t.Protocol):
    """One thing with its record, which a task brings to the state that it is to have."""

    creation: CrashSafeCreator[t.Any, t.Any]

    def done(self) -> Result:
        """Return what a failure returns of what was done so far: ``changed`` at least."""


class BloqAction(HidingAction):
    """Base of the collection's action plugins.

    Attributes:
        task_only: options that say what the task acts on, which nothing but the task may set.
        when_cut: what to do where the task's time limit has cut it off.
        left_behind: what a failure returns as well, of what was done and of what earlier runs left behind.
    """

    task_only: t.ClassVar[frozenset[str]] = frozenset()
    when_cut: t.ClassVar[str] = "Run the task again, which finds out."

    options: Options
    left_behind: Result

    def __init_subclass__(cls, *, always_asks: bool = False, **others: t.Any) -> None:
        """Load what a request takes, 0.1 s for requests, once for all tasks of an action that always makes one."""
        super().__init_subclass__(**others)
        if always_asks:
            importlib.import_module("ansible_collections.bloq.cloud.plugins.module_utils._http")

    @classmethod
    def check_options(cls) -> None:
        """Check the options that stand on the standard input, as the module of this name does.

        Every action calls it ``main``: ansible-lint, and editors through it, look for that in the file that a name
        resolves to, which is the action's, and check nothing where it is missing.
        """
        from ..module_utils._module import needs_the_controller

        needs_the_controller(cls.spec)

    @abc.abstractmethod
    def perform(self) -> Result:
        """Do the task with ``self.options`` and return its result."""

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> Result:
        """Run the task: see Ansible's ``ActionBase``."""
        self.variables = Variables(task_vars or {}, self._templar.template)
        self._task_vars = task_vars
        self.left_behind = {}
        self._begin()
        try:
            return self._told(self._attempt(tmp, task_vars))
        finally:
            # ansible-core makes a failure of what is raised here, and hands it on with the arguments.
            self._hide_arguments()

    @property
    def check_mode(self) -> bool:
        """Whether nothing may be changed."""
        return bool(self._task.check_mode)

    @property
    def request_limit(self) -> float:
        """Seconds after which a request that creates something has ended; on a far host, with all its attempts."""
        if self._connection.transport == "local":
            return float(self.options["timeout"])
        return connection(self.options).longest

    def warn(self, text: str) -> None:
        """Show a warning with the result, once."""
        if text not in self._warnings:
            self._warnings.append(text)

    @contextlib.contextmanager
    def in_flight(self, is_change: bool) -> t.Iterator[None]:
        """Send in this block what may be a change: where the task's time limit ends it, nobody knows whether it is."""
        try:
            yield
        except BaseException as error:
            if _is_time_limit(error):
                self.note_change(is_change)
            raise

    def note_change(self, is_one: bool) -> None:
        """Note whether something was changed, which a failure of what comes after returns too."""
        self.left_behind["changed"] = is_one or self.left_behind.get("changed", False)

    def warn_unless(self, is_so: bool, needed: str, *names: str) -> None:
        """Warn of each of ``names``, options that the task gives though, unless ``needed`` is so, they do nothing."""
        for name in names:
            if not is_so and self.options.level(name) == Level.TASK:
                self.warn(f"{name} has no effect without {needed}. Add that, or leave {name} out.")

    def account_session(self) -> AccountSession:
        """Return Accounts, asked as the task's account.

        Raises:
            BloqError: the URL or the credential cannot be used.
        """
        url = checked_url(self.options["accounts_url"], allow_http=self.options["allow_http"])
        credential, source = account_credential(self.options), self.tokens()
        return AccountSession(self.accounts(url), lambda fresh: source.account(url, credential, force=fresh))

    def nodes_session(self) -> NodesSession:
        """Return Nodes, asked with the credential that the options name."""
        credential = nodes_credential(self.options, self.variables)
        return nodes_session(
            self.options,
            credential,
            self.tokens(),
            self.nodes,
            self.options["kind"],
            lambda: self.account_session().names(),
        )

    def tokens(self, *, min_ttl: float = 0.0, force: bool = False) -> TokenSource:
        """Return the source of tokens, with the cache unless the user wants none."""
        return TokenSource(
            self.accounts,
            self.token_cache() if self.options["cache"] else None,
            min_ttl=min_ttl,
            force=force,
            allow_http=self.options["allow_http"],
            warn=self.warn,
        )

    def token_cache(self) -> TokenCache:
        """Return the controller's cache of tokens."""
        options = self.options
        return TokenCache(
            options["cache_path"] or default_cache_path(),
            self.warn,
            step=self._task._uuid,
            patience=options["max_retry_wait"],
            request_limit=lambda: connection(options).longest,
            notify=self.notify,
            beyond=shared_tokens(options),
        )

    def changes(
        self, service: str, variable: str, login: str = "", account: Callable[[], str] = str
    ) -> contextlib.AbstractContextManager[Changes]:
        """Return a block in which the account can be changed, while no other controller does where many share a server.

        Args:
            service: the URL of the service that is asked.
            variable: the variable that holds the records.
            login: how the account logs in, empty when all accounts of the service are one here.
            account: asks the service what tells the account from others, however it logs in.

        Raises:
            BloqError: other controllers cannot be kept away.
        """
        if not self.options["coordination_url"]:
            from ._creation.changes import LocalChanges

            return contextlib.nullcontext(LocalChanges())
        from ._fleet.changes import Task, changes

        path = self.options["vault_file"]
        task = Task(
            options=self.options,
            service=service,
            vault_path=self.controller_path(path) if path and self.options["name"] else None,
            variable=variable,
            vault=self.play_vault(),
            limit=self.request_limit,
            check_mode=self.check_mode,
            play=str((self._task_vars or {}).get("ansible_play_name", "")),
            warn=self.warn,
            notify=self.notify,
        )
        return changes(task, login, account)

    def looked(
        self, look: Callable[[View], Result], service: str, login: str = "", account: Callable[[], str] = str
    ) -> Result:
        """Return what ``look`` returns; without what the coordination server has, and with a warning, if that fails.

        Args:
            look: reads; it may be called twice.
            service: the URL of the service that is asked; this and the others are as for ``changes``.
            login: how the account logs in.
            account: asks the service what tells the account from others.
        """
        from ._creation.changes import LocalView

        if self.options["coordination_url"]:
            from ._fleet.report import FleetView

            try:
                view = FleetView(self.options, service, login, account, self.play_vault())
                try:
                    return look(view)
                finally:
                    if view.concern is not None:
                        self.warn(view.concern)
            except CoordinationError as error:
                self.warn(str(error))
        return look(LocalView())

    @contextlib.contextmanager
    def locked_vault_file(self, variable: str, *, prove: bool = True) -> t.Iterator[VaultFile]:
        """Hold the lock on the task's vault file while the block runs, and give what is in it.

        Args:
            variable: the variable that holds the records.
            prove: whether the vault must be able to encrypt.

        Raises:
            BloqError: the file cannot be locked, read or, when that is to be proved, encrypted.
        """
        # A task that finds its token in the cache needs none of this.
        from ._files.locks import locked

        path = self.controller_path(self.options["vault_file"])
        with locked(path, "vault_file", timeout=self.options["lock_timeout"], notify=self.notify):
            file = self.read_vault_file(path, variable)
            if prove:
                self.play_vault().check_round_trip()
            yield file

    @contextlib.contextmanager
    def reporting(self, lifecycle: Lifecycle) -> t.Iterator[None]:
        """Let what fails in the block return too what was done, and what earlier runs left behind: it may be why."""
        try:
            yield
        except BaseException as error:
            if not isinstance(error, Exception) and not _is_time_limit(error):
                raise
            creation = lifecycle.creation
            creation.report_in_failure()
            for warning in creation.warnings:
                self.warn(warning)
            removed = creation.orphans_removed
            self.left_behind.update(lifecycle.done())
            self.note_change(bool(removed or creation.abandoned))
            if creation.is_listed:
                self.left_behind["orphans_removed"] = removed
            if creation.is_reported:
                self.left_behind["suspects"] = creation.suspects
            raise

    def read_vault_file(self, path: str, variable: str) -> VaultFile:
        """Return what is in a vault file; whoever means to change it holds its lock.

        Args:
            path: where it is on the controller.
            variable: the variable that holds the records.

        Raises:
            BloqError: it cannot be read.
        """
        from ._vault.file import VaultFile

        # Modules that only read have no say in how a new file is encrypted.
        layout: t.Any = self.options["vault_layout"] if "vault_layout" in self.spec else "inline"
        file = VaultFile.read(path, self.play_vault(), variable=variable, layout=layout)
        self.know(file.records)
        self._names.append(file.stored_names)
        return file

    def play_vault(self) -> Vault:
        """Return the play's vault, which encrypts as the task says."""
        from ._vault.secrets import Vault

        return Vault.of_play(self._loader, vault_id=self.options["vault_id"] if "vault_id" in self.spec else None)

    def notify(self, text: str) -> None:
        """Show a text at once, while the task runs."""
        Display().display(f"{self._task.action}: {without_secret_shapes(text)}", stderr=True)

    def controller_path(self, path: str) -> str:
        """Return a path as the play means it: relative to the playbook."""
        return str(self._loader.path_dwim(path))

    def _attempt(self, tmp: str | None, task_vars: dict[str, t.Any] | None) -> Result:
        """Do the task and return its result, or the failure that says why not."""
        try:
            self._defaults = defaults = ModuleDefaults.of(
                self._task.module_defaults, self._task.resolved_action, self._templar.template
            )
            super().run(tmp, task_vars)
            self.options = resolve(
                self.spec,
                defaults.applied(self._task.args, self.spec.keys() - self.task_only),
                self.variables.get,
                os.environ,
                module_defaults=defaults.values,
                task_only=self.task_only | {"state", "force"},
            )
            warn_of_options(self.options, self.warn)
            return self.perform()
        except BloqError as error:
            return {**failure(error), **self.left_behind}
        except AnsibleError as error:
            if not self._item_secrets():
                raise
            return {**_failure_without_item(error), **self.left_behind}
        except Exception as error:
            return {**fault(self._task.action, error), **self.left_behind}
        except BaseException as error:
            # What else ends a process is not caught.
            if not _is_time_limit(error):
                raise
            limit = self._task.timeout
            told = BloqError(f"The task's timeout of {limit} s is over. What it had begun may be done. {self.when_cut}")
            return {**failure(told), "timedout": {"period": limit}, **self.left_behind}


def _is_time_limit(error: BaseException) -> bool:
    """Return whether this is the task's keyword ``timeout``, whose exception each ansible-core has somewhere else."""
    return type(error).__name__ == "TaskTimeoutError"


def failure(error: BloqError) -> Result:
    """Return the result of a task that an error stops."""
    return {"failed": True, "msg": str(error), "failure": to_dict(error)}


def _failure_without_item(error: AnsibleError) -> Result:
    """Return the failure for an error of ansible-core's, whose text may quote an item that holds a secret."""
    if isinstance(error, AnsibleConnectionFailure):
        return {"unreachable": True, "msg": str(error)}
    if isinstance(error, AnsibleActionFail):
        return {"failed": True, "msg": str(error)}
    error_shown = BloqError(
        f"ansible-core failed with {type(error).__name__}, for example in a template of this task or of a "
        "variable that it uses. What it says is hidden, since it may quote the loop's item, which holds a secret. "
        "Loop over names alone to see it."
    )
    return failure(error_shown)


def token_changed(obtained: ObtainedToken) -> bool:
    """Return whether getting a token was a change: one was minted that was not in the cache."""
    return obtained.source == "minted"
