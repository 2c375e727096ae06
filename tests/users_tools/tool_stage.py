# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A play that handles every kind of secret, for tools that run it, look on, or keep what they see."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

from harness.service import Account
from harness.spy import Spy


class Stage(Spy):
    """A controller with the tools of its users, and a playbook in its home."""

    def __init__(self, home: Path, account: Account, programs: Path) -> None:
        super().__init__(home, account, programs)
        self.playbook = self.home / "play.yml"
        self.playbook.write_text(json.dumps([self._play()]), encoding="utf-8")

    def _play(self) -> dict[str, t.Any]:
        own = {"client_id": "{{ key.client_key.client_id }}", "client_secret": "{{ key.client_secret }}"}
        login = {"password": "{{ wrong_password }}", "cache": False}
        again = {"retries": 1, "delay": 0, "until": "refused is succeeded", "failed_when": "refused is not failed"}
        results = "{{ {'login': login, 'key': key, 'token': token} | keep }}"
        return {
            "name": "Handle secrets",
            "hosts": "localhost",
            "connection": "local",
            "vars_files": [str(self.variables)],
            "tasks": [
                {"name": "Log in", "bloq.cloud.bloq_login": {"force": True}, "register": "login"},
                {
                    "name": "Make a key",
                    "bloq.cloud.bloq_client_key": {"name": "ci", "return_secret": True},
                    "register": "key",
                },
                {"name": "Get a token", "bloq.cloud.bloq_token": own, "register": "token"},
                {
                    "name": "Be refused",
                    "bloq.cloud.bloq_login": login,
                    "register": "refused",
                    **again,
                },
                {
                    "name": "Read the profile twice",
                    "bloq.cloud.bloq_account_info": {"password": "{{ bloq_password }}", "cache": False},
                    "register": "profile",
                    "retries": 2,
                    "delay": 0,
                    "until": "profile.attempts > 1",
                },
                {"name": "Keep the results", "ansible.builtin.debug": {"msg": results}},
            ],
        }

    def check(self) -> None:
        """Nothing that was seen or kept holds a secret; and the play has handled some."""
        assert set(self.kept()) == {"login", "key", "token"}
        assert self.hits() == []
