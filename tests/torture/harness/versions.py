# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A user who goes from one version of the collection to another, by their artifacts."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import typing as t
from pathlib import Path

import pytest

from harness.collection import ROOT
from harness.controller import Controller, Run
from harness.service import Account

#: The last commit of 1.0.0.
_OLD = "2827f42bc78ebf3669115a1e0ecef0784f58c853"

_OPTIONS = "client_id=bloq_client_keys.ci.client_id, client_secret=bloq_client_keys.ci.client_secret"
_TOKEN = f"lookup('bloq.cloud.bloq_token', {_OPTIONS})"


class User(Controller):
    """A controller that installs the collection as users do.

    Args:
        home: the folder that holds everything of this user.
        account: whom the plays log in as.
        artifacts: the artifact of each version.
    """

    def __init__(self, home: Path, account: Account, artifacts: t.Mapping[str, Path]) -> None:
        super().__init__(home, account)
        self._artifacts = artifacts

    def install(self, version: str) -> None:
        """Install a version in place of what is there."""
        _galaxy("install", "--force", "--offline", "--no-deps", "-p", self.collections, self._artifacts[version])

    def every_day(self) -> Run:
        """Run what this user runs every day: a key in each layout, a login and a token."""
        whole = {"name": "web", "vault_file": str(self.home / "web.yml"), "vault_layout": "file"}
        tasks: list[dict[str, t.Any]] = [
            {"bloq.cloud.bloq_client_key": {"name": "ci", "vault_file": str(self.vault_file)}},
            {"bloq.cloud.bloq_client_key": whole},
            {"bloq.cloud.bloq_login": {}},
            {"ansible.builtin.include_vars": {"file": str(self.vault_file)}, "no_log": True},
            {"ansible.builtin.assert": {"that": f"{_TOKEN} is bloq.cloud.fresh_bloq_token"}},
        ]
        return self.start_play(tasks).wait()

    @property
    def collections(self) -> Path:
        """Where the version is. Ansible looks into ``collections`` beside a playbook first, so it is not there."""
        return self.home / "installed"


def build(folder: Path) -> dict[str, Path]:
    """Build the artifacts of 1.0.0 and of what is here, and return where they are."""
    tarball, old = folder / "old.tar", folder / "old-source"
    command = ["git", "archive", "--output", str(tarball), _OLD]
    # A gate runs in a copy below the repository, with a history of its own.
    if not any(
        subprocess.run(command, cwd=repository, capture_output=True, check=False).returncode == 0
        for repository in (ROOT, *ROOT.parents)
    ):
        pytest.skip("the history has no 1.0.0 here: git fetch --unshallow brings it")
    with tarfile.open(tarball) as files:
        files.extractall(old, filter="data")
    return {version: _built(source, folder / version) for version, source in (("1.0.0", old), ("new", ROOT))}


def _built(source: Path, folder: Path) -> Path:
    _galaxy("build", "--output-path", folder, source)
    return next(folder.glob("*.tar.gz"))


def _galaxy(*arguments: str | Path) -> None:
    program = str(Path(sys.executable).with_name("ansible-galaxy"))
    done = subprocess.run([program, "collection", *map(str, arguments)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
