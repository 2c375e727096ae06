# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells the local Bloq of this run how to behave, without a process of its own for that.

One of these options is given:
    faults: what goes wrong from now on, as its README says; none where the list is empty.
    pace: how soon its nodes start, answer and have their blocks, in seconds.
    new_certificate: the id of a node, which gets another certificate; returned as certificate.
"""

from __future__ import annotations

import json
import typing as t
import urllib.request

from ansible.plugins.action import ActionBase

_PATIENCE = 30


class ActionModule(ActionBase):
    """The task."""

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Tell it."""
        super().run(tmp, task_vars)
        ((option, value),) = self._task.args.items()
        if option == "new_certificate":
            return {"changed": True, "certificate": self._put(f"nodes/{value}/certificate", None)}
        self._put(option, value)
        return {"changed": True}

    def _put(self, path: str, body: t.Any) -> str:
        variables = self._templar.available_variables
        url = f"{self._templar.template(variables['local_bloq'])['accounts']}/_local/{path}"
        request = urllib.request.Request(  # noqa: S310 - it listens on loopback
            url,
            data=b"" if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
            method="PUT",
        )
        with urllib.request.urlopen(request, timeout=_PATIENCE) as reply:  # noqa: S310
            text: str = reply.read().decode()
        return text
