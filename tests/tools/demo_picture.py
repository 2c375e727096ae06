# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the demo and draw what its second run shows in a terminal, for the documentation."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from collection_tree import BIN, ROOT
from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

PICTURE = ROOT / "docs" / "docsite" / "rst" / "images" / "demo.svg"

_COLUMNS = 80


def main() -> int:
    """Draw the picture and return the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, str(ROOT / "playbooks" / "demo" / "run.py")],
            cwd=folder,
            # Narrow lines, in the colours of a terminal.
            env={**os.environ, "ANSIBLE_FORCE_COLOR": "true", "COLUMNS": str(_COLUMNS)},
            check=True,
            capture_output=True,
            text=True,
        )
    shown = done.stdout[done.stdout.index("== Second run") :].partition("Look at the file")[0]
    # The programs are called from a folder of their own here; a reader calls them from the repository's.
    shown = shown.replace(os.path.relpath(BIN, folder), ".venv/bin")
    # Stars fill lines up to the width of a terminal, and break those that are longer.
    shown = re.sub(r" \*{3,}$", "", shown, flags=re.MULTILINE)
    console = Console(record=True, width=_COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Text("$ make demo", style="bold"))
    # The picture ends where the last line does, without what hangs below it.
    console.print(Text.from_ansi(f"...\n{shown.rstrip()}\n "))
    drawing = console.export_svg(title="make demo", theme=MONOKAI, unique_id="demo")
    # Fonts of the reader's own: a page of the documentation fetches nothing.
    drawing = re.sub(r"\s*@font-face \{.*?\}\n", "\n", drawing, flags=re.DOTALL)
    drawing = "\n".join(
        line.rstrip() for line in drawing.replace("Fira Code", "ui-monospace").splitlines() if line.strip()
    )
    license_lines = [line.removeprefix("# ") for line in Path(__file__).read_text(encoding="utf-8").splitlines()[:2]]
    drawing = "\n".join(["<!--", *license_lines, "-->", drawing])
    PICTURE.write_text(drawing + "\n", encoding="utf-8")
    print(f"Drawn: {PICTURE.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
