# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings with which a far host would keep or show what a module is given: refused before anything is sent."""

from __future__ import annotations

import shlex
import subprocess
import typing as t

from ansible import constants as C

from ..module_utils._errors import InputError

_SECONDS = 10
_ARGUMENTS = ("ssh_args", "ssh_common_args", "ssh_extra_args")


def refuse_unsafe(connection: t.Any, *, is_pipelined: bool) -> None:
    """Refuse a connection that is not safe for a module with secrets.

    Args:
        connection: Ansible's connection plugin.
        is_pipelined: whether modules go through the connection, in place of a file on the far host.

    Raises:
        InputError: it is not safe; nothing was sent.
    """
    if C.DEFAULT_DEBUG:
        raise InputError(
            "ANSIBLE_DEBUG prints what modules are given and return, secrets among it. Turn it off to delegate "
            "this task, or run the task on the controller."
        )
    if is_pipelined:
        if _asks_for_a_terminal(connection):
            raise InputError(
                "The settings of ssh ask for a terminal, and what a module is given must not be typed into one. Take "
                "-t, -tt and RequestTTY out of ssh_args, ssh_common_args, ssh_extra_args and ~/.ssh/config here."
            )
        return
    if C.DEFAULT_KEEP_REMOTE_FILES:
        raise InputError(
            "ANSIBLE_KEEP_REMOTE_FILES would leave secrets in a file on the host that this task is delegated to. "
            "Turn it off, or use a connection and a become plugin that can do pipelining."
        )
    if _option(connection._shell, "world_readable_temp"):
        raise InputError(
            "ANSIBLE_SHELL_ALLOW_WORLD_READABLE_TEMP may let everybody on the host that this task is delegated to read "
            "a file with secrets. Turn it off, or use a connection and a become plugin that can do pipelining."
        )


def _asks_for_a_terminal(connection: t.Any) -> bool:
    """Return whether OpenSSH would make a terminal, as its client itself says: files of its own count too."""
    if connection.transport != "ssh":
        return False
    words = [word for name in _ARGUMENTS for word in shlex.split(_option(connection, name) or "")]
    command = [
        _option(connection, "ssh_executable") or "ssh",
        *words,
        "-G",
        "--",
        str(_option(connection, "host") or "-"),
    ]
    try:
        done = subprocess.run(  # noqa: S603 - the command that the connection plugin runs itself
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return any(line in ("requesttty force", "requesttty true", "requesttty yes") for line in done.stdout.splitlines())


def _option(plugin: t.Any, name: str) -> t.Any:
    try:
        return plugin.get_option(name)
    except (KeyError, AttributeError):
        return None
