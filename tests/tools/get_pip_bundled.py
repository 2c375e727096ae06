# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ansible-test runs to bootstrap pip, from the pip that Python brings instead of a download."""

from __future__ import annotations

import subprocess
import sys

# Options of the script that ansible-test would download, unknown to pip.
_NOT_FOR_PIP = ("--no-setuptools", "--no-wheel")

subprocess.check_call([sys.executable, "-m", "ensurepip", "--upgrade", "--default-pip"])
_wanted = [argument for argument in sys.argv[1:] if argument not in _NOT_FOR_PIP]
subprocess.check_call([sys.executable, "-m", "pip", "install", "--upgrade", *_wanted])
