# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A controller, a far host that it reaches over real SSH, and the local Bloq that only the far host is to ask."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import typing as t
from pathlib import Path

import requests
import yaml
from local_bloq.running import Running
from ssh_server import FarHost, Front

COLLECTION = Path(__file__).resolve().parents[2]
TOOLS = Path(sys.executable).parent
USER = "far@example.com"


class World:
    """All of it.

    Attributes:
        far: the far host.
        front: what stands before Accounts.
        bloq: the local Bloq.
        output: what the plays so far have printed, at the highest verbosity.
    """

    def __init__(self, folder: Path, far: FarHost, bloq: Running) -> None:
        self.folder = folder
        self.far = far
        self.bloq = bloq
        self.front = Front(bloq.accounts)
        self.output = ""
        (folder / "vault-password").write_text(secrets.token_urlsafe(24), encoding="utf-8")
        self.set_ssh_arguments("")

    def set_ssh_arguments(self, more: str) -> None:
        """Write the inventory, with further arguments for ssh."""
        arguments = "-F none -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null"
        host = {
            "ansible_connection": "ssh",
            "ansible_host": "127.0.0.1",
            "ansible_port": self.far.port,
            "ansible_user": "somebody",
            "ansible_ssh_private_key_file": str(self.far.key),
            # The path of the socket that others share would be too long.
            "ansible_ssh_args": "-C",
            "ansible_ssh_common_args": f"{arguments} {more}",
            "ansible_python_interpreter": sys.executable,
        }
        inventory = {"all": {"hosts": {"localhost": {"ansible_connection": "local"}, "far": host}}}
        (self.folder / "inventory.yml").write_text(yaml.safe_dump(inventory), encoding="utf-8")

    def command(self, tasks: list[dict[str, t.Any]]) -> list[str]:
        """Write a play of delegated tasks, and return the command for it."""
        block = [{"name": f"Task {number}", **task} for number, task in enumerate(tasks)]
        delegated = {"name": "Ask from there", "delegate_to": "far", "block": block}
        content = "{{ seen | default({}) | to_json }}"
        keep = {
            "name": "Keep what was seen",
            "ansible.builtin.copy": {"dest": str(self.folder / "seen.json"), "content": content},
            "no_log": True,
        }
        play = {"name": "Play", "hosts": "localhost", "gather_facts": False, "tasks": [delegated, keep]}
        (self.folder / "play.yml").write_text(yaml.safe_dump([play]), encoding="utf-8")
        return [str(TOOLS / "ansible-playbook"), "-vvvvv", "--diff", "-i", "inventory.yml", "play.yml"]

    def environment(self, **more: str) -> dict[str, str]:
        """Return the environment of a controller."""
        return {
            "HOME": str(self.folder / "home"),
            "PATH": f"{TOOLS}{os.pathsep}{os.environ['PATH']}",
            "LANG": "C.UTF-8",
            "ANSIBLE_COLLECTIONS_PATH": str(COLLECTION.parents[2]),
            "ANSIBLE_CONFIG": str(COLLECTION / "tests" / "integration" / "integration.cfg"),
            "ANSIBLE_LOG_PATH": str(self.folder / "ansible.log"),
            "ANSIBLE_VAULT_PASSWORD_FILE": str(self.folder / "vault-password"),
            "BLOQ_ACCOUNTS_URL": self.front.url,
            "BLOQ_NODES_URL": self.bloq.nodes,
            "BLOQ_USERNAME": USER,
            "BLOQ_PASSWORD": self.bloq.password,
            **more,
        }

    def play(self, *tasks: dict[str, t.Any], **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a play of delegated tasks."""
        done = subprocess.run(
            self.command(list(tasks)),
            cwd=self.folder,
            env=self.environment(**environment),
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        self.output += done.stdout + done.stderr
        return done

    def seen(self) -> dict[str, t.Any]:
        """Return what the last play kept."""
        return dict(json.loads((self.folder / "seen.json").read_text(encoding="utf-8")))

    def fault(self, **fault: t.Any) -> None:
        """Set a fault of the local Bloq."""
        requests.put(f"{self.bloq.accounts}/_local/faults", json=[fault], timeout=10).raise_for_status()

    def keys(self) -> set[str]:
        """Return the ids of the account's keys, asked without the collection."""
        login = requests.post(f"{self.bloq.accounts}/auth", auth=(USER, self.bloq.password), timeout=10)
        headers = {"Authorization": f"Bearer {login.json()['accessToken']}"}
        listed = requests.get(f"{self.bloq.accounts}/users/me/client-keys", headers=headers, timeout=10)
        return {key["id"] for key in listed.json()}
