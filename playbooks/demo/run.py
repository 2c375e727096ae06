# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the demo: the local Bloq on free ports, a play that bootstraps a credential, and the same play again.

Arguments are handed on to ansible-playbook. The results stay in the folder bloq-demo below the current one.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import subprocess
import sys
from pathlib import Path

from local_bloq.running import Running, running

PLAY = Path(__file__).with_name("play.yml")
COLLECTION = Path(__file__).resolve().parents[2]
TOOLS = Path(sys.executable).parent
USER = "demo@example.com"


def main() -> int:
    """Run the demo and return the exit code."""
    folder = Path.cwd() / "bloq-demo"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    write_private(folder / "vault-password", secrets.token_urlsafe(24))
    with running("--user", USER, "--request-log", str(folder / "requests.jsonl")) as services:
        environment = environment_for(folder, services)
        print("== First run: everything is made\n", flush=True)
        play(folder, services, environment)
        print("\n== Second run: nothing changes\n", flush=True)
        again = play(folder, services, environment)
    if re.search(r"changed=0 .*failed=0", again) is None:
        print("The second run changed something.", file=sys.stderr)
        return 1
    lives_until = re.findall(r"lives until ([0-9TZ:-]+)", again)[-1]
    print(
        f"""
== What there is now
The account    {USER} on the local Bloq, which has been stopped again
A client key   ci, its secret encrypted in {relative(folder / "bloq.yml")}
A token        good until {lives_until}, shared by every task through
               the cache in {relative(folder / "ansible-home" / "bloq_tokens")}
A template     {relative(folder / "client.conf")}, rendered with
               lookup('bloq.cloud.bloq_token', 'ci')

Look at the file, its secret encrypted:
  cat {relative(folder / "bloq.yml")}
Show it decrypted:
  {relative(TOOLS / "ansible")} localhost -m debug -a var=bloq_client_keys \\
    -e @{relative(folder / "bloq.yml")} --vault-password-file {relative(folder / "vault-password")}
Encrypt a copy whole, and view it:
  cp {relative(folder / "bloq.yml")} {relative(folder / "whole.yml")}
  {relative(TOOLS / "ansible-vault")} encrypt {relative(folder / "whole.yml")} \\
    --vault-password-file {relative(folder / "vault-password")}
  {relative(TOOLS / "ansible-vault")} view {relative(folder / "whole.yml")} \\
    --vault-password-file {relative(folder / "vault-password")}
"""
    )
    return 0


def environment_for(folder: Path, services: Running) -> dict[str, str]:
    """Return the environment for ansible-playbook: our collection, our cache, the account's credential."""
    return {
        **os.environ,
        "ANSIBLE_COLLECTIONS_PATH": str(collections_path(folder)),
        "ANSIBLE_HOME": str(folder / "ansible-home"),
        "ANSIBLE_VAULT_PASSWORD_FILE": str(folder / "vault-password"),
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        "BLOQ_ACCOUNTS_URL": services.accounts,
        "BLOQ_USERNAME": USER,
        "BLOQ_PASSWORD": services.password,
    }


def collections_path(folder: Path) -> Path:
    """Return a folder in which Ansible finds this very collection."""
    if COLLECTION.parts[-3:] == ("ansible_collections", "bloq", "cloud"):
        return COLLECTION.parents[2]
    link = folder / "collections" / "ansible_collections" / "bloq" / "cloud"
    link.parent.mkdir(parents=True)
    link.symlink_to(COLLECTION)
    return folder / "collections"


def play(folder: Path, services: Running, environment: dict[str, str]) -> str:
    """Run the play once, show its output and return it."""
    facts = {
        "demo_folder": str(folder),
        "demo_connect_url": services.connect,
        "demo_nodes_url": services.nodes,
        "ansible_python_interpreter": sys.executable,
    }
    command = [str(TOOLS / "ansible-playbook"), str(PLAY), "--extra-vars", json.dumps(facts), *sys.argv[1:]]
    shown = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as run:
        for line in run.stdout or ():
            print(line, end="", flush=True)
            shown.append(line)
    if run.returncode:
        sys.exit(run.returncode)
    return "".join(shown)


def write_private(path: Path, text: str) -> None:
    """Write a file that nobody else can read."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
        stream.write(text)


def relative(path: Path) -> str:
    """Return a path as it reads best from here."""
    return os.path.relpath(path)


if __name__ == "__main__":
    sys.exit(main())
