# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a vault file is published, which decides whether what it replaced may be revoked."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from ansible_collections.bloq.cloud.tests.unit.roles.committing import MESSAGE, Repository, run, says


@pytest.fixture
def published(repository: Repository, tmp_path: Path) -> Repository:
    """The repository with a remote whose branch main it has pushed."""
    subprocess.run(["git", "init", "--quiet", "--bare", "-b", "main", str(tmp_path / "origin.git")], check=True)
    repository.git("remote", "add", "origin", str(tmp_path / "origin.git"))
    repository.git("push", "--quiet", "origin", "main")
    return repository


def keys(repository: Repository) -> str:
    return str(repository.folder / "keys.yml")


def rotate(repository: Repository) -> None:
    says("commit", repository.write("keys.yml", "more: 1"), MESSAGE)


def is_not_published(repository: Repository, *branch: str) -> str:
    done = run("published", keys(repository), *branch)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (1, "", 1), done.stderr
    return done.stderr


def test_what_is_published_is_told_by_the_remote(published: Repository) -> None:
    assert says("published", keys(published)) == "unchanged"
    # Other files may be ahead.
    says("commit", published.write("other.yml", "mine: 1"), MESSAGE)
    assert says("published", keys(published)) == "unchanged"
    published.write("keys.yml", "more: 1")
    assert "is not committed as it stands" in is_not_published(published)
    says("commit", keys(published), MESSAGE)
    assert "The branch origin/main, which is deployed, does not have" in is_not_published(published)
    published.git("push", "--quiet", "origin", "main")
    assert says("published", keys(published), "main") == "unchanged"


def test_without_a_remote_a_commit_is_all_there_is(repository: Repository) -> None:
    assert says("published", keys(repository)) == "unchanged"
    repository.git("switch", "--quiet", "-c", "feature")
    rotate(repository)
    assert says("published", keys(repository)) == "unchanged"
    assert "The branch main" in is_not_published(repository, "main")
    repository.write(".gitignore", "ignored.yml")
    done = run("published", repository.write("ignored.yml", "begin: 1"))
    assert done.returncode == 1 and "is not committed" in done.stderr


def test_a_branch_that_is_not_deployed_does_not_count(published: Repository) -> None:
    published.git("switch", "--quiet", "-c", "bloq-rotate")
    rotate(published)
    published.git("push", "--quiet", "origin", "bloq-rotate")
    assert "merge and push it first" in is_not_published(published)
    assert says("published", keys(published), "bloq-rotate") == "unchanged"
    # Declined: the remote forgot it, and this repository remembers.
    published.git("push", "--quiet", "origin", "--delete", "bloq-rotate")
    published.git("update-ref", "refs/remotes/origin/bloq-rotate", "HEAD")
    published.git("update-ref", "refs/remotes/origin/main", "HEAD")
    is_not_published(published)
    assert "Git cannot fetch the branch bloq-rotate of origin" in is_not_published(published, "bloq-rotate")


def test_what_a_colleague_moved_on_does_not_count(published: Repository, tmp_path: Path) -> None:
    rotate(published)
    published.git("push", "--quiet", "origin", "main")
    published.git("revert", "--no-edit", "HEAD")
    published.git("push", "--quiet", "origin", "main")
    # This one has not heard of the revert.
    published.git("reset", "--quiet", "--hard", "HEAD~")
    published.git("update-ref", "refs/remotes/origin/main", "HEAD")
    assert "check origin/main out and pull" in is_not_published(published)


def test_a_runners_checkout_is_enough(published: Repository, tmp_path: Path) -> None:
    for number in range(3):
        says("commit", published.write("other.yml", f"mine: {number}"), MESSAGE)
    published.git("push", "--quiet", "origin", "main")
    runner = Repository.__new__(Repository)
    runner.folder = tmp_path / "runner"
    runner.folder.mkdir()
    runner.git("init", "--quiet")
    runner.git("remote", "add", "origin", f"file://{tmp_path}/origin.git")
    runner.git("fetch", "--quiet", "--depth", "1", "origin", published.git("rev-parse", "HEAD"))
    runner.git("checkout", "--quiet", "--detach", "FETCH_HEAD")
    assert says("published", keys(runner)) == "unchanged"
    rotate(published)
    published.git("push", "--quiet", "origin", "main")
    is_not_published(runner)
    # A whole history stays whole.
    assert says("published", keys(published)) == "unchanged" and published.count() == 5


