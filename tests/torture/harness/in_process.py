# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks run by the real action plugins in this process: hundreds in the time that a few plays take."""

from __future__ import annotations

import secrets
import threading
import typing as t
from pathlib import Path

from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultSecret
from ansible.playbook.play_context import PlayContext
from ansible.playbook.task import Task
from ansible.plugins.loader import action_loader, connection_loader
from ansible.template import Templar

Result = dict[str, t.Any]

#: Ansible's loaders are not made for threads.
_LOADING = threading.Lock()


class InProcess:
    """A controller in this process, with a vault password, a token cache and a vault file of its own.

    Args:
        home: the folder that holds everything of this controller.
        options: options that every task gets which knows them.

    Attributes:
        options: those, and where the token cache is.
        arguments: those of the task that ran last, as callbacks get them.
    """

    arguments: t.Mapping[str, t.Any]

    def __init__(self, home: Path, **options: t.Any) -> None:
        self.folder = home / "vault"
        self.vault_file = self.folder / "secrets.yml"
        self.cache = home / "cache"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.password_file = home / "vault-password"
        if not self.password_file.exists():
            self.password_file.write_text(secrets.token_urlsafe(18), encoding="utf-8")
        self.options = {**options, "cache_path": str(self.cache)}
        self._loader = DataLoader()
        self._loader.set_basedir(str(home))
        self._loader.set_vault_secrets([("default", VaultSecret(self.password_file.read_bytes()))])

    def run(
        self, module: str, *, variables: t.Mapping[str, t.Any] | None = None, check: bool = False, **options: t.Any
    ) -> Result:
        """Run one task and return its result.

        Args:
            module: the module's short name.
            variables: the host's variables.
            check: whether it runs in check mode.
            options: its options besides those that tasks get; None takes such a one away.
        """
        task = Task()
        task.action = f"bloq.cloud.{module}"
        usual = {name: value for name, value in self.options.items() if name in self.spec(module)}
        task.args = {name: value for name, value in {**usual, **options}.items() if value is not None}
        task.check_mode = check
        play_context = PlayContext()
        with _LOADING:
            action = action_loader.get(
                task.action,
                task=task,
                connection=connection_loader.get("ansible.builtin.local", play_context),
                play_context=play_context,
                loader=self._loader,
                templar=Templar(loader=self._loader, variables=dict(variables or {})),
                shared_loader_obj=None,
            )
        try:
            return t.cast(Result, action.run(task_vars=dict(variables or {})))
        finally:
            self.arguments = task.args

    @staticmethod
    def spec(module: str) -> dict[str, dict[str, t.Any]]:
        """Return a module's options, as its action knows them."""
        with _LOADING:
            return t.cast(
                "dict[str, dict[str, t.Any]]", action_loader.get(f"bloq.cloud.{module}", class_only=True).spec
            )

    def files(self) -> dict[str, bytes]:
        """Return what is in the vault file's folder, by name."""
        return {path.name: path.read_bytes() for path in self.folder.iterdir()}
