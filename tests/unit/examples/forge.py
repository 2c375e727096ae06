# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A repository like the GitOps example: a real git, and stubs in place of Ansible and gh."""

from __future__ import annotations

import dataclasses
import os
import shutil
import subprocess
import sys
from pathlib import Path

EXAMPLE = Path(__file__).resolve().parents[3] / "docs/examples/gitops"
VAULT_FILE = "group_vars/all/bloq.yml"
OLD, NEW, OTHER = "01" * 20, "02" * 20, "03" * 20

# Notes its arguments and the variables of JSON files among them, then does what the test wants.
_STUB = """#!/bin/sh
set -eu
{
    printf '%s' "${0##*/}"
    for argument; do
        printf '\\t%s' "$argument"
        case $argument in @/*) printf '\\t%s' "$(cat "${argument#@}")" ;; esac
    done
    echo
} >>"$STUB_LOG"
[ "${1:-}" != bloq.cloud.retire ] || exit "${DO_RETIRE:-0}"
do=$(printf '%s' "${0##*/}" | tr a-z- A-Z_)
eval "eval \\"\\${DO_$do:-}\\""
"""


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout


def record(client_id: str) -> str:
    return f"bloq_client_keys:\n  ci:\n    client_id: {client_id}\n    retiring: []\n"


@dataclasses.dataclass
class Run:
    """What a script did."""

    code: int
    output: str
    calls: list[list[str]]

    def called(self, program: str) -> list[list[str]]:
        return [arguments for name, *arguments in self.calls if name == program]


class Forge:
    """A repository like the example, and the runners that clone it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.origin = folder / "origin.git"
        (folder / "bin").mkdir()
        for program in ("ansible-playbook", "ansible", "ansible-vault", "gh"):
            (folder / "bin" / program).write_text(_STUB)
            (folder / "bin" / program).chmod(0o755)
        git(folder, "init", "--quiet", "--bare", "-b", "main", str(self.origin))
        begin = self.clone("begin")
        shutil.copytree(EXAMPLE, begin, dirs_exist_ok=True)
        (begin / VAULT_FILE).write_text(record(OLD))
        self.push(begin, "main")

    def clone(self, name: str) -> Path:
        folder = self.folder / name
        shutil.rmtree(folder, ignore_errors=True)
        git(self.folder, "clone", "--quiet", str(self.origin), str(folder))
        git(folder, "config", "user.name", "runner")
        git(folder, "config", "user.email", "runner@example.com")
        return folder

    def push(self, folder: Path, branch: str) -> None:
        git(folder, "add", "--all")
        git(folder, "commit", "--quiet", "--allow-empty", "-m", "Change")
        git(folder, "push", "--quiet", "origin", f"HEAD:refs/heads/{branch}")

    def branch(self, name: str, text: str | None = None) -> None:
        """Push a branch with other keys in it."""
        folder = self.clone("somebody")
        (folder / VAULT_FILE).write_text(text or record(OTHER))
        self.push(folder, name)

    def branches(self) -> set[str]:
        return set(git(self.origin, "for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads").split())

    def run(self, *command: str, **settings: str) -> Run:
        """Run a script in a fresh clone. Settings such as DO_ANSIBLE_PLAYBOOK say what a stub does."""
        runner = self.clone("runner")
        log = self.folder / "calls.log"
        log.unlink(missing_ok=True)
        (self.folder / "tmp").mkdir(exist_ok=True)
        environment = {
            **os.environ,
            # Beside this Python there is the library for YAML.
            "PATH": os.pathsep.join([str(self.folder / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]]),
            "STUB_LOG": str(log),
            "TMPDIR": str(self.folder / "tmp"),
            "ORIGIN": str(self.origin),
            **settings,
        }
        done = subprocess.run(
            command, cwd=runner, env=environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert list((self.folder / "tmp").iterdir()) == [] == list(runner.glob(".report.*")), "it tidies up"
        calls = [line.split("\t") for line in log.read_text().splitlines()] if log.exists() else []
        return Run(done.returncode, done.stdout + done.stderr, calls)


def commit(client_id: str = NEW) -> str:
    """Return what makes a key and commits it."""
    edits = f"s/{OLD}/{client_id}/; s/\\[\\]/[{{client_id: {OLD}}}]/"
    return f"sed -i '{edits}' {VAULT_FILE}; git commit -qam Rotate"
