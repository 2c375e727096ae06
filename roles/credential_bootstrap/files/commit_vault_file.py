#!/usr/bin/env python
# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commit one vault file to the git repository that it is in, and nothing else.

Usage: commit_vault_file.py check FILE
       commit_vault_file.py ready FILE
       commit_vault_file.py commit FILE MESSAGE
       commit_vault_file.py published FILE [BRANCH]
       commit_vault_file.py copy FILE TO [BRANCH]

``check`` finds out whether a commit could be made, and changes nothing. ``ready`` finds out besides whether the branch
has all that its upstream has, if there is one: it comes before a key is made, for a key whose record cannot be
committed and pushed is lost with the machine. ``published`` finds out whether the branch that is deployed has the file
as it stands, and asks the remote for it: it comes before a key is revoked. That branch is BRANCH, or the one that the
remote calls its default. Each prints whether the file was ``changed`` or ``unchanged`` since the last commit.
``copy`` writes what that branch has as the file to TO, or nothing where it has none, and prints the branch. It waits
for no other run and not long for the remote: without it, it is what was fetched last, and the reason is printed too. A
symbolic link stands for the file that it leads to. Runs at the same time wait for one another. It exits with 1 and a
message when something is in the way.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import tempfile
import time
import typing as t
from collections.abc import Iterator
from pathlib import Path

#: Seconds for which a run waits for another one's commit.
PATIENCE = 60
#: Seconds for which a remote is asked that need not answer.
ASKING = 20
#: Git cannot commit one file alone while one of these is under way.
UNDER_WAY = {
    "MERGE_HEAD": "merge",
    "CHERRY_PICK_HEAD": "cherry-pick",
    "REVERT_HEAD": "revert",
    "rebase-merge": "rebase",
}
#: How the branches begin that AWX checks out for its jobs.
THROWN_AWAY = "awx_internal/"
#: A hook of git's runs with these of its own repository, which need not be the file's.
ANOTHER_GITS = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_COMMON_DIR",
    "GIT_INDEX_FILE",
    "GIT_PREFIX",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
)


class CommitError(Exception):
    """A commit is not possible; the message says why and what to do."""


