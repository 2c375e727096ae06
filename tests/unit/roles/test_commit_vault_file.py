# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the roles' commit of a vault file commits, and what it refuses."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from ansible_collections.bloq.cloud.tests.unit.roles.committing import MESSAGE, PROGRAM, Repository, run, says


def refuses(repository: Repository, path: str, *, check: bool = True) -> str:
    """Return what is said by a commit, and the check before it, that fail and change nothing."""
    before = repository.count()
    checked, done = run("check", path), run("commit", path, MESSAGE)
    assert (checked.returncode, done.returncode, done.stdout) == (int(check), 1, "")
    assert not check or checked.stderr == done.stderr
    assert repository.count() == before
    assert "Traceback" not in done.stderr and len(done.stderr.splitlines()) == 1
    return done.stderr


def test_the_file_is_committed_and_it_alone(repository: Repository) -> None:
    path = repository.write("keys.yml", "more: 1")
    repository.write("staged.yml", "mine: 1")
    repository.git("add", "staged.yml")
    repository.write("new.yml", "mine: 1")
    assert says("check", path) == "changed" and repository.count() == 1
    assert says("commit", path, MESSAGE) == "changed"
    assert repository.last() == ["keys.yml"]
    assert repository.git("log", "-1", "--format=%s") == MESSAGE
    assert repository.git("status", "--porcelain").splitlines() == ["A  staged.yml", "?? new.yml"]


def test_without_a_change_there_is_no_commit(repository: Repository) -> None:
    path = str(repository.folder / "keys.yml")
    assert says("check", path) == says("commit", path, MESSAGE) == "unchanged"
    # A file that is still to be made.
    assert says("check", str(repository.folder / "none.yml")) == "unchanged"
    assert repository.count() == 1


def test_the_first_commit_of_all_can_be_the_file(tmp_path: Path) -> None:
    (tmp_path / "fresh").mkdir()
    subprocess.run(["git", "init", "--quiet", str(tmp_path / "fresh")], check=True)
    for name, value in (("user.name", "tester"), ("user.email", "tester@example.com")):
        subprocess.run(["git", "-C", str(tmp_path / "fresh"), "config", name, value], check=True)
    path = tmp_path / "fresh/keys.yml"
    path.write_text("begin: 1\n")
    assert says("check", str(path)) == says("commit", str(path), MESSAGE) == "changed"
    assert says("commit", str(path), MESSAGE) == "unchanged"


@pytest.mark.parametrize(
    "name",
    ["[ab].yml", "*.yml", "?.yml", ":(glob)*.yml", ":!a.yml", "-a.yml", "--all", "a b.yml", "a\\b.yml", "ключ.yml"],
)
def test_a_name_is_no_pattern(repository: Repository, name: str) -> None:
    for neighbour in ("a.yml", "b.yml", "a b"):
        repository.write(neighbour, "mine: 1")
    repository.git("add", "--all")
    repository.git("commit", "--quiet", "-m", "Neighbours")
    for neighbour in ("a.yml", "b.yml", "a b"):
        repository.write(neighbour, "client_secret: in the clear")
    path = repository.write(name, "keys: 1")
    assert says("check", path) == says("commit", path, MESSAGE) == "changed"
    assert repository.last() == [name]
    assert says("commit", path, MESSAGE) == "unchanged"


@pytest.mark.parametrize("target", ["secrets/keys.yml", "secrets/k[ey]s.yml"])
def test_a_link_stands_for_the_file_that_it_leads_to(repository: Repository, target: str) -> None:
    path = repository.write(target, "begin: 1")
    link = repository.folder / "vars/keys.yml"
    link.parent.mkdir()
    link.symlink_to(f"../{target}")
    repository.git("add", "--all")
    repository.git("commit", "--quiet", "-m", "Link")
    assert says("commit", str(link), MESSAGE) == "unchanged"
    Path(path).write_text("begin: 2\n")
    assert says("check", str(link)) == says("commit", str(link), MESSAGE) == "changed"
    assert repository.last() == [target]
    assert link.is_symlink() and repository.git("status", "--porcelain") == ""


def test_a_link_into_another_repository_is_committed_there(repository: Repository, tmp_path: Path) -> None:
    other = Repository(tmp_path / "other")
    link = repository.folder / "linked.yml"
    link.symlink_to(other.write("keys.yml", "more: 1"))
    assert says("commit", str(link), MESSAGE) == "changed"
    assert (repository.count(), other.count()) == (1, 2)


def test_a_folder_that_is_a_link_is_no_obstacle(repository: Repository, tmp_path: Path) -> None:
    repository.write("keys.yml", "more: 1")
    (tmp_path / "by the way").symlink_to(repository.folder)
    assert says("commit", str(tmp_path / "by the way/keys.yml"), MESSAGE) == "changed"
    assert repository.last() == ["keys.yml"]


