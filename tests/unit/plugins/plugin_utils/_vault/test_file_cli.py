# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What we write, Ansible's own commands read and edit."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import subprocess
import sys
import typing as t

import pytest
from ansible.parsing.vault import VaultSecret
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault.file import Layout, VaultFile
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault.secrets import Vault

RECORD = {
    "accounts_url": "https://accounts.bloq.cloud",
    "client_id": "{{ 7 * 7 }}",
    "client_secret": "grüße: #1",
    "created_at": "2026-11-24T10:00:00Z",
    "pending": {"client_id": "0123", "client_secret": "yes"},
    "retiring": [{"client_id": "1e3", "retire_after": "2026-11-25T10:00:00Z"}],
}
PLAY = """\
- hosts: localhost
  gather_facts: false
  vars_files: [inline.yml, file.yml]
  tasks:
    - ansible.builtin.copy:
        content: "{{ {'inline': inline_keys, 'file': file_keys} | to_json }}"
        dest: "{{ playbook_dir }}/out.json"
        mode: "0600"
"""


@pytest.fixture
def folder(tmp_path: pathlib.Path) -> pathlib.Path:
    vault = Vault([("default", VaultSecret(b"one")), ("dev", VaultSecret(b"two"))], vault_id="dev")
    layouts: tuple[Layout, ...] = ("inline", "file")
    for layout in layouts:
        path = tmp_path / f"{layout}.yml"
        VaultFile.read(str(path), vault, variable=f"{layout}_keys", layout=layout).with_record("ci x", RECORD).store()
    for name, text in {"one": "one", "two": "two", "three": "three", "play.yml": PLAY}.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def run(folder: pathlib.Path, command: str, *arguments: str, **environment: str) -> str:
    # ansible-test runs the tests in an environment of its own that has no commands.
    program = shutil.which(command) or pathlib.Path(sys.executable).parent / command
    ours = {"ANSIBLE_HOME": str(folder / ".ansible"), "ANSIBLE_NOCOLOR": "1", "LC_ALL": "C.UTF-8", **environment}
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    done = subprocess.run(
        [program, *arguments], cwd=folder, env={**inherited, **ours}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def loaded(folder: pathlib.Path, *passwords: str) -> dict[str, t.Any]:
    options = [word for password in passwords for word in ("--vault-id", password)]
    run(folder, "ansible-playbook", *options, "play.yml")
    return t.cast(dict[str, t.Any], json.loads((folder / "out.json").read_text()))


def test_a_play_loads_both_layouts(folder: pathlib.Path) -> None:
    assert loaded(folder, "default@one", "dev@two") == {"inline": {"ci x": RECORD}, "file": {"ci x": RECORD}}


def test_ansible_vault_views_edits_rekeys_and_decrypts_a_whole_file(folder: pathlib.Path) -> None:
    path = folder / "file.yml"
    known = ("--vault-id", "default@one", "--vault-id", "dev@two")
    assert 'client_secret: "grüße: #1"\n' in run(folder, "ansible-vault", "view", *known, "file.yml")
    run(folder, "ansible-vault", "edit", *known, "file.yml", EDITOR="sed -i s/grüße/gruss/")
    assert path.read_text().startswith("$ANSIBLE_VAULT;1.2;AES256;dev\n")
    run(folder, "ansible-vault", "rekey", *known, "--new-vault-id", "new@three", "file.yml")
    vault = Vault([("default", VaultSecret(b"one")), ("new", VaultSecret(b"three"))])
    file = VaultFile.read(str(path), vault, variable="file_keys").with_record("ci x", {"client_secret": "next"})
    file.store()
    assert path.read_text().startswith("$ANSIBLE_VAULT;1.2;AES256;new\n")
    run(folder, "ansible-vault", "decrypt", "--vault-id", "new@three", "file.yml")
    assert path.read_text() == "---\nfile_keys:\n  ci x:\n    client_secret: next\n"


def test_values_that_ansible_vault_encrypted_are_read(folder: pathlib.Path) -> None:
    options = ("--vault-id", "dev@two", "--name", "    client_secret", "grüße")
    block = run(folder, "ansible-vault", "encrypt_string", *options)
    path = folder / "own.yml"
    path.write_text("bloq_client_keys:\n  ci:\n" + block.replace("\n", "\n    ").rstrip() + "\n")
    file = VaultFile.read(str(path), Vault([("dev", VaultSecret(b"two"))]))
    assert file.records == {"ci": {"client_secret": "grüße"}}
