# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The roles' commit of a vault file, run as they run it, in real repositories."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROGRAM = Path(__file__).resolve().parents[3] / "roles/credential_bootstrap/files/commit_vault_file.py"
MESSAGE = 'Rotate; it\'s $(due) "now"'


class Repository:
    """A work tree with one commit, and what the program does to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", "-b", "main")
        self.git("config", "user.name", "tester")
        self.git("config", "user.email", "tester@example.com")
        self.write("keys.yml", "begin: 1")
        self.git("add", "--all")
        self.git("commit", "--quiet", "-m", "Begin")

    def git(self, *arguments: str) -> str:
        command = ["git", "--literal-pathspecs", "-C", str(self.folder), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def write(self, name: str, line: str) -> str:
        """Add a line to a file and return its path."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a") as file:
            file.write(f"{line}\n")
        return str(path)

    def last(self) -> list[str]:
        """Return the names of the files in the last commit."""
        names = self.git("show", "-z", "--name-only", "--format=", "HEAD").split("\0")
        return [name.strip("\n") for name in names if name.strip("\n")]

    def count(self) -> int:
        return int(self.git("rev-list", "--count", "HEAD"))

    def hook(self, name: str, text: str) -> None:
        path = Path(self.git("rev-parse", "--absolute-git-dir")) / "hooks" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(PROGRAM), *arguments], check=False, capture_output=True, text=True, timeout=60
    )


def says(*arguments: str) -> str:
    """Return what a run that succeeds prints."""
    done = run(*arguments)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()