@pytest.mark.parametrize("where", [".gitignore", ".git/info/exclude", "../.ignored"])
def test_an_ignored_file_is_refused(repository: Repository, where: str) -> None:
    repository.git("config", "core.excludesFile", str(repository.folder.parent / ".ignored"))
    path = repository.write("ignored.yml", "keys: 1")
    repository.write(where, "*.yml")
    assert "Take it out of .gitignore" in refuses(repository, path)
    # Git ignores nothing that it has already.
    assert says("commit", repository.write("keys.yml", "more: 1"), MESSAGE) == "changed"


@pytest.mark.parametrize("flag", ["--skip-worktree", "--assume-unchanged"])
def test_a_file_that_git_leaves_alone_is_refused(repository: Repository, flag: str) -> None:
    repository.git("update-index", flag, "keys.yml")
    assert "told to leave" in refuses(repository, repository.write("keys.yml", "more: 1"))


def test_without_an_identity_nothing_is_begun(repository: Repository) -> None:
    repository.git("config", "--unset", "user.email")
    repository.git("config", "user.useConfigOnly", "true")
    assert "Git cannot commit: " in refuses(repository, repository.write("keys.yml", "more: 1"))
    assert repository.git("diff", "--cached", "--name-only") == ""


def test_a_signature_that_cannot_be_made_is_found_before(repository: Repository) -> None:
    path = repository.write("keys.yml", "more: 1")
    repository.git("config", "commit.gpgsign", "true")
    repository.git("config", "gpg.program", "false")
    assert "Git cannot commit: " in refuses(repository, path)


def test_a_trial_leaves_nothing_in_the_repository(repository: Repository) -> None:
    before = repository.git("count-objects")
    says("check", repository.write("keys.yml", "more: 1"))
    assert repository.git("count-objects") == before


def test_on_no_branch_nothing_is_committed(repository: Repository) -> None:
    repository.git("checkout", "--quiet", "--detach")
    assert "git switch BRANCH" in refuses(repository, repository.write("keys.yml", "more: 1"))


def test_a_repository_of_somebody_else_is_named_with_the_way_out(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = repository.write("keys.yml", "more: 1")
    # Git's own switch for its tests.
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    for what in (["check", path], ["commit", path, MESSAGE]):
        done = run(*what)
        assert done.returncode == 1
        assert "dubious ownership" in done.stderr and "safe.directory" in done.stderr
    subprocess.run(["git", "config", "--global", "safe.directory", str(repository.folder)], check=True)
    assert says("commit", path, MESSAGE) == "changed"


def test_a_file_in_a_submodule_is_committed_there(repository: Repository, tmp_path: Path) -> None:
    inner = Repository(tmp_path / "inner")
    repository.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner.folder), "sub")
    repository.git("commit", "--quiet", "-m", "Submodule")
    module = Repository.__new__(Repository)
    module.folder = repository.folder / "sub"
    module.git("config", "user.name", "tester")
    module.git("config", "user.email", "tester@example.com")
    path = module.write("keys.yml", "more: 1")
    assert says("check", path) == says("commit", path, MESSAGE) == "changed"
    assert (repository.count(), module.count(), inner.count()) == (2, 2, 1)
    # A submodule is on no branch after git submodule update.
    module.git("checkout", "--quiet", "--detach")
    assert "git switch BRANCH" in refuses(module, module.write("keys.yml", "once more: 1"))


def test_a_file_in_another_work_tree_is_committed_on_its_branch(repository: Repository, tmp_path: Path) -> None:
    repository.git("worktree", "add", "--quiet", "-b", "beside", str(tmp_path / "beside"))
    path = tmp_path / "beside/keys.yml"
    path.write_text("begin: 2\n")
    assert says("check", str(path)) == says("commit", str(path), MESSAGE) == "changed"
    assert repository.git("rev-list", "--count", "beside") == "2"
    assert (repository.count(), repository.git("status", "--porcelain")) == (1, "")


@pytest.mark.parametrize("name", ["pre-commit", "commit-msg", "prepare-commit-msg"])
def test_a_hook_that_refuses_is_quoted(repository: Repository, name: str) -> None:
    repository.hook(name, "echo 'No ticket is named.' >&2; exit 1")
    path = repository.write("keys.yml", "more: 1")
    # Only a commit can tell what a hook says.
    said = refuses(repository, path, check=False)
    assert said.startswith("Git does not commit ") and "No ticket is named." in said
    assert (repository.folder / "keys.yml").read_text() == "begin: 1\nmore: 1\n"


@pytest.mark.parametrize("index", [".git/index", ".git/index.lock"])
def test_a_hook_of_another_repository_may_run_the_play(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, index: str
) -> None:
    path = repository.write("keys.yml", "more: 1")
    other = Repository(tmp_path / "other")
    monkeypatch.setenv("GIT_DIR", str(other.folder / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other.folder / index))
    assert says("check", path) == says("commit", path, MESSAGE) == "changed"
    monkeypatch.undo()
    assert (repository.last(), repository.count(), other.count()) == (["keys.yml"], 2, 1)


