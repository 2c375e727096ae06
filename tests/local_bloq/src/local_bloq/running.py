# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The server as a process of its own, for tests and demos that are written in Python."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

_PATIENCE = 10.0


@dataclasses.dataclass(frozen=True)
class Running:
    """A server that runs.

    Attributes:
        accounts: the URL of Accounts.
        connect: the URL of Connect.
        nodes: the URL of Nodes.
        password: the password of the users that were named without one.
        process: the process.
    """

    accounts: str
    connect: str
    nodes: str
    password: str = dataclasses.field(repr=False)
    process: subprocess.Popen[str]


@contextlib.contextmanager
def running(
    *options: str, password: str = "", folder: Path | str | None = None, stderr: IO[str] | None = None
) -> Iterator[Running]:
    """Run ``local-bloq serve`` on free ports of this machine while the block runs.

    Args:
        options: of ``local-bloq serve``, such as ``--user`` with an email address.
        password: the users' password, else one at random.
        folder: where the server runs, which relative paths among the options count from.
        stderr: takes what the server complains of, else ours does.

    Raises:
        RuntimeError: it does not start; why is on its standard error.
    """
    password = password or secrets.token_urlsafe(18)
    with subprocess.Popen(
        [sys.executable, "-m", "local_bloq", "serve", "--port-base", "0", *options],
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        cwd=folder,
        env={**os.environ, "LOCAL_BLOQ_PASSWORD": password},
    ) as process:
        try:
            ready = process.stdout.readline() if process.stdout else ""
            if not ready:
                raise RuntimeError("The local Bloq did not start.")
            urls = json.loads(ready)
            yield Running(urls["accounts"], urls["connect"], urls["nodes"], password, process)
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_PATIENCE)
            process.kill()