def test_a_remote_that_cannot_be_asked_is_no_answer(published: Repository, tmp_path: Path) -> None:
    published.git("remote", "set-url", "origin", str(tmp_path / "gone"))
    assert "Git cannot ask origin" in is_not_published(published)
    published.git("remote", "rename", "origin", "one")
    published.git("remote", "add", "two", str(tmp_path / "origin.git"))
    assert "None of the remotes one, two is named origin" in is_not_published(published)
    published.git("remote", "remove", "one")
    assert says("published", keys(published)) == "unchanged"
    subprocess.run(["git", "-C", str(tmp_path / "origin.git"), "symbolic-ref", "HEAD", "refs/heads/no"], check=True)
    assert "bloq_published_branch" in is_not_published(published)
    assert says("published", keys(published), "main") == "unchanged"


def copied(repository: Repository, target: Path, *branch: str) -> list[str]:
    """Return what the program says of the branch that is deployed, whose file it copies."""
    return says("copy", keys(repository), str(target), *branch).splitlines()


def test_what_is_deployed_is_copied_whatever_is_checked_out(published: Repository, tmp_path: Path) -> None:
    rotate(published)
    published.git("push", "--quiet", "origin", "main")
    published.git("switch", "--quiet", "-c", "old", "HEAD~")
    published.git("update-ref", "refs/remotes/origin/main", "HEAD")
    published.write("keys.yml", "not: committed")
    copy = tmp_path / "copy.yml"
    assert copied(published, copy) == ["origin/main"]
    assert copy.read_text() == "begin: 1\nmore: 1\n"
    assert copy.stat().st_mode & 0o777 == 0o600


def test_without_any_remote_a_branch_counts_that_is_named(repository: Repository, tmp_path: Path) -> None:
    rotate(repository)
    repository.git("switch", "--quiet", "-c", "old", "HEAD~")
    assert copied(repository, tmp_path / "checked_out.yml") == ["HEAD"]
    assert (tmp_path / "checked_out.yml").read_text() == "begin: 1\n"
    assert copied(repository, tmp_path / "named.yml", "main") == ["main"]
    assert (tmp_path / "named.yml").read_text() == "begin: 1\nmore: 1\n"


def test_without_the_remote_it_is_what_was_fetched_last(published: Repository, tmp_path: Path) -> None:
    published.git("fetch", "--quiet", "origin")
    published.git("remote", "set-url", "origin", str(tmp_path / "gone.git"))
    copy = tmp_path / "copy.yml"
    branch, problem = copied(published, copy, "main")
    assert branch == "origin/main" and "Git cannot fetch" in problem
    assert copy.read_text() == "begin: 1\n"
    for unknown in ((), ("never",)):
        done = run("copy", keys(published), str(tmp_path / "no.yml"), *unknown)
        assert done.returncode == 1 and "Git cannot" in done.stderr
    assert not (tmp_path / "no.yml").exists()


@pytest.mark.parametrize(
    "branch", ["$(touch evil)", "--upload-pack=touch evil", "a b", "../x", ":main", "main~0", "main^{}"]
)
def test_a_branch_is_a_name_and_nothing_else(published: Repository, tmp_path: Path, branch: str) -> None:
    done = run("copy", keys(published), str(tmp_path / "no.yml"), branch)
    assert done.returncode == 1 and done.stderr
    assert not list(tmp_path.rglob("*evil*")) and not (tmp_path / "no.yml").exists()


def test_a_file_that_is_not_deployed_is_not_copied(repository: Repository, tmp_path: Path) -> None:
    says("commit", repository.write("more.yml", "begin: 1"), MESSAGE)
    copy = tmp_path / "copy.yml"
    assert says("copy", repository.write("fresh.yml", "begin: 1"), str(copy)) == "HEAD"
    assert not copy.exists()
    assert says("copy", str(repository.folder / "more.yml"), str(copy)) == "HEAD" and copy.exists()
    assert run("copy", keys(repository), str(copy) + "2", "nosuch").returncode == 1
