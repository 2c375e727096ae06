# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the collection's artifact, install it into an empty folder and run the demo from there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent

_UNWANTED = re.compile(r"(^|/)(\.[^/]+|output|__pycache__|bloq-demo|[^/]+\.(tar\.gz|pyc|log|egg-info))(/|$)")


def main() -> int:
    """Run the check and return the exit code."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        galaxy = str(BIN / "ansible-galaxy")
        subprocess.run([galaxy, "collection", "build", "--output-path", name, str(ROOT)], check=True)
        artifact = next(folder.glob("bloq-cloud-*.tar.gz"))
        installed = folder / "installed"
        command = [galaxy, "collection", "install", "--offline", "--no-deps", "-p", str(installed), str(artifact)]
        # Without other folders to look into, where the collection may be installed already.
        environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(installed)}
        subprocess.run(command, check=True, env=environment)
        collection = installed / "ansible_collections" / "bloq" / "cloud"
        files = [str(path.relative_to(collection)) for path in collection.rglob("*")]
        unwanted = [path for path in files if _UNWANTED.search(path)]
        if unwanted:
            print("The artifact holds what it should not:", *sorted(unwanted)[:20], sep="\n  ")
            return 1
        subprocess.run([sys.executable, str(collection / "playbooks/demo/run.py")], cwd=folder, check=True)
    print(f"The artifact holds {len(files)} files, installs, and its demo runs.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
