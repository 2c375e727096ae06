# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An account and a controller that uses it, and what must stay as it is when a task fails."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible.errors import AnsibleError

from harness.error_messages import assert_clear
from harness.in_process import InProcess, Result
from harness.service import Account


@dataclasses.dataclass
class World:
    """An account, and a controller that uses it.

    Attributes:
        account: the account.
        in_process: the controller.
        guards_password: whether the account's password may be at stake.
    """

    account: Account
    in_process: InProcess
    guards_password: bool = False
    _before: tuple[object, ...] | None = None

    def key(self, **options: t.Any) -> Result:
        """Run bloq_client_key for the key ``ci``."""
        return succeeded(
            self.in_process.run("bloq_client_key", name="ci", vault_file=str(self.in_process.vault_file), **options)
        )

    def observed(self) -> tuple[object, ...]:
        """Return what must stay as it is when a task fails."""
        notes = (".bloq-intent", ".bloq-doubt")
        files = {name: content for name, content in self.in_process.files().items() if not name.endswith(notes)}
        return self.account.has(), self.guards_password and self.account.password_works(), files

    def forget(self) -> None:
        """Take what is there now for what must stay."""
        self._before = None

    def attempt(self, module: str, **task: t.Any) -> Result:
        """Run a task that may fail, but not badly: it says what to do, and changes nothing. See ``InProcess.run``."""
        if self._before is None:
            self._before = self.observed()
        try:
            result = self.in_process.run(module, **task)
        except AnsibleError as error:
            result = {"failed": True, "msg": f"Check this: {error}"}
        if result.get("failed"):
            assert_clear(result, {**self.in_process.options, **task})
            assert self.observed() == self._before
        else:
            self._before = None
        return result


def succeeded(result: Result) -> Result:
    """Return a result that is no failure."""
    assert not result.get("failed"), result.get("msg")
    return result
