# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run every example in the documentation as it stands, against a local Bloq.

Each document has a host, an account and a folder of its own. Its YAML examples are plays of one run of Ansible, its
shell commands one script. What is public about them is replaced: the services' addresses, and the name localhost. The
guides in followed.py are followed from beginning to end instead, with nothing replaced.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import followed
from collection_tree import ROOT
from example_blocks import Block, blocks
from example_blocks import plays as example_plays
from local_bloq.running import Running, running

TOOLS = Path(sys.executable).parent

_PREPARE = """
- name: Prepare what the examples of {document} are given
  hosts: {document}
  gather_facts: false
  tasks:
    - name: Ensure that there is a client key
      bloq.cloud.bloq_client_key:
        name: ci
        vault_file: "{{{{ playbook_dir }}}}/group_vars/all/bloq.yml"
    - name: Load it
      ansible.builtin.include_vars:
        file: "{{{{ playbook_dir }}}}/group_vars/all/bloq.yml"
"""


def main() -> int:
    """Run the examples and return the exit code."""
    found = blocks(ROOT)
    run = [block for block in found if not block.reason and not followed.follows(block)]
    documents = sorted({block.document for block in run})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "vault-password").write_text(secrets.token_urlsafe(24), encoding="utf-8")
        users = [word for document in documents for word in ("--user", _account(document))]
        with running("--node-start-seconds", "0", *users, folder=folder) as services:
            environment = _environment(folder, services)
            for document in documents:
                _write(folder / document, [block for block in run if block.document == document], services)
            _write_inventory(folder, documents, services)
            failed = _play(folder, documents, environment)
            failed += [name for name in documents if not _script(folder / name, environment)]
    # A new guide is followed as well.
    failed += sorted({name for name in documents if name.startswith("guide_")} - {*followed.GUIDES})
    failed += followed.follow_all(found)
    _report(found)
    print(f"{len(run)} examples run by themselves, and {len(followed.GUIDES)} guides from beginning to end.")
    if failed:
        print("FAILED:", *failed)
    return 1 if failed else 0


def _account(document: str) -> str:
    return f"{document}@example.com"


def _environment(folder: Path, services: Running) -> dict[str, str]:
    return {
        **os.environ,
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT.parents[2]),
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_VAULT_PASSWORD_FILE": str(folder / "vault-password"),
        "BLOQ_ACCOUNTS_URL": services.accounts,
        "BLOQ_CONNECT_URL": services.connect,
        "BLOQ_NODES_URL": services.nodes,
        "BLOQ_PASSWORD": services.password,
        "GIT_AUTHOR_EMAIL": "examples@example.com",
        "GIT_AUTHOR_NAME": "Examples",
        "GIT_COMMITTER_EMAIL": "examples@example.com",
        "GIT_COMMITTER_NAME": "Examples",
        "HOME": str(folder),
        "PATH": f"{TOOLS}{os.pathsep}{os.environ['PATH']}",
    }


def _write(folder: Path, run: list[Block], services: Running) -> None:
    """Write a document's examples: a playbook, a script, and the files that the script uses."""
    (folder / "group_vars" / "all").mkdir(parents=True)
    shutil.copy2(folder.parent / "vault-password", folder / "vault-password")
    # Some commit what they write.
    subprocess.run([_program("git"), "init", "--quiet", str(folder)], check=True)
    plays, script = "", ""
    for block in run:
        text = _local(block.text, services)
        for parent in re.findall(r"{{ playbook_dir }}/(\S+)/", text):
            (folder / parent).mkdir(parents=True, exist_ok=True)
        if block.file:
            (folder / block.file).write_text(text, encoding="utf-8")
        elif block.language == "shell":
            script += f"# {block.place}\n{text}\n"
        else:
            plays += example_plays(block, text, block.document)
    if plays:
        (folder / "play.yml").write_text("---\n" + _PREPARE.format(document=run[0].document) + plays, encoding="utf-8")
    if script:
        (folder / "script.sh").write_text(f"set -eux\n{script}", encoding="utf-8")


def _local(text: str, services: Running) -> str:
    """Return an example with the local Bloq in place of the public one."""
    for pattern, name in (
        (r"https://accounts\.bloq\.cloud", "accounts"),
        (r"https://[a-z]+\.connect\.bloq\.cloud", "connect"),
        (r"https://nodes\.bloq\.cloud", "nodes"),
    ):
        text = re.sub(pattern, getattr(services, name), text)
    return text


def _write_inventory(folder: Path, documents: list[str], services: Running) -> None:
    hosts = {document: {"bloq_username": _account(document)} for document in documents}
    given = {
        "ansible_connection": "local",
        "ansible_python_interpreter": sys.executable,
        "bloq_accounts_url": services.accounts,
        "bloq_nodes_url": services.nodes,
        "bloq_password": services.password,
        "connect_url": services.connect,
        "bloq_new_password": secrets.token_urlsafe(24),
    }
    (folder / "inventory.json").write_text(json.dumps({"all": {"hosts": hosts, "vars": given}}), encoding="utf-8")
    plays = [{"ansible.builtin.import_playbook": str(path)} for path in sorted(folder.glob("*/play.yml"))]
    (folder / "examples.yml").write_text(json.dumps(plays), encoding="utf-8")


def _play(folder: Path, documents: list[str], environment: dict[str, str]) -> list[str]:
    """Run all plays; return the documents that failed."""
    command = [str(TOOLS / "ansible-playbook"), "-i", "inventory.json", "examples.yml"]
    done = subprocess.run(command, cwd=folder, env=environment, check=False, capture_output=True, text=True)
    recap = done.stdout.rpartition("PLAY RECAP")[2]
    failed = [name for name in documents if re.search(rf"^{name} .*failed=[1-9]", recap, re.MULTILINE)]
    if done.returncode:
        print(done.stdout, done.stderr)
    return failed or (["ansible-playbook"] if done.returncode else [])


def _script(folder: Path, environment: dict[str, str]) -> bool:
    """Run a document's shell commands, if it has any; tell whether that went well."""
    if not (folder / "script.sh").exists():
        return True
    # Into a file: a program that the script leaves behind would keep a pipe open.
    with (folder / "script.log").open("w", encoding="utf-8") as log:
        done = subprocess.run(
            [_program("bash"), "script.sh"],
            cwd=folder,
            env={**environment, "BLOQ_USERNAME": _account(folder.name)},
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            timeout=240,
        )
    if done.returncode:
        print((folder / "script.log").read_text(encoding="utf-8"))
    return done.returncode == 0


def _program(name: str) -> str:
    """Return where a program of the system is."""
    path = shutil.which(name)
    if path is None:
        raise FileNotFoundError(name)
    return path


def _report(found: list[Block]) -> None:
    """Tell which examples are not run, and why."""
    for block in found:
        if block.reason and not followed.follows(block):
            print(f"Not run: {block.place}: {block.reason}")


if __name__ == "__main__":
    sys.exit(main())
