# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the benchmark's plays run on: the local Bloq, a client key with and without encryption, an inventory."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import secrets
import subprocess
import sys
import typing as t
from collections.abc import Iterator
from pathlib import Path

from local_bloq.running import running

TOOLS = Path(sys.executable).parent
COLLECTION = Path(__file__).resolve().parents[2]
FORKS = 10

_USER = "benchmark@example.com"
#: What stands in the place of a token, about as long as one.
LITERAL = "x" * 900


@dataclasses.dataclass(frozen=True)
class Stage:
    """A folder with all that a play needs.

    Attributes:
        folder: the folder, private and temporary.
        environment: the environment for ansible-playbook.
    """

    folder: Path
    environment: dict[str, str]

    def command(self, playbook: Path, hosts: int) -> list[str]:
        """Return the command that plays on the first hosts of the inventory."""
        command = [str(TOOLS / "ansible-playbook"), "--forks", str(FORKS)]
        command += ["--inventory", str(self._inventory(hosts))]
        command += ["--extra-vars", f"@{self.folder / 'variables.json'}"]
        command += ["--extra-vars", f"@{self.folder / 'vaulted.yml'}"]
        return [*command, str(playbook)]

    def forget_tokens(self) -> None:
        """Empty the cache of tokens."""
        for file in (self.folder / "tokens").glob("*"):
            file.unlink()

    def token_requests(self) -> int:
        """Return how many requests for a token the service has seen."""
        return sum(entry["path"] == "/auth/token" for entry in self._requests())

    def other_requests(self) -> int:
        """Return how many requests of its start page the service has seen."""
        return sum(entry["path"] == "/" for entry in self._requests())

    def requests(self) -> int:
        """Return how many requests the service has seen."""
        return len(self._requests())

    def _requests(self) -> list[dict[str, t.Any]]:
        lines = (self.folder / "requests.jsonl").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]

    def _inventory(self, hosts: int) -> Path:
        path = self.folder / f"{hosts}.ini"
        connection = f"ansible_connection=local ansible_python_interpreter={sys.executable}"
        path.write_text(f"host[0001:{hosts:04}] {connection}\n", encoding="utf-8")
        return path


@contextlib.contextmanager
def stage(folder: Path) -> Iterator[Stage]:
    """Run the local Bloq while the block runs, and make what the plays need."""
    with running("--user", _USER, "--request-log", str(folder / "requests.jsonl")) as bloq:
        write_private(folder / "vault-password", secrets.token_urlsafe(24))
        write_private(folder / "literal", LITERAL)
        made = Stage(folder, {**_environment(folder, bloq.accounts, bloq.password), "BLOQ_NODES_URL": bloq.nodes})
        _make_key(made, bloq.accounts)
        yield made


def write_private(path: Path, text: str) -> None:
    """Write a file that nobody else can read."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as stream:
        stream.write(text)


def _environment(folder: Path, accounts_url: str, password: str) -> dict[str, str]:
    link = folder / "collections" / "ansible_collections" / "bloq" / "cloud"
    link.parent.mkdir(parents=True)
    link.symlink_to(COLLECTION)
    (folder / "ansible.cfg").touch()
    # Python's cache of bytecode is on, as it is for users.
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {
        **inherited,
        "ANSIBLE_COLLECTIONS_PATH": str(folder / "collections"),
        "ANSIBLE_CONFIG": str(folder / "ansible.cfg"),
        "ANSIBLE_HOME": str(folder / "ansible-home"),
        # What is compared with us is at its quickest.
        "ANSIBLE_PIPELINING": "true",
        "ANSIBLE_VAULT_PASSWORD_FILE": str(folder / "vault-password"),
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        "BLOQ_ACCOUNTS_URL": accounts_url,
        "BLOQ_USERNAME": _USER,
        "BLOQ_PASSWORD": password,
        "BLOQ_CACHE_PATH": str(folder / "tokens"),
        "BENCHMARK_LITERAL": LITERAL,
    }


_KEY_PLAY = """
- hosts: localhost
  gather_facts: false
  tasks:
    - bloq.cloud.bloq_client_key:
        name: vaulted
        vault_file: "{{ folder }}/vaulted.yml"
        return_secret: true
      register: made
    - ansible.builtin.copy:
        dest: "{{ folder }}/variables.json"
        mode: "0600"
        content: "{{ variables | combine({'request': request}) | to_json }}"
      no_log: true
      vars:
        request:
          grantType: clientCredentials
          clientId: "{{ made.client_key.client_id }}"
          clientSecret: "{{ made.client_secret }}"
    - ansible.builtin.lineinfile:
        path: "{{ folder }}/vaulted.yml"
        line: "  ci: {{ record | to_json }}"
      no_log: true
      vars:
        record:
          accounts_url: "{{ variables.accounts_url }}"
          client_id: "{{ made.client_key.client_id }}"
          client_secret: "{{ made.client_secret }}"
    - ansible.builtin.copy:
        dest: "{{ folder }}/request.json"
        mode: "0600"
        content: "{{ (lookup('file', folder ~ '/variables.json') | from_json).request | to_json }}"
      no_log: true
"""


def _make_key(stage: Stage, accounts_url: str) -> None:
    playbook = stage.folder / "key.yml"
    playbook.write_text(_KEY_PLAY, encoding="utf-8")
    variables = {"accounts_url": accounts_url, "literal": LITERAL, "folder": str(stage.folder)}
    facts = {"folder": str(stage.folder), "variables": variables, "ansible_python_interpreter": sys.executable}
    command = [str(TOOLS / "ansible-playbook"), "--extra-vars", json.dumps(facts), str(playbook)]
    subprocess.run(command, check=True, env=stage.environment, stdout=subprocess.DEVNULL)
