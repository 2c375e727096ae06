# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a playbook or a command as a user would, or takes a text, and searches it for every secret of this run.

A task of its own for each step of that would cost more processor time than what it looks at. Options:
    playbook: a playbook, run at the highest verbosity in the folder of this run.
    extra: its extra variables; the collection's playbooks get the vault file keys.yml besides.
    arguments: what else it is given.
    argv, cmd, shell: in place of a playbook a command as a list, as a line or for a shell; text: what is searched where
        nothing is run.
    chdir: where the command runs.
    environment: what is set besides what the test has, and for a playbook besides what a user sets.
    vault_file: whose secrets count from now on, where the file is there; that of the test when it is not given.
    secrets: further texts that must not be shown.
    fails: whether it must fail, or null where either will do.
    expected: what it must print, among all else; a text or a list of them. Of a playbook, at least its recap.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import typing as t
from pathlib import Path

from ansible.errors import AnsibleActionFail
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase

_PATIENCE = 600
# The header of every token of Bloq. Three letters of it are now and then in a certificate, or in what is encrypted.
_JWT_BEGINS = "eyJhbGciOi"
_OURS = "bloq.cloud."


class ActionModule(ActionBase):
    """The task."""

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Do it, and fail without a word of what it printed where that has a secret."""
        super().run(tmp, task_vars)
        options = {"vault_file": self._variable("bloq_vault_file"), **self._task.args}
        options |= self._command(options)
        before = self._secrets(options)
        result: dict[str, t.Any] = (
            self._ran(options) if options["argv"] else {"stdout": _text(options["text"]), "stderr": ""}
        )
        # Those made by the command, too.
        secrets = before | self._secrets(options)
        printed = result["stdout"] + result["stderr"]
        if not printed and "text" in options:
            raise AnsibleActionFail("There is nothing to search.")
        if _JWT_BEGINS in printed or any(secret in printed for secret in secrets):
            raise AnsibleActionFail("A secret or a token is shown. What shows it is not printed here.")
        # A template makes text of it before ansible-core 2.19.
        fails = options.get("fails", False)
        fails = fails if fails is None else boolean(fails)
        if fails is not None and "rc" in result and (result["rc"] != 0) != fails:
            raise AnsibleActionFail(f"It ended with {result['rc']}. {printed[-4000:]}")
        expected = options.get("expected", [])
        missing = [text for text in ([expected] if isinstance(expected, str) else expected) if text not in printed]
        if missing:
            raise AnsibleActionFail(f"It did not print {missing}. {printed[-4000:]}")
        lines = {f"{name}_lines": result[name].splitlines() for name in ("stdout", "stderr")}
        # Ansible takes a code other than 0 for a failure where nothing says otherwise.
        return {**result, **lines, "changed": False, "failed": False}

    def _variable(self, name: str) -> t.Any:
        return self._templar.template(self._templar.available_variables[name])

    def _command(self, options: dict[str, t.Any]) -> dict[str, t.Any]:
        """Return what is run, and what goes with it."""
        if "playbook" in options:
            return self._play(options)
        if "shell" in options:
            return {"argv": ["sh", "-c", options["shell"]]}
        return {"argv": shlex.split(options["cmd"]) if "cmd" in options else options.get("argv")}

    def _play(self, options: dict[str, t.Any]) -> dict[str, t.Any]:
        """Return how a playbook is run as a user would."""
        playbook, extra = options["playbook"], options.get("extra", {})
        if playbook.startswith(_OURS):
            extra = {"bloq_vault_file": "keys.yml", **extra}
        given = ["-e", json.dumps(extra)] if extra else []
        return {
            "argv": ["ansible-playbook", "-vvvvv", "--diff", playbook, *given, *options.get("arguments", [])],
            "chdir": self._variable("local_bloq_folder"),
            "environment": {**self._variable("local_bloq_environment"), **options.get("environment", {})},
            "expected": options.get("expected", "PLAY RECAP"),
        }

    @staticmethod
    def _ran(options: dict[str, t.Any]) -> dict[str, t.Any]:
        done = subprocess.run(  # noqa: S603 - the test says which
            [str(argument) for argument in options["argv"]],
            cwd=options.get("chdir"),
            env={**os.environ, **{name: str(value) for name, value in options.get("environment", {}).items()}},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=_PATIENCE,
        )
        texts = {"stdout": done.stdout.decode(errors="replace"), "stderr": done.stderr.decode(errors="replace")}
        return {"rc": done.returncode, **{name: text.rstrip("\r\n") for name, text in texts.items()}}

    def _secrets(self, options: dict[str, t.Any]) -> set[str]:
        """Return every secret that there has been, and remember those of now for the next task."""
        memory = Path(f"{os.environ['LOCAL_BLOQ_FOLDER']}.secrets")
        found = set(json.loads(memory.read_text(encoding="utf-8"))) if memory.exists() else set()
        found |= {
            os.environ["LOCAL_BLOQ_PASSWORD"],
            Path(os.environ["ANSIBLE_VAULT_PASSWORD_FILE"]).read_text().strip(),
        }
        found |= {str(secret) for secret in options.get("secrets", [])}
        vault_file = options.get("vault_file")
        if vault_file and os.path.exists(vault_file):
            variables = self._loader.load_from_file(vault_file, cache="none") or {}
            for variable, field in (("bloq_client_keys", "client_secret"), ("bloq_nodes", "password")):
                records = variables.get(variable) or {}
                found |= {str(record[field]) for record in records.values() if field in record}
        memory.touch(mode=0o600)
        memory.write_text(json.dumps(sorted(found)), encoding="utf-8")
        return found


def _text(value: t.Any) -> str:
    """Return a text, of which ansible-core makes data before 2.19 when it looks like JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
