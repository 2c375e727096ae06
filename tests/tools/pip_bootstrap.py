# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ansible-test runs to put pip into an empty environment, in place of a script that it would download."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

# Options of that script, unknown to pip.
_NOT_FOR_PIP = ("--no-setuptools", "--no-wheel")

# ansible-test knows this by a link.
_python = Path(__file__).resolve().parents[2] / ".venv" / "bin" / "python"
_wanted = [argument for argument in sys.argv[1:] if argument not in _NOT_FOR_PIP]
subprocess.check_call([str(_python), "-m", "pip", "--python", sys.executable, "install", *_wanted])
