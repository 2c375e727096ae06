# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A vault file that cannot be replaced is known before it is stored, and nothing is left behind."""

from __future__ import annotations

import pathlib

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._errors import FileError, InputError
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault.file import VaultFile
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault.secrets import Vault
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._vault.unwritable import unwritable
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._vault.vars_files import VAULT


def test_it_is_told_and_left_as_it_was(path: pathlib.Path) -> None:
    VaultFile.read(str(path), VAULT).with_record("ci", {"client_id": "a"}).store()
    before = path.read_bytes()
    with unwritable(), pytest.raises(FileError, match="Cannot replace"):
        VaultFile.read(str(path), VAULT).prove_writable()
    assert path.read_bytes() == before
    VaultFile.read(str(path), VAULT).prove_writable()
    assert list(path.parent.iterdir()) == [path]


def test_what_has_been_proved_is_proved_for_each_change(path: pathlib.Path) -> None:
    file = VaultFile.read(str(path), VAULT)
    file.prove_writable()
    with unwritable():
        file.with_record("ci", {"client_id": "a"}).prove_writable()


def test_a_secret_needs_a_password_and_a_removal_needs_none(path: pathlib.Path) -> None:
    file = VaultFile.read(str(path), Vault([]))
    file.prove_writable(seals=False)
    with pytest.raises(InputError):
        file.prove_writable()
