# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A controller whose plays tell and keep all they can, and the search for secrets in what they told and kept."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import typing as t
from pathlib import Path

from harness.canaries import Canaries, Hit
from harness.collection import ROOT
from harness.controller import Controller, Run
from harness.process_listing import watched
from harness.service import Account
from harness.vault import load_records, write_variables

_HERE = Path(__file__).resolve().parents[1]
_CONNECTIONS = ROOT / "tests" / "integration" / "targets" / "bloq_delegated" / "connection_plugins"
#: Runs what follows sudo's options.
_SUDO = '#!/bin/sh\nwhile [ "$1" != /bin/sh ]; do shift; done\nexec "$@"\n'


def awkward_secret(word: str) -> str:
    """Return a secret that every way of writing it changes, and that occurs nowhere else."""
    return f"{word} \"é\\/+&='{secrets.token_hex(8)}"


class Spy:
    """Runs plays at the highest verbosity, with every log and every kept file.

    Its account's passwords come from a vault file, so that no process is given them.

    Args:
        home: the folder that holds everything.
        account: whom the plays log in as.
        programs: the folder of Ansible's programs.
    """

    def __init__(self, home: Path, account: Account, programs: Path = Path(sys.executable).parent) -> None:
        self._controller = Controller(home / "home", account, programs=programs)
        self.home = self._controller.home
        self.vault_file = self._controller.vault_file
        self._kept = home / "kept.json"
        self.variables = self.home / "passwords.yml"
        self._sudo = self.home / "sudo"
        self._sudo.write_text(_SUDO, encoding="utf-8")
        self._sudo.chmod(0o700)
        (self.home / "tmp").mkdir()
        init = ["git", "init", "--quiet", str(self.vault_file.parent)]
        subprocess.run(init, check=True)
        passwords = {
            "bloq_password": account.service.password,
            "new_password": awkward_secret("new"),
            "wrong_password": awkward_secret("wrong"),
        }
        write_variables(self.variables, self._controller.password_file, {"bloq_username": account.email, **passwords})
        self._secrets = {**passwords, "the vault password": self._controller.password_file.read_text(encoding="utf-8")}
        self._seen: list[tuple[str, bytes]] = []

    def play(
        self,
        tasks: t.Sequence[t.Mapping[str, t.Any]],
        *,
        arguments: t.Sequence[str] = ("-vvvvv", "--diff"),
        **environment: str,
    ) -> Run:
        """Run a play of these tasks, with a host ``gateway`` that is another one to Ansible."""
        gateway = {
            "name": "gateway",
            "ansible_connection": "elsewhere",
            "ansible_remote_tmp": str(self.home / "gateway"),
            "ansible_python_interpreter": "{{ ansible_playbook_python }}",
            "ansible_become_exe": str(self._sudo),
        }
        first = {"name": "Name another host", "ansible.builtin.add_host": gateway}
        return self.run(
            lambda settings: self._controller.start_play(
                [first, *tasks], environment=settings, arguments=arguments, vars_files=[str(self.variables)]
            ),
            **environment,
        )

    def command(self, program: str, *arguments: str, **environment: str) -> Run:
        """Run one of Ansible's programs."""
        return self.run(
            lambda settings: self._controller.start_command(
                program, *arguments, "-e", f"@{self.variables}", "-vvvvv", "--diff", environment=settings
            ),
            **environment,
        )

    def program(self, program: str, *arguments: str, **environment: str) -> Run:
        """Run a program with these arguments alone."""
        return self.run(
            lambda settings: self._controller.start_command(program, *arguments, environment=settings), **environment
        )

    def run(self, start: t.Callable[[dict[str, str]], t.Any], **environment: str) -> Run:
        """Start something, watch it to its end, and remember all that was to be seen."""
        running = start({**self._environment(), **environment})
        with watched(running.pid) as listing:
            run: Run = running.wait()
        self._seen.append(("the output", run.output.encode()))
        self._seen += [("a process", content) for content in listing.seen]
        return run

    def kept(self) -> dict[str, dict[str, t.Any]]:
        """Return what a play handed to the filter ``keep``."""
        return t.cast("dict[str, dict[str, t.Any]]", json.loads(self._kept.read_text(encoding="utf-8")))

    def canaries(self) -> Canaries:
        """Return all secrets that there have been, as far as results and the vault file tell."""
        canaries = Canaries(self._secrets)
        if self._kept.exists():
            canaries.add_results(self.kept())
        for name, record in load_records(self.vault_file, self._controller.password_file).items():
            canaries.add(f"the secret of {name}", record["client_secret"])
        return canaries

    def see(self, place: str, content: bytes) -> None:
        """Take in what no file of this controller's holds as it is, such as a database's values."""
        self._seen.append((place, content))

    def hits(self) -> list[Hit]:
        """Return every secret that was to be seen in output and processes, or is in a file or in git."""
        canaries = self.canaries()
        found = [hit for place, content in self._seen for hit in canaries.search(content, place)]
        found += canaries.search_folder(self.home, without={self._controller.password_file})
        return [*found, *canaries.search_git(self.vault_file.parent)]

    def _environment(self) -> dict[str, str]:
        return {
            "BLOQ_USERNAME": "",
            "BLOQ_PASSWORD": "",
            "BLOQ_NODES_URL": self._controller.account.service.nodes_url,
            "BLOQ_VAULT_FILE": str(self.vault_file),
            "PYTHONPATH": str(_HERE / "verbose_libraries"),
            "CHATTY_FOLDER": str(self.home),
            "SSLKEYLOGFILE": str(self.home / "tls-keys"),
            "TMPDIR": str(self.home / "tmp"),
            "KEEP_FILE": str(self._kept),
            "ANSIBLE_FILTER_PLUGINS": str(_HERE / "on_purpose"),
            "ANSIBLE_CONNECTION_PLUGINS": str(_CONNECTIONS),
            "ANSIBLE_LOG_PATH": str(self.home / "ansible.log"),
            "ANSIBLE_LOG_VERBOSITY": "6",
            "ANSIBLE_KEEP_REMOTE_FILES": "1",
            "ANSIBLE_NO_TARGET_SYSLOG": "0",
            "ANSIBLE_BECOME_ALLOW_SAME_USER": "1",
            "ANSIBLE_DISPLAY_ARGS_TO_STDOUT": "1",
            "ANSIBLE_CALLBACKS_ENABLED": "ansible.builtin.junit,ansible.builtin.tree",
            "ANSIBLE_CALLBACK_TREE_DIR": str(self.home / "tree"),
            "JUNIT_OUTPUT_DIR": str(self.home / "junit"),
            "GIT_AUTHOR_NAME": "Tester",
            "GIT_AUTHOR_EMAIL": "tester@example.com",
            "GIT_COMMITTER_NAME": "Tester",
            "GIT_COMMITTER_EMAIL": "tester@example.com",
            "COLUMNS": os.environ.get("COLUMNS", "80"),
        }
