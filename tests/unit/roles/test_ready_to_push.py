# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the branch is behind its upstream, which decides whether a key is made that nobody could push."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest
from ansible_collections.bloq.cloud.tests.unit.roles.committing import MESSAGE, Repository, run, says


@pytest.fixture
def clone(repository: Repository, tmp_path: Path) -> Repository:
    """A clone of the remote that the repository pushes to."""
    origin = str(tmp_path / "origin.git")
    subprocess.run(["git", "clone", "--quiet", "--bare", str(repository.folder), origin], check=True)
    repository.git("remote", "add", "origin", origin)
    subprocess.run(["git", "clone", "--quiet", origin, str(tmp_path / "clone")], check=True)
    clone = Repository.__new__(Repository)
    clone.folder = tmp_path / "clone"
    clone.git("config", "user.name", "on call")
    clone.git("config", "user.email", "oncall@example.com")
    return clone


def keys(repository: Repository) -> str:
    return str(repository.folder / "keys.yml")


def colleague_pushes(repository: Repository) -> None:
    says("commit", repository.write("keys.yml", "theirs: 1"), MESSAGE)
    repository.git("push", "--quiet", "origin", "main")


def is_behind(clone: Repository, what_to_do: str) -> None:
    done = run("ready", keys(clone))
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (1, "", 1), done.stderr
    assert "The branch main does not have all that origin/main has" in done.stderr
    assert f"Run {what_to_do} first" in done.stderr
    # A revocation, or a rotation that is made already, does not wait for it.
    assert says("check", keys(clone)) == "unchanged"


def test_a_stale_clone_is_told_before_a_key_is_made(clone: Repository, repository: Repository) -> None:
    assert says("ready", keys(clone)) == "unchanged"
    colleague_pushes(repository)
    is_behind(clone, "git pull --ff-only")
    clone.git("pull", "--quiet", "--ff-only")
    assert says("ready", keys(clone)) == "unchanged"


def test_who_has_commits_too_is_told_something_else(clone: Repository, repository: Repository) -> None:
    says("commit", clone.write("other.yml", "mine: 1"), MESSAGE)
    assert says("ready", keys(clone)) == "unchanged"
    colleague_pushes(repository)
    is_behind(clone, "git pull --rebase")
    clone.git("pull", "--quiet", "--rebase")
    assert says("ready", keys(clone)) == "unchanged"


def test_a_branch_without_an_upstream_is_behind_of_nothing(clone: Repository, repository: Repository) -> None:
    clone.git("switch", "--quiet", "-c", "bloq-rotate")
    colleague_pushes(repository)
    assert says("ready", keys(clone)) == says("ready", keys(repository)) == "unchanged"
    clone.git("branch", "--quiet", "--set-upstream-to=main")
    assert says("ready", keys(clone)) == "unchanged"


def test_a_remote_that_is_gone_leaves_what_was_fetched(clone: Repository, repository: Repository) -> None:
    colleague_pushes(repository)
    clone.git("remote", "set-url", "origin", "/nowhere")
    assert says("ready", keys(clone)) == "unchanged"
    clone.git("remote", "set-url", "origin", repository.git("remote", "get-url", "origin"))
    clone.git("fetch", "--quiet")
    clone.git("remote", "set-url", "origin", "/nowhere")
    is_behind(clone, "git pull --ff-only")


def test_a_remote_that_does_not_answer_is_not_waited_for(clone: Repository, tmp_path: Path) -> None:
    (tmp_path / "hangs").write_text("#!/bin/sh\nexec sleep 50\n")
    (tmp_path / "hangs").chmod(0o755)
    clone.git("config", "core.sshCommand", str(tmp_path / "hangs"))
    clone.git("remote", "set-url", "origin", "git@forge.example.com:team/keys.git")
    began = time.monotonic()
    assert says("ready", keys(clone)) == "unchanged"
    assert time.monotonic() - began < 45
