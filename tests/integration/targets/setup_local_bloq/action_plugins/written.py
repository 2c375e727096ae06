# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes a file on this machine as ansible.builtin.copy does, which starts Python three times for that.

Options:
    dest: its path; content: what is in it from now on; mode: such as "0600".
"""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    """The task."""

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Write it."""
        super().run(tmp, task_vars)
        options, file = self._task.args, Path(self._task.args["dest"])
        content = options["content"]
        # ansible-core makes data of a text that looks like JSON before 2.19.
        text = content if isinstance(content, str) else json.dumps(content)
        file.touch(mode=0o600)
        file.write_text(text, encoding="utf-8")
        file.chmod(int(options["mode"], 8))
        return {"changed": True}
