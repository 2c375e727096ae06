# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A machine that runs ansible-playbook: a home, a vault password and a vault file of its own."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import secrets
import subprocess
import sys
import typing as t
from pathlib import Path

from harness.collection import ROOT, collections_folder
from harness.processes import end_all
from harness.service import Account
from harness.vault import load_records

TRACER = Path(__file__).resolve().parents[1] / "tracer"
_RESULT = re.compile(r"^(?:ok|changed|fatal): \[localhost\](?:: FAILED!)? => (\{.*\})$", re.MULTILINE)


@dataclasses.dataclass(frozen=True)
class Run:
    """An ansible-playbook that has ended.

    Attributes:
        status: its exit status, negative when a signal ended it.
        output: what it printed.
    """

    status: int
    output: str

    @property
    def result(self) -> dict[str, t.Any]:
        """The result of its task."""
        found = _RESULT.search(self.output)
        assert found, self.output
        return t.cast("dict[str, t.Any]", json.loads(found[1]))

    @property
    def results(self) -> list[dict[str, t.Any]]:
        """The results that it printed, those of tasks that failed among them."""
        return [json.loads(found[1]) for found in _RESULT.finditer(self.output)]

    @property
    def message(self) -> str:
        """Everything that it printed, in one line: warnings are wrapped."""
        return " ".join(self.output.split())


class Controller:
    """Runs plays: of one task, bloq_client_key, or of any.

    Args:
        home: the folder that holds everything of this controller; made when it is missing.
        account: whom its plays log in as.
        name: the key's name.
        programs: the folder of Ansible's programs.
    """

    def __init__(
        self, home: Path, account: Account, name: str = "ci", programs: Path = Path(sys.executable).parent
    ) -> None:
        self.home = home
        self.account = account
        self.name = name
        self.programs = programs
        self.folder = home / "vault"
        self.vault_file = self.folder / "keys.yml"
        self.password_file = home / "vault-password"
        self.folder.mkdir(parents=True, exist_ok=True)
        if not self.password_file.exists():
            self.password_file.write_text(secrets.token_urlsafe(18), encoding="utf-8")

    @property
    def collections(self) -> Path:
        """The folder that its plays find the collection in."""
        return collections_folder(self.home)

    def start(
        self, *, environment: t.Mapping[str, str] | None = None, prefix: t.Sequence[str] = (), **options: t.Any
    ) -> Running:
        """Start a play whose task has these options besides the name and the vault file.

        Args:
            environment: variables to set besides those that every play gets.
            prefix: a command that runs the play's, such as ``setpriv``.
            options: the task's options.
        """
        task = {"name": self.name, "vault_file": str(self.vault_file), **options}
        tasks = [{"name": "Ensure the key", "bloq.cloud.bloq_client_key": task}]
        return self.start_play(tasks, environment=environment, prefix=prefix)

    def start_play(
        self,
        tasks: t.Sequence[t.Mapping[str, t.Any]],
        *,
        environment: t.Mapping[str, str] | None = None,
        prefix: t.Sequence[str] = (),
        arguments: t.Sequence[str] = ("-v",),
        **keywords: t.Any,
    ) -> Running:
        """Start a play.

        Args:
            tasks: the play's tasks.
            environment: variables to set besides those that every play gets.
            prefix: a command that runs the play's, such as ``setpriv``.
            arguments: for ansible-playbook.
            keywords: the play's further keywords, such as ``vars``.
        """
        play = {"hosts": "localhost", "gather_facts": False, **keywords, "tasks": tasks}
        playbook = self.home / f"play-{secrets.token_hex(4)}.yml"
        playbook.write_text(json.dumps([play]), encoding="utf-8")
        return self.start_command("ansible-playbook", *arguments, str(playbook), environment=environment, prefix=prefix)

    def start_command(
        self,
        program: str,
        *arguments: str,
        environment: t.Mapping[str, str] | None = None,
        prefix: t.Sequence[str] = (),
    ) -> Running:
        """Start one of Ansible's programs; see ``start_play``."""
        process = subprocess.Popen(
            [*prefix, str(self.programs / program), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**self._environment(), **(environment or {})},
            cwd=self.home,
            start_new_session=True,
        )
        return Running(process)

    def run(self, **options: t.Any) -> Run:
        """Run a play to its end; see ``start``."""
        return self.start(**options).wait()

    def run_to(self, step: str, **options: t.Any) -> Run:
        """Run a play that is killed just before ``step``; see the tracer."""
        return self.run(environment=self.killing(step), **options)

    def trace(self, **options: t.Any) -> list[str]:
        """Run a play to its end and return the names of its steps."""
        trace = self.home / f"trace-{secrets.token_hex(4)}"
        run = self.run(environment={**self._traced(), "TORTURE_TRACE": str(trace)}, **options)
        assert run.status == 0, run.output
        return trace.read_text(encoding="utf-8").splitlines()

    def records(self) -> dict[str, dict[str, t.Any]]:
        """Return the records in the vault file, decrypted."""
        return load_records(self.vault_file, self.password_file)

    def left_behind(self, *, notes: bool = True) -> list[str]:
        """Return the names of what is in the folder besides the vault file.

        Args:
            notes: whether intents that are not over yet, and suspects, count.
        """
        found = sorted(path.name for path in self.folder.iterdir() if path != self.vault_file)
        return [name for name in found if notes or not name.endswith((".bloq-intent", ".bloq-doubt"))]

    def killing(self, step: str, process: int = 0) -> dict[str, str]:
        """Return the variables of a play that is killed just before ``step``, or that kills another process then."""
        return {**self._traced(), "TORTURE_KILL_AT": step, "TORTURE_KILLS": str(process)}

    def _traced(self) -> dict[str, str]:
        return {"PYTHONPATH": str(TRACER), "TORTURE_VAULT_FILE": str(self.vault_file)}

    def _environment(self) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "BLOQ_"))}
        return {
            **own,
            "HOME": str(self.home),
            "ANSIBLE_HOME": str(self.home / "ansible"),
            "ANSIBLE_COLLECTIONS_PATH": str(self.collections),
            "ANSIBLE_CONFIG": str(ROOT / "tests" / "integration" / "integration.cfg"),
            "ANSIBLE_VAULT_PASSWORD_FILE": str(self.password_file),
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
            "ANSIBLE_NOCOLOR": "1",
            "BLOQ_ACCOUNTS_URL": self.account.service.url,
            "BLOQ_USERNAME": self.account.email,
            "BLOQ_PASSWORD": self.account.service.password,
        }


class Running:
    """An ansible-playbook that runs."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def wait(self) -> Run:
        """Wait for its end."""
        output, _nothing = self._process.communicate(timeout=180)
        return Run(self._process.returncode, output)

    def kill(self) -> Run:
        """Kill its process group and those of its children, all at once."""
        end_all(self._process.pid)
        return self.wait()
