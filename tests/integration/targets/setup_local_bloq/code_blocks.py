#!/usr/bin/env python
# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write each YAML block of a guide into a file of its own, so that a test runs what the guide shows.

Usage: code_blocks.py GUIDE.rst FOLDER
"""

from __future__ import annotations

import re
import sys
import textwrap
from pathlib import Path

_BLOCK = re.compile(r"^\.\. code-block:: yaml\n\n((?: {4}.*\n|\n)+)", re.MULTILINE)


def main() -> None:
    """Write block-1.yml, block-2.yml and so on."""
    guide, folder = Path(sys.argv[1]), Path(sys.argv[2])
    for number, block in enumerate(_BLOCK.findall(guide.read_text(encoding="utf-8")), start=1):
        (folder / f"block-{number}.yml").write_text(textwrap.dedent(block), encoding="utf-8")


if __name__ == "__main__":
    main()
