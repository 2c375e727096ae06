# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import importlib.machinery
import secrets
import subprocess
import sys
import types
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret
from hypothesis import given
from hypothesis import strategies as st

SCRIPT = Path(__file__).resolve().parents[3] / "roles/credential_bootstrap/files/refuse_plain_secrets.py"
VAULT = VaultLib([("dev", VaultSecret(secrets.token_bytes(16)))])


def _load() -> types.ModuleType:
    # Ansible's import hooks do not let runpy run a file of a collection.
    loader = importlib.machinery.SourceFileLoader("refuse_plain_secrets", str(SCRIPT))
    module = types.ModuleType(loader.name)
    loader.exec_module(module)
    return module


complaints: t.Callable[[str], t.Iterator[str]] = _load().complaints


def encrypted(text: str, vault_id: str | None = "dev", indent: str = "") -> str:
    lines = VAULT.encrypt(text, vault_id=vault_id).decode().splitlines()
    return "\n".join(indent + line for line in lines) + "\n"


def found(text: str) -> list[str]:
    return list(complaints(text))


def record(secret: str) -> str:
    return (
        "# ours\nnetwork: main\nbloq_client_keys:\n  ci:\n"
        f"    client_id: {'ab' * 20}\n    client_secret: {secret}    created_at: '2026-11-24T10:00:00Z'\n"
    )


def test_an_encrypted_record_is_good() -> None:
    assert found(record("!vault |\n" + encrypted("swordfish", indent=" " * 6))) == []
    assert found(record("!vault |\n" + encrypted("swordfish", vault_id=None, indent=" " * 6))) == []


def test_a_file_that_is_encrypted_whole_is_good() -> None:
    assert found(encrypted(record("swordfish\n"))) == []


def test_a_record_in_the_clear_is_refused_at_its_line_and_not_shown() -> None:
    (complaint,) = found(record("swordfish\n"))
    assert complaint == "line 6: bloq_client_keys.ci.client_secret is not encrypted."


@pytest.mark.parametrize(
    "text",
    [
        "node_password: swordfish\n",
        "BLOQ_PASSWORD: swordfish\n",
        "a: [{password: swordfish}]\n",
        "x: &x swordfish\npassword: *x\n",
        "password: [swordfish]\n",
        "password: 12345\n",
        "--- {}\n---\npassword: swordfish\n",
        "a: {<<: {password: swordfish}}\n",
        "password: !vault swordfish\n",
        "note: !vault swordfish\n",
        "password: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  swordfish\n",
    ],
)
def test_plain_secrets_in_every_dress_are_refused(text: str) -> None:
    complained = found(text)
    assert complained
    assert "swordfish" not in "".join(complained)


def test_what_was_added_to_an_encrypted_file_is_refused() -> None:
    assert found(encrypted("a: b") + "password: swordfish\n")
    assert found("$ANSIBLE_VAULT;1.1;AES256\nbloq: plain\n")


def test_what_is_no_yaml_is_refused() -> None:
    assert found("a: [\n") == ["line 2: it is no YAML, so nobody can tell what is in it."]


def test_secrets_and_tokens_are_known_by_their_looks() -> None:
    secret = secrets.token_hex(40)
    assert found(f"a: b\n# was {secret}\n") == ["line 2: this looks like a secret or a token of Bloq's."]
    token = "eyJ" + secrets.token_urlsafe(20) + ".eyJ" + secrets.token_urlsafe(20) + ".x"
    assert found(f"a: {token}\n")
    after = "!vault |\n" + encrypted("swordfish", indent=" " * 6)
    assert found(record(after) + f"# {secret}\n")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "---\n",
        "password: '{{ vaulted_password }}'\n",
        "password:\n",
        "password: ''\n",
        "tokens: 3\n",
        "a: &a [*a]\n",
    ],
)
def test_what_holds_no_secret_is_good(text: str) -> None:
    assert found(text) == []


@given(names=st.lists(st.sampled_from(["client_secret", "refresh_token", "note", "ci"])), data=st.data())
def test_one_plain_secret_among_encrypted_ones_never_passes(names: list[str], data: st.DataObject) -> None:
    value: t.Any = "swordfish"
    for name in ["client_secret", *names]:
        value = {name: value} if data.draw(st.booleans()) or name == "client_secret" else [value]
    text = yaml.safe_dump({"a": value}) + "b: !vault |\n" + encrypted("x", indent="  ")
    assert found(text)


def test_what_is_nested_too_deeply_is_refused() -> None:
    complaint = "line 1: it is nested too deeply, so nobody can tell what is in it."
    assert found("a: " + "[" * 900 + "]" * 900) == [complaint]


def test_as_a_program_it_tells_by_its_exit_code(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.yml", tmp_path / "bad.yml"
    good.write_text(encrypted("a: b"))
    bad.write_text("password: swordfish\n")
    command = [sys.executable, str(SCRIPT)]
    assert subprocess.run([*command, str(good)], check=False).returncode == 0
    done = subprocess.run([*command, str(good), str(bad)], check=False, capture_output=True, text=True)
    assert done.returncode == 1
    assert f"{bad}: line 1: password is not encrypted." in done.stderr
    assert "swordfish" not in done.stderr + done.stdout
    assert subprocess.run([*command, str(tmp_path / "none.yml")], check=False, capture_output=True).returncode == 1
