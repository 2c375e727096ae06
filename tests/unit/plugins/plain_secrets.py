# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of refuse_plain_secrets.py share: the program as a module, and secrets to be found."""

from __future__ import annotations

import base64
import importlib.machinery
import secrets
import types
import typing as t
from pathlib import Path

from ansible.parsing.vault import VaultLib, VaultSecret

COLLECTION = Path(__file__).resolve().parents[3]
SCRIPT = COLLECTION / "roles/credential_bootstrap/files/refuse_plain_secrets.py"

SECRET = secrets.token_hex(40)
TOKEN = ".".join(
    base64.urlsafe_b64encode(part).decode().rstrip("=")
    for part in (b'{"alg":"RS256","typ":"JWT"}', b'{"sub":"somebody","exp":1800000000}', secrets.token_bytes(64))
)

_VAULT = VaultLib([("dev", VaultSecret(secrets.token_bytes(16)))])


def _load() -> types.ModuleType:
    # Ansible's import hooks do not let runpy run a file of a collection.
    loader = importlib.machinery.SourceFileLoader("refuse_plain_secrets", str(SCRIPT))
    module = types.ModuleType(loader.name)
    loader.exec_module(module)
    return module


_MODULE = _load()
is_template: t.Callable[[str], bool] = _MODULE.is_template


def encrypted(text: str, vault_id: str | None = "dev", indent: str = "") -> str:
    """Return a text as Ansible Vault encrypts it."""
    lines = _VAULT.encrypt(text, vault_id=vault_id).decode().splitlines()
    return "\n".join(indent + line for line in lines) + "\n"


def found(text: str) -> list[str]:
    """Return what the program says of a file with that text."""
    return list(_MODULE.complaints(text))
