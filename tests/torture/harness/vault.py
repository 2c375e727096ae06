# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Vault files read and written with ansible-core's vault alone, so that ours is not judged by itself."""

from __future__ import annotations

import typing as t
from pathlib import Path

import yaml
from ansible.parsing.vault import VaultLib, VaultSecret

VARIABLE = "bloq_client_keys"


def load_records(vault_file: Path, password_file: Path) -> dict[str, dict[str, t.Any]]:
    """Return the records in a vault file by name, decrypted; empty when there is no file."""
    if not vault_file.exists():
        return {}
    library = _library(password_file)

    class Loader(yaml.SafeLoader):
        pass

    def decrypted(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> str:
        return t.cast(bytes, library.decrypt(node.value)).decode()

    Loader.add_constructor("!vault", decrypted)
    content = vault_file.read_bytes()
    if content.startswith(b"$ANSIBLE_VAULT"):
        content = t.cast(bytes, library.decrypt(content))
    variables = yaml.load(content, Loader) or {}  # noqa: S506 - it is a SafeLoader
    return t.cast("dict[str, dict[str, t.Any]]", variables.get(VARIABLE) or {})


def write_record(vault_file: Path, password_file: Path, name: str, record: t.Mapping[str, str]) -> None:
    """Write a vault file with one record, its secret encrypted."""
    vaulttext = t.cast(bytes, _library(password_file).encrypt(record["client_secret"])).decode()
    lines = ["---", f"{VARIABLE}:", f"  {name}:"]
    lines += [f'    {field}: "{value}"' for field, value in record.items() if field != "client_secret"]
    lines += ["    client_secret: !vault |", *(f"      {line}" for line in vaulttext.splitlines())]
    vault_file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_variables(path: Path, password_file: Path, variables: t.Mapping[str, str]) -> None:
    """Write a vars file that is encrypted whole."""
    path.write_bytes(_library(password_file).encrypt(yaml.safe_dump(dict(variables))))


def _library(password_file: Path) -> VaultLib:
    return VaultLib([("default", VaultSecret(password_file.read_bytes().strip()))])
