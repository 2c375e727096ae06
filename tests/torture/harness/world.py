# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An account and a controller that uses it, and what must stay as it is when a task fails."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible.errors import AnsibleError

from harness.desk import Desk, Result
from harness.service import Account
from harness.telling import assert_told_well


@dataclasses.dataclass
class World:
    """An account, and a controller that uses it.

    Attributes:
        account: the account.
        desk: the controller.
        guards_password: whether the account's password may be at stake.
    """

    account: Account
    desk: Desk
    guards_password: bool = False
    _before: tuple[object, ...] | None = None

    def key(self, **options: t.Any) -> Result:
        """Run bloq_client_key for the key ``ci``."""
        return succeeded(self.desk.run("bloq_client_key", name="ci", vault_file=str(self.desk.vault_file), **options))

    def observed(self) -> tuple[object, ...]:
        """Return what must stay as it is when a task fails."""
        notes = (".bloq-intent", ".bloq-doubt")
        files = {name: content for name, content in self.desk.files().items() if not name.endswith(notes)}
        return self.account.has(), self.guards_password and self.account.password_works(), files

    def forget(self) -> None:
        """Take what is there now for what must stay."""
        self._before = None

    def attempt(self, module: str, **task: t.Any) -> Result:
        """Run a task that may fail, but not badly: it says what to do, and changes nothing. See ``Desk.run``."""
        if self._before is None:
            self._before = self.observed()
        try:
            result = self.desk.run(module, **task)
        except AnsibleError as error:
            result = {"failed": True, "msg": f"Check this: {error}"}
        if result.get("failed"):
            assert_told_well(result, {**self.desk.options, **task})
            assert self.observed() == self._before
        else:
            self._before = None
        return result


def succeeded(result: Result) -> Result:
    """Return a result that is no failure."""
    assert not result.get("failed"), result.get("msg")
    return result
