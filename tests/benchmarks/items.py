# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""``ansible-playbook`` that also notes what each item of a loop costs.

The first argument names the file for it, one line a task with a loop: the milliseconds of processor time of each item,
as JSON. A loop's items are one process, so a play that is mostly the start of Ansible need not be subtracted.
"""

from __future__ import annotations

import functools
import json
import sys
import time
import typing as t
from pathlib import Path

from ansible.cli.playbook import main
from ansible.executor.task_executor import TaskExecutor


def note_items(executor: t.Any, path: Path) -> None:
    """Let a task executor write what each item of its loops costs."""
    execute, run_loop = executor._execute, executor._run_loop

    @functools.wraps(execute)
    def timed(self: t.Any, *args: t.Any, **options: t.Any) -> t.Any:
        began = time.process_time()
        try:
            return execute(self, *args, **options)
        finally:
            self.__dict__.setdefault("items_took", []).append((time.process_time() - began) * 1000)

    @functools.wraps(run_loop)
    def noted(self: t.Any, *args: t.Any, **options: t.Any) -> t.Any:
        try:
            return run_loop(self, *args, **options)
        finally:
            with path.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(self.__dict__.get("items_took", [])) + "\n")

    executor._execute, executor._run_loop = timed, noted


if __name__ == "__main__":
    note_items(TaskExecutor, Path(sys.argv.pop(1)))
    sys.argv[0] = "ansible-playbook"
    sys.exit(main())
