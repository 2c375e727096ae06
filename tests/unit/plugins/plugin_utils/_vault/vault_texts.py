# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two passwords, what they encrypt, and a record whose secrets must not be seen."""

from __future__ import annotations

import typing as t

from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault.secrets import Vault

SECRET, OTHER = VaultSecret(b"a pass phrase"), VaultSecret(b"another pass phrase")
VAULT = Vault([("dev", SECRET), ("other", OTHER)])
LIBRARY = VaultLib([("dev", SECRET), ("other", OTHER)])
HIDDEN = "not to be seen"
RECORD = {
    "accounts_url": "https://accounts.bloq.cloud",
    "client_id": "6f0c",
    "client_secret": HIDDEN,
    "created_at": "2026-11-24T10:00:00Z",
    "pending": {"client_id": "77ab", "client_secret": HIDDEN + " 2", "created_at": "2026-11-25T10:00:00Z"},
    "retiring": [{"client_id": "91ab", "retire_after": "2026-11-25T10:00:00Z"}],
}


def sealed(text: str, secret: VaultSecret = SECRET, vault_id: str | None = None) -> bytes:
    return t.cast(bytes, LIBRARY.encrypt(text, secret=secret, vault_id=vault_id))


def inline(text: str, secret: VaultSecret = SECRET, indent: str = "      ") -> str:
    return "!vault |\n" + "".join(f"{indent}{line}\n" for line in sealed(text, secret).decode().splitlines())


def assert_hidden(error: BaseException) -> None:
    assert HIDDEN not in str(error) and HIDDEN.replace(" ", "_") not in str(error)
    # A traceback shows a cause, and a context that is not suppressed.
    assert error.__cause__ is None and (error.__context__ is None or error.__suppress_context__)
