#!/usr/bin/env python
# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commit one vault file to the git repository that it is in, and nothing else.

Usage: commit_vault_file.py check FILE
       commit_vault_file.py commit FILE MESSAGE
       commit_vault_file.py published FILE

``check`` finds out whether a commit could be made, and changes nothing: it comes before a key is made, for a key whose
record cannot be committed is lost with the machine. ``published`` finds out whether the file is pushed as it stands: it
comes before a key is revoked. Each prints whether the file was ``changed`` or ``unchanged`` since the last commit. A
symbolic link stands for the file that it leads to. Runs at the same time wait for one another. It exits with 1 and a
message when something is in the way.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

#: Seconds for which a run waits for another one's commit.
PATIENCE = 60
#: Git cannot commit one file alone while one of these is under way.
UNDER_WAY = {
    "MERGE_HEAD": "merge",
    "CHERRY_PICK_HEAD": "cherry-pick",
    "REVERT_HEAD": "revert",
    "rebase-merge": "rebase",
}
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

    Raises:
        CommitError: the file is in no work tree that git takes.
    """

    def __init__(self, path: str) -> None:
        self.file = os.path.realpath(path)
        self._folder = os.path.dirname(self.file)
        if not os.path.isdir(self._folder):
            raise CommitError(f"The folder {self._folder} does not exist. Create it first.")
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
        if not self._succeeds("symbolic-ref", "--quiet", "HEAD"):
            # A commit there is on no branch, and lost with the next checkout.
            raise CommitError(
                f"No branch is checked out in {self._folder} (detached HEAD). Run git switch BRANCH first."
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

    def check_published(self) -> None:
        """Find out whether a remote has the file as it stands; without a remote, whether it is committed.

        Raises:
            CommitError: it is not.
        """
        if self.is_changed():
            raise CommitError(f"{self.file} is not committed as it stands. Commit and push it first.")
        last = self._git("log", "-1", "--format=%H", "--", self.file)
        if self._git("remote") and not (last and self._git("branch", "--remotes", "--contains", last)):
            raise CommitError(f"No remote branch has {self.file} as it stands. Push it first.")

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
            raise CommitError(f"{why or 'git ' + arguments[0] + ' failed'}: {said}")
        return done.stdout.strip()

    def _run(
        self, *arguments: str, environment: dict[str, str] | None = None, literal: bool = True
    ) -> subprocess.CompletedProcess[str]:
        # A file's name is not a pattern: [a].yml must not bring a.yml along.
        command = ["git", "-C", self._folder, *(["--literal-pathspecs"] if literal else []), *arguments]
        ours = {name: value for name, value in os.environ.items() if name not in ANOTHER_GITS}
        settings = {**ours, **(environment or {})}
        try:
            return subprocess.run(
                command,
                env=settings,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
                timeout=PATIENCE,
            )
        except FileNotFoundError:
            raise CommitError("There is no git on this controller. Install it.") from None
        except subprocess.TimeoutExpired:
            raise CommitError(f"git {arguments[0]} did not end within {PATIENCE} s.") from None


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
        repository = Repository(path)
        with repository.locked():
            changed = repository.is_changed()
            if what == "check":
                repository.check()
                refuse_plain_secrets(repository.file)
            elif what == "published":
                repository.check_published()
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