@pytest.mark.parametrize(
    ("where", "what"),
    [
        ("MERGE_HEAD", "merge"),
        ("CHERRY_PICK_HEAD", "cherry-pick"),
        ("REVERT_HEAD", "revert"),
        ("rebase-merge", "rebase"),
    ],
)
def test_what_is_under_way_is_to_be_finished_first(repository: Repository, where: str, what: str) -> None:
    (repository.folder / ".git" / where).write_text(repository.git("rev-parse", "HEAD") + "\n")
    assert f"A {what} is under way" in refuses(repository, repository.write("keys.yml", "more: 1"))


def test_a_git_that_was_cut_off_is_named(repository: Repository) -> None:
    (repository.folder / ".git/index.lock").touch()
    assert "index.lock" in refuses(repository, repository.write("keys.yml", "more: 1"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
@pytest.mark.parametrize("where", ["", ".git", ".git/objects", ".git/refs"])
def test_a_checkout_that_is_read_only_is_refused(repository: Repository, where: str) -> None:
    path = repository.write("keys.yml", "more: 1")
    folder = repository.folder / where
    folder.chmod(0o500)
    try:
        assert "Make it writable" in refuses(repository, path)
    finally:
        folder.chmod(0o700)


def test_what_is_no_file_is_refused(repository: Repository) -> None:
    (repository.folder / "circle.yml").symlink_to("circle.yml")
    repository.write("folder/keys.yml", "client_id: 1")
    for name in ("circle.yml", "folder"):
        assert "is not an ordinary file" in refuses(repository, str(repository.folder / name))


def test_outside_of_a_repository_nothing_is_committed(tmp_path: Path, repository: Repository) -> None:
    outside = tmp_path / "outside.yml"
    outside.write_text("keys: 1\n")
    assert "not a git repository" in refuses(repository, str(outside))
    (repository.folder / "linked.yml").symlink_to(outside)
    assert "not a git repository" in refuses(repository, str(repository.folder / "linked.yml"))
    assert "is not in a work tree" in refuses(repository, str(repository.folder / ".git/keys.yml"))
    assert "does not exist. Create it first." in refuses(repository, str(tmp_path / "none/keys.yml"))


def test_a_secret_in_the_clear_is_refused_before_the_commit(repository: Repository) -> None:
    path = repository.write("keys.yml", "client_secret: swordfish")
    done = run("commit", path, MESSAGE)
    assert done.returncode == 1 and "client_secret is not encrypted" in done.stderr
    assert "swordfish" not in done.stderr + run("check", path).stderr
    assert repository.count() == 1


def test_without_git_there_is_a_way_out(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    done = run("check", str(repository.folder / "keys.yml"))
    assert (done.returncode, done.stderr) == (1, "There is no git on this controller. Install it.\n")


def test_many_at_once_make_one_commit_and_all_succeed(repository: Repository) -> None:
    path = repository.write("keys.yml", "more: 1")
    command = [sys.executable, str(PROGRAM), "commit", path, MESSAGE]
    jobs = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _job in range(8)]
    ends = [job.communicate(timeout=60) for job in jobs]
    assert sorted(ends) == [("changed\n", "")] + [("unchanged\n", "")] * 7
    assert repository.count() == 2


def test_many_files_at_once_are_committed_one_after_the_other(repository: Repository) -> None:
    paths = [repository.write(f"keys{number}.yml", "more: 1") for number in range(6)]
    commands = [[sys.executable, str(PROGRAM), "commit", path, MESSAGE] for path in paths]
    jobs = [subprocess.Popen(it, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for it in commands]
    assert [job.communicate(timeout=60) for job in jobs] == [("changed\n", "")] * 6
    assert repository.count() == 7


def test_a_hook_that_refuses_and_says_nothing_is_named(repository: Repository) -> None:
    repository.hook("pre-commit", "exit 3")
    said = refuses(repository, repository.write("keys.yml", "more: 1"), check=False)
    assert "git commit ended with 1 and no reason; a hook may have refused it." in said


def test_a_git_that_hangs_is_ended_with_what_it_started(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = importlib.util.spec_from_file_location("commit_vault_file", PROGRAM)
    assert spec is not None and spec.loader is not None
    program = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(program)
    monkeypatch.setattr(program, "PATIENCE", 2)
    outlived = tmp_path / "outlived"
    repository.hook("pre-commit", f"sleep 4; touch {outlived}; exit 0")
    path = repository.write("keys.yml", "more: 1")
    with pytest.raises(program.CommitError, match="git commit did not end within 2 s"):
        program.Repository(path).commit(MESSAGE)
    time.sleep(4)
    assert not outlived.exists()


def test_a_copy_that_awx_made_for_a_job_is_no_place_for_a_commit(repository: Repository) -> None:
    path = repository.write("keys.yml", "more: 1")
    repository.git("switch", "--quiet", "--create", "awx_internal/0b0e")
    assert "the branch awx_internal/0b0e: a commit there is lost with the job" in refuses(repository, path)
    repository.git("switch", "--quiet", "--create", "rotation")
    assert says("commit", path, MESSAGE) == "changed"
