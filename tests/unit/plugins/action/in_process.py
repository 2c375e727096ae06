# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One task by its real action, in this process, for what it says before it asks a service: none answers."""

from __future__ import annotations

import typing as t

from ansible.parsing.dataloader import DataLoader
from ansible.playbook.play_context import PlayContext
from ansible.playbook.task import Task
from ansible.plugins.loader import connection_loader
from ansible.template import Templar
from ansible_collections.bloq.cloud.plugins.plugin_utils._action import BloqAction

_NOWHERE = {"accounts_url": "http://127.0.0.1:1", "nodes_url": "http://127.0.0.1:1", "retries": 0, "timeout": 1}
_ACCOUNT = {"username": "me@example.com", "password": "a-password", "cache": False}


def said(
    action: type[BloqAction], variables: t.Mapping[str, t.Any] | None = None, **options: t.Any
) -> dict[str, t.Any]:
    """Return the result of a task.

    Args:
        action: the module's action.
        variables: the host's variables.
        options: its options; None takes one away that each task gets.
    """
    task = Task()
    task.action = f"bloq.cloud.{action.__module__.rpartition('.')[2]}"
    task._resolved_action = task.action
    usual = {name: value for name, value in {**_NOWHERE, **_ACCOUNT}.items() if name in action.spec}
    task.args = {name: value for name, value in {**usual, **options}.items() if value is not None}
    task.check_mode = False
    play_context, loader = PlayContext(), DataLoader()
    runs = action(
        task=task,
        connection=connection_loader.get("local", play_context),
        play_context=play_context,
        loader=loader,
        templar=Templar(loader=loader, variables=dict(variables or {})),
        shared_loader_obj=None,
    )
    return runs.run(task_vars=dict(variables or {}))
