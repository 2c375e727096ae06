# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A controller whose tasks run in this process: of what a fault does, a play around the action shows no more."""

from __future__ import annotations

import json
import threading
import typing as t
from pathlib import Path
from unittest import mock

from ansible import constants
from ansible.errors import AnsibleError

from harness.controller import Controller, Run
from harness.in_process import InProcess
from harness.service import Account

#: Each controller has a home of its own, as it has in a play; a process has one.
_AT_HOME = threading.Lock()


class Here(Controller):
    """Runs the real action of bloq_client_key, as a play of one task does; what is started is a play all the same.

    Only a process can be killed, have variables of its own, or be one of two. Not for what runs beside other tests,
    some of which patch this process.
    """

    def __init__(self, home: Path, account: Account, name: str = "ci", **options: t.Any) -> None:
        login = {"username": account.email, "password": account.service.password}
        super().__init__(home, account, name)
        self._in_process = InProcess(home, accounts_url=account.service.url, **login, **options)

    def run(self, **options: t.Any) -> Run:
        """Run the task to its end; in a play where it has an environment or a prefix."""
        if "environment" in options or "prefix" in options:
            return super().run(**options)
        return self.task("bloq_client_key", name=self.name, **options)

    def task(self, module: str, **options: t.Any) -> Run:
        """Run a task of any module, with the vault file where it takes one; see ``InProcess.run``."""
        if "vault_file" in self._in_process.spec(module):
            options = {"vault_file": str(self.vault_file), **options}
        home = self.home / "ansible"
        home.mkdir(exist_ok=True)
        with _AT_HOME, mock.patch.object(constants, "ANSIBLE_HOME", str(home)):
            try:
                result = self._in_process.run(module, **options)
            except AnsibleError as error:
                result = {"failed": True, "msg": str(error)}
        word = "fatal" if result.get("failed") else "ok"
        return Run(2 if result.get("failed") else 0, f"{word}: [localhost] => {json.dumps(result)}")
