# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hook knows a vault password's file by its name, and pre-commit hands it over."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from ansible_collections.bloq.cloud.tests.unit.plugins.plain_secrets import SCRIPT, encrypted


def hooked(path: Path, text: str) -> subprocess.CompletedProcess[str]:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    command = [sys.executable, str(SCRIPT), str(path)]
    return subprocess.run(command, check=False, capture_output=True, text=True)


PASSWORD_FILES = ("new-password", "vault-password", ".vault_pass", "vault_password.txt", "a-Vault-Pass", "db.password")

MORE_PASSWORD_FILES = [
    ".vault-pass",
    "vault_pass",
    "vault_pass.txt",
    "vault-password.txt",
    ".vault_password",
    "dev.vault_pass",
    ".ansible-vault-pass",
    ".vaultpass",
    "vault.pass",
    "vault_password_file",
    ".vault_pass.dev",
    "vault-pass.production",
    ".vault_pass.bak",
    "vault_pw",
    ".vault-pwd",
    "vault.key",
    ".vault_key",
    "vault-secret",
    "vault_secret.txt",
    "password",
    "password.txt",
    ".passphrase",
    ".vault",
    ".ansible-vault",
    "vault.txt",
    "ansible_vault.txt",
]


def test_many_names_stand_for_a_vault_password(tmp_path: Path) -> None:
    others = [
        "vault-password.yml",
        "vault",
        "vault.yml",
        "vault_keys",
        "passwords",
        "default",
        "ci.vault",
        "vault-pass.sh",
    ]
    for name in (*MORE_PASSWORD_FILES, *others):
        (tmp_path / name).write_text("a: 1\n")
    command = [sys.executable, str(SCRIPT), *MORE_PASSWORD_FILES, *others]
    refused = subprocess.run(command, check=False, capture_output=True, text=True, cwd=tmp_path)
    assert [
        line.partition(": it is named as a vault")[0] for line in refused.stderr.splitlines()
    ] == MORE_PASSWORD_FILES


@pytest.mark.parametrize("name", PASSWORD_FILES)
def test_a_vault_passwords_file_is_refused(tmp_path: Path, name: str) -> None:
    for password in ("c3dvcmRmaXNo", "correct horse battery\n", "\u00fc\u00df\n\n"):
        refused = hooked(tmp_path / name, password)
        assert refused.returncode == 1 and "named as a vault password's file" in refused.stderr
        assert password.strip() not in refused.stderr and "ansible-vault encrypt" not in refused.stderr


@pytest.mark.parametrize("name", PASSWORD_FILES)
def test_what_is_only_named_so_is_good(tmp_path: Path, name: str) -> None:
    for text in ("", "#!/bin/sh\nprintenv VAULT_PASSWORD\n", encrypted("swordfish")):
        assert hooked(tmp_path / name, text).returncode == 0
    assert hooked(tmp_path / name, "db: 1\nclient_secret: swordfish\n").returncode == 1
    # A script has an ending; in variables a name is no reason.
    assert hooked(tmp_path / "vault-password.yml", "a: 1\n").returncode == 0


def test_pre_commit_hands_over_the_files_of_passwords_and_no_scripts() -> None:
    example = SCRIPT.parents[3] / "docs/examples/gitops"
    hook = yaml.safe_load((example / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"][0]

    def is_given(path: str) -> bool:
        return bool(re.search(hook["files"], path)) and not re.search(hook["exclude"], path)

    for path in (
        *PASSWORD_FILES,
        *MORE_PASSWORD_FILES,
        "ci/new-password",
        "group_vars/all/bloq.yml",
        "host_vars/web/vault",
        "keys.yml",
    ):
        assert is_given(path), path
    for path in ("ci/vault-password.sh", "README.md", "group_vars/all/notes.txt", "docs/passwords.md", "deploy.yml"):
        assert not is_given(path), path
    ignored = (example / ".gitignore").read_text().splitlines()
    assert {"/vault-password", "/new-password", "*-password"} <= set(ignored)


def test_the_marks_of_a_merge_are_no_reason_to_encrypt(tmp_path: Path) -> None:
    refused = hooked(tmp_path / "bloq.yml", "a: 1\n<<<<<<< HEAD\nb: 1\n=======\nb: 2\n>>>>>>> other\n")
    assert refused.returncode == 1 and "line 2: the marks of a merge are here" in refused.stderr
    assert "ansible-vault encrypt" not in refused.stderr
