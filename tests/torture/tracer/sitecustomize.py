# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Watches an ansible-playbook from inside its Python, and kills it at a step, with no change to what it runs.

Python imports this by its name when its folder is on PYTHONPATH. What leaves a trace behind, on disk or on the
service, raises an audit event just before it happens; each becomes a step with a name and a number, such as
``rename the vault file 1``. The environment says what to do:

- TORTURE_VAULT_FILE: the vault file whose folder is watched.
- TORTURE_TRACE: the file that gets the name of each step, one a line.
- TORTURE_KILL_AT: the step before which everything is killed.
- TORTURE_KILLS: the process that is killed at that step in its place, while the play goes on.
"""

from __future__ import annotations

import collections
import os
import re
import signal
import sys

_VAULT_FILE = os.environ.get("TORTURE_VAULT_FILE", "")
_TRACE = os.environ.get("TORTURE_TRACE")
_KILL_AT = os.environ.get("TORTURE_KILL_AT")
_KILLS = int(os.environ.get("TORTURE_KILLS", "0"))
_FOLDER, _NAME = os.path.split(_VAULT_FILE)
_ROLES = (
    (re.compile(re.escape(_NAME)), "the vault file"),
    (re.compile(rf"\.{re.escape(_NAME)}\.[a-z0-9_]{{8}}\.tmp"), "the temporary vault file"),
    (re.compile(rf"\.{re.escape(_NAME)}\.[0-9a-f]+\.bloq-intent"), "the intent"),
    (re.compile(rf"\.\.{re.escape(_NAME)}\.[0-9a-f]+\.bloq-intent\.[a-z0-9_]{{8}}\.tmp"), "the temporary intent"),
)
_REQUEST = re.compile(rb"(GET|POST|DELETE) (\S+) HTTP")
_CLIENT_ID = re.compile(r"/[0-9a-f]{40}$")

_seen: collections.Counter[str] = collections.Counter()


def _role(path: object) -> str | None:
    if isinstance(path, int):
        try:
            path = os.readlink(f"/proc/self/fd/{path}")
        except OSError:
            return None
    if not isinstance(path, (str, bytes)):
        return None
    path = os.fsdecode(path)
    if path == _FOLDER:
        return "the folder"
    folder, name = os.path.split(path)
    return next((role for pattern, role in _ROLES if folder == _FOLDER and pattern.fullmatch(name)), None)


def _opened(path: object, flags: int) -> str | None:
    role = _role(path)
    if role == "the folder":
        return "sync the folder" if flags & os.O_DIRECTORY else None
    if role is None or not flags & (os.O_WRONLY | os.O_RDWR):
        return None
    return f"{'make' if flags & os.O_EXCL else 'write'} {role}"


def _step(event: str, arguments: tuple[object, ...]) -> str | None:
    if event == "open":
        return _opened(arguments[0], int(str(arguments[2])))
    if event == "os.rename":
        role = _role(arguments[1])
        return role and f"rename {role}"
    if event == "os.remove":
        role = _role(arguments[0])
        return role and f"remove {role}"
    if event == "http.client.send" and isinstance(arguments[1], bytes):
        found = _REQUEST.match(arguments[1])
        return f"send {found[1].decode()} {_CLIENT_ID.sub('', found[2].decode())}" if found else None
    return None


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if event not in ("open", "os.rename", "os.remove", "http.client.send"):
        return
    step = _step(event, arguments)
    if step is None:
        return
    _seen[step] += 1
    step = f"{step} {_seen[step]}"
    if _TRACE:
        with open(_TRACE, "a", encoding="utf-8") as trace:
            trace.write(f"{step}\n")
    if step == _KILL_AT and _KILLS:
        os.kill(_KILLS, signal.SIGKILL)
    elif step == _KILL_AT:
        # A worker can have a process group of its own (ansible-core 2.19): its parent's first, then this one.
        for process in (os.getppid(), os.getpid()):
            os.killpg(os.getpgid(process), signal.SIGKILL)


if _VAULT_FILE and (_TRACE or _KILL_AT):
    sys.addaudithook(_watch)
