# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs in a process of their own, which has imported nothing yet."""

from __future__ import annotations

import os
import subprocess
import sys


def run_alone(program: str, *arguments: str) -> None:
    """Run a program, which must succeed."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-c", program, *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