class Repository:
    """The git repository that a file is in.

    Args:
        path: the file, which need not exist; a symbolic link stands for where it leads.
        patience: seconds for which git is waited for; PATIENCE without it.

    Raises:
        CommitError: it is not a file, or in no work tree that git takes.
    """

    def __init__(self, path: str, patience: float | None = None) -> None:
        self._patience = PATIENCE if patience is None else patience
        self.file = os.path.realpath(path)
        self._folder = os.path.dirname(self.file)
        if not os.path.isdir(self._folder):
            raise CommitError(f"The folder {self._folder} does not exist. Create it first.")
        if os.path.lexists(self.file) and not os.path.isfile(self.file):
            # Git would commit a folder whole, and a link that leads in a circle as a link.
            raise CommitError(f"{path} is not an ordinary file, nor a link to one. Name a file for the records.")
        inside = self._git("rev-parse", "--is-inside-work-tree", why=f"Git knows no work tree in {self._folder}")
        if inside != "true":
            raise CommitError(f"{self._folder} is not in a work tree of git.")
        self._git_folder = self._git("rev-parse", "--absolute-git-dir")

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other runs of this program away from the repository while the block runs.

        Raises:
            CommitError: another run holds it for too long.
        """
        end = time.monotonic() + PATIENCE
        folder = os.open(self._git_folder, os.O_RDONLY)
        try:
            while True:
                try:
                    fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > end:
                        raise CommitError(
                            f"Another run has been committing in {self._git_folder} for a minute."
                        ) from None
                    time.sleep(0.05)
            yield
        finally:
            os.close(folder)

    def check(self) -> None:
        """Find out whether the file could be committed.

        Raises:
            CommitError: it could not.
        """
        if self._is_ignored():
            raise CommitError(f"Git ignores {self.file}. Take it out of .gitignore, or do not ask for a commit.")
        flag = self._git("ls-files", "-v", "--", self.file)[:1]
        if flag == "S" or flag.islower():
            # Git would take the file for unchanged, whatever is in it.
            raise CommitError(
                f"Git is told to leave {self.file} alone. Run git update-index --no-skip-worktree "
                "--no-assume-unchanged for it first."
            )
        branch = self._run("symbolic-ref", "--quiet", "--short", "HEAD").stdout.strip()
        if not branch:
            # A commit there is on no branch, and lost with the next checkout.
            raise CommitError(
                f"No branch is checked out in {self._folder} (detached HEAD). Run git switch BRANCH first."
            )
        if branch.startswith(THROWN_AWAY):
            raise CommitError(
                f"{self._folder} is a copy that AWX made of its project for this job, on the branch {branch}: a commit "
                "there is lost with the job. Work on a clone of the repository that this job pushes (see the guide on "
                "AWX), or run git switch --create BRANCH there and push that branch in the same job."
            )
        for name, what in UNDER_WAY.items():
            if os.path.exists(os.path.join(self._git_folder, name)):
                raise CommitError(f"A {what} is under way in {self._folder}. Finish it first.")
        if os.path.exists(os.path.join(self._git_folder, "index.lock")):
            raise CommitError(
                f"Another git is at work in {self._git_folder}, or was cut off and left index.lock there."
            )
        common = os.path.join(self._folder, self._git("rev-parse", "--git-common-dir"))
        for folder in (self._folder, self._git_folder, os.path.join(common, "objects"), os.path.join(common, "refs")):
            if not os.access(folder, os.W_OK | os.X_OK):
                raise CommitError(f"Nothing can be written to {folder}. Make it writable.")
        self._try_commit(os.path.join(common, "objects"))

    def check_up_to_date(self) -> None:
        """Find out whether the branch has all that its upstream has, as far as that can be known.

        The remote is asked for it. One that does not answer leaves what was last fetched, and a branch without an
        upstream is behind of nothing.

        Raises:
            CommitError: it has not, so what is made now could not be pushed.
        """
        found = self._run("rev-parse", "--abbrev-ref", "--symbolic-full-name", "@{upstream}")
        if found.returncode != 0:
            return
        branch, upstream = self._git("symbolic-ref", "--short", "HEAD"), found.stdout.strip()
        remote = self._git("config", f"branch.{branch}.remote")
        if remote != ".":
            with contextlib.suppress(CommitError):
                merged = self._git("config", f"branch.{branch}.merge")
                self._run("fetch", "--quiet", "--no-tags", remote, merged, patience=ASKING)
        if self._succeeds("merge-base", "--is-ancestor", "@{upstream}", "HEAD"):
            return
        is_behind = self._succeeds("merge-base", "--is-ancestor", "HEAD", "@{upstream}")
        pull = f"git pull {'--ff-only' if is_behind else '--rebase'}"
        raise CommitError(
            f"The branch {branch} does not have all that {upstream} has, so a key that is made now could not be "
            f"pushed. Nothing was changed. Run {pull} first, then this again."
        )

    def is_changed(self) -> bool:
        """Return whether the file differs from what is committed."""
        return bool(self._git("status", "--porcelain", "--untracked-files=all", "--", self.file))

    def commit(self, message: str) -> None:
        """Commit the file alone.

        Raises:
            CommitError: git refuses.
        """
        self._git("add", "--", self.file, why=f"Git does not take {self.file}")
        self._git("commit", "--quiet", "--message", message, "--", self.file, why=f"Git does not commit {self.file}")

    def check_published(self, branch: str = "") -> None:
        """Find out whether the branch that is deployed has the file as it stands.

        The remote is asked, for what this repository remembers of it may be a branch that was declined or moved on.
        Without a remote, a commit is all there is.

        Args:
            branch: the branch that is deployed. Empty is the remote's default branch, or without a remote what is
                checked out.

        Raises:
            CommitError: it has not, or the remote cannot be asked.
        """
        self._check_name(branch)
        if self.is_changed():
            raise CommitError(f"{self.file} is not committed as it stands. Commit and push it first.")
        ours = self._blob("HEAD")
        if not ours:
            raise CommitError(f"{self.file} is not committed. Commit and push it first.")
        remote = self._remote()
        name, published = self._fetched(remote, branch) if remote else (branch or "HEAD", branch or "HEAD")
        if self._blob(published) != ours:
            raise CommitError(
                f"The branch {name}, which is deployed, does not have {self.file} as it stands here, so nothing is "
                f"revoked. If this one is newer, merge and push it first; else check {name} out and pull."
            )

    def copy_published(self, target: str, branch: str = "") -> tuple[str, str]:
        """Write what the branch that is deployed has as the file, and return the branch and why it was not fetched.

        Args:
            target: the file to write, which is not there yet. Where the branch has no such file, none is written.
            branch: as for ``check_published``.

        Raises:
            CommitError: what the branch has cannot be found out.
        """
        self._check_name(branch)
        remote, problem = self._remote(), ""
        if not remote:
            name = published = branch or "HEAD"
            if branch and not self._succeeds("rev-parse", "--verify", "--quiet", "--end-of-options", branch):
                raise CommitError(f"There is no branch {branch} in {self._folder}. Check bloq_published_branch.")
        else:
            try:
                name, published = self._fetched(remote, branch)
            except CommitError as error:
                problem = str(error)
                name, published = self._remembered(remote, branch, problem)
        blob = self._blob(published)
        if blob:
            with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
                self._write_blob(blob, stream)
        return name, problem

    def _check_name(self, branch: str) -> None:
        """Make sure that a branch can have this name, which is a name alone and no way to another commit."""
        if branch and not self._succeeds("check-ref-format", f"refs/heads/{branch}"):
            raise CommitError(f"There is no branch {branch} in {self._folder}. Check bloq_published_branch.")

    def _remembered(self, remote: str, branch: str, problem: str) -> tuple[str, str]:
        """Return a branch's name and its commit when it was fetched last."""
        prefix = f"refs/remotes/{remote}/"
        if not branch:
            done = self._run("symbolic-ref", "--quiet", f"{prefix}HEAD")
            branch = done.stdout.strip().removeprefix(prefix) if done.returncode == 0 else ""
        if not branch or not self._succeeds("rev-parse", "--verify", "--quiet", "--end-of-options", prefix + branch):
            raise CommitError(problem)
        return f"{remote}/{branch}", prefix + branch

    def _write_blob(self, blob: str, stream: t.IO[bytes]) -> None:
        command = ["git", "-C", self._folder, "cat-file", "blob", blob]
        done = subprocess.run(command, stdout=stream, stderr=subprocess.PIPE, check=False, timeout=self._patience)
        if done.returncode != 0:
            raise CommitError(f"Git cannot read what is published: {done.stderr.decode(errors='replace').strip()}")

    def _remote(self) -> str:
        remotes = self._git("remote").splitlines()
        if len(remotes) > 1 and "origin" not in remotes:
            raise CommitError(
                f"None of the remotes {', '.join(remotes)} is named origin, so it is not known which counts."
            )
        return "origin" if "origin" in remotes else "".join(remotes)

    def _fetched(self, remote: str, branch: str) -> tuple[str, str]:
        """Return a branch's name and the commit that the remote has there, fetched."""
        if not branch:
            head = self._git("ls-remote", "--symref", remote, "HEAD", why=f"Git cannot ask {remote}")
            prefix, found, rest = head.partition("ref: refs/heads/")
            if prefix or not found:
                raise CommitError(
                    f"{remote} has no default branch. Name the branch that is deployed as bloq_published_branch."
                )
            branch = rest.partition("\t")[0]
        # A depth would cut a whole history off here, and a shallow one needs none.
        self._git(
            "fetch", "--quiet", "--no-tags", remote, f"+refs/heads/{branch}:refs/remotes/{remote}/{branch}",
            why=f"Git cannot fetch the branch {branch} of {remote}",
        )  # fmt: skip
        return f"{remote}/{branch}", f"refs/remotes/{remote}/{branch}"

    def _blob(self, commit: str) -> str:
        """Return the id of what a commit has as the file, or nothing."""
        name = self._git("rev-parse", "--show-prefix") + os.path.basename(self.file)
        done = self._run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{commit}:{name}")
        return done.stdout.strip() if done.returncode == 0 else ""

    def _try_commit(self, objects: str) -> None:
        """Make a commit of nothing beside the repository, as its author and with its signature, if it signs."""
        with tempfile.TemporaryDirectory() as folder:
            elsewhere = {"GIT_OBJECT_DIRECTORY": folder, "GIT_ALTERNATE_OBJECT_DIRECTORIES": objects}
            tree = self._git("hash-object", "-t", "tree", "-w", "--stdin", environment=elsewhere)
            signs = self._run("config", "--type=bool", "commit.gpgsign").stdout.strip() == "true"
            sign = ["--gpg-sign"] if signs else []
            self._git("commit-tree", *sign, "-m", "A trial", tree, environment=elsewhere, why="Git cannot commit")

    def _is_ignored(self) -> bool:
        # This command of git's takes no patterns, and refuses to be told so.
        done = self._run("check-ignore", "--quiet", "--", self.file, literal=False)
        if done.returncode > 1:
            raise CommitError(f"Git cannot tell whether it ignores {self.file}: {done.stderr.strip()}")
        return done.returncode == 0

    def _succeeds(self, *arguments: str) -> bool:
        return self._run(*arguments).returncode == 0

    def _git(self, *arguments: str, why: str = "", environment: dict[str, str] | None = None) -> str:
        done = self._run(*arguments, environment=environment)
        if done.returncode != 0:
            said = " ".join((done.stderr or done.stdout).split())
            # A hook may refuse and say nothing.
            said = said or f"git {arguments[0]} ended with {done.returncode} and no reason; a hook may have refused it."
            raise CommitError(f"{why or 'git ' + arguments[0] + ' failed'}: {said}")
        return done.stdout.strip()

    def _run(
        self,
        *arguments: str,
        environment: dict[str, str] | None = None,
        literal: bool = True,
        patience: float | None = None,
    ) -> subprocess.CompletedProcess[str]:
        patience = patience or self._patience
        # A file's name is not a pattern: [a].yml must not bring a.yml along.
        command = ["git", "-C", self._folder, *(["--literal-pathspecs"] if literal else []), *arguments]
        ours = {name: value for name, value in os.environ.items() if name not in ANOTHER_GITS}
        settings = {**ours, "GIT_TERMINAL_PROMPT": "0", **(environment or {})}
        try:
            process = subprocess.Popen(
                command,
                env=settings,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
        except FileNotFoundError:
            raise CommitError("There is no git on this controller. Install it.") from None
        with process:
            try:
                out, err = process.communicate(timeout=patience)
            except BaseException as error:
                # What git started, such as ssh or a hook, would outlive it and keep its pipes open.
                os.killpg(process.pid, signal.SIGKILL)
                if not isinstance(error, subprocess.TimeoutExpired):
                    raise
                raise CommitError(f"git {arguments[0]} did not end within {patience} s.") from None
        return subprocess.CompletedProcess(command, process.returncode, out, err)


def refuse_plain_secrets(path: str) -> None:
    """Run the check beside this program on the file, if it is there.

    Raises:
        CommitError: it has a secret in the clear.
    """
    if not os.path.exists(path):
        return
    program = Path(__file__).with_name("refuse_plain_secrets.py")
    done = subprocess.run(
        [sys.executable, str(program), path], capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    if done.returncode != 0:
        raise CommitError(done.stderr.strip())


def main(arguments: list[str]) -> int:
    """Do what the arguments say and return the exit code."""
    try:
        what, path, *message = arguments
        if what == "copy":
            print(*filter(None, Repository(path, ASKING).copy_published(*message)), sep="\n")
            return 0
        repository = Repository(path)
        with repository.locked():
            changed = repository.is_changed()
            if what in ("check", "ready"):
                repository.check()
                refuse_plain_secrets(repository.file)
                if what == "ready":
                    repository.check_up_to_date()
            elif what == "published":
                repository.check_published(*message)
            elif what == "commit":
                # An ignored file never looks changed.
                repository.check()
                if changed:
                    refuse_plain_secrets(repository.file)
                    repository.commit(*message)
            print("changed" if changed else "unchanged")
    except CommitError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
