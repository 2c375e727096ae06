# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A new vault file has the layout that is asked for; one that is there keeps its own, and how it was encrypted."""

from __future__ import annotations

import os
import pathlib
import stat
import typing as t

import pytest
from ansible.parsing.vault import VaultLib
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault.file import VaultFile
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault.secrets import Vault
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._vault.vault_texts import (
    HIDDEN,
    LIBRARY,
    OTHER,
    RECORD,
    SECRET,
    VAULT,
    inline,
    sealed,
)


class TestNewFile:
    def test_inline(self, path: pathlib.Path) -> None:
        file = VaultFile.read(str(path), VAULT)
        assert (file.path, file.layout, dict(file.records), file.changed) == (str(path), "inline", {}, False)
        file.prove_writable()
        assert os.listdir(path.parent) == []
        file = file.with_record("ci", RECORD)
        assert file.changed and not path.exists()
        file.store()
        text = path.read_text()
        assert text.startswith("---\nbloq_client_keys:\n  ci:\n    accounts_url: https://accounts.bloq.cloud\n")
        assert '    created_at: "2026-11-24T10:00:00Z"\n' in text
        assert '    retiring:\n      - {client_id: 91ab, retire_after: "2026-11-25T10:00:00Z"}\n' in text
        assert text.count("!vault |\n") == text.count("$ANSIBLE_VAULT;1.2;AES256;dev\n") == 2
        assert HIDDEN not in text
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert os.listdir(path.parent) == ["vars.yml"]
        assert VaultFile.read(str(path), VAULT).records == {"ci": RECORD}

    def test_a_secret_in_a_list_has_lines_of_its_own(self, path: pathlib.Path) -> None:
        record = {"client_id": "x", "others": [{"client_id": "y", "client_secret": HIDDEN}, {"client_id": "z"}]}
        VaultFile.read(str(path), VAULT).with_record("ci", record).store()
        text = path.read_text()
        assert "    others:\n      - client_id: y\n        client_secret: !vault |\n" in text
        assert text.endswith("\n      - {client_id: z}\n")
        assert VaultFile.read(str(path), VAULT).records == {"ci": record}

    def test_whole(self, path: pathlib.Path) -> None:
        vault = Vault([("dev", SECRET), ("other", OTHER)], vault_id="other")
        file = VaultFile.read(str(path), vault, layout="file").with_record("ci", RECORD)
        file.store()
        content = path.read_bytes()
        assert content.startswith(b"$ANSIBLE_VAULT;1.2;AES256;other\n")
        plain = VaultLib([("x", OTHER)]).decrypt(content).decode()
        assert plain.startswith("---\nbloq_client_keys:\n  ci:\n") and f"client_secret: {HIDDEN}\n" in plain
        again = VaultFile.read(str(path), VAULT)
        assert again.layout == "file" and again.records == {"ci": RECORD}

    def test_nothing_to_write_writes_nothing(self, path: pathlib.Path) -> None:
        VaultFile.read(str(path), VAULT).with_record("ci", None).store()
        assert not path.exists()

    @pytest.mark.parametrize("layout", ["inline", "file"])
    def test_an_empty_file_has_no_layout_of_its_own(self, path: pathlib.Path, layout: t.Any) -> None:
        path.write_bytes(b"")
        path.chmod(0o644)
        file = VaultFile.read(str(path), VAULT, layout=layout).with_record("ci", RECORD)
        file.store()
        assert path.read_bytes().startswith(b"---\nbloq" if layout == "inline" else b"$ANSIBLE_VAULT")
        assert stat.S_IMODE(path.stat().st_mode) == 0o644


class TestWholeFile:
    TEXT = "# mine\na: 1 # stays\nbloq_client_keys:\n  ci: # c\n    client_id: x\nz: 2"

    @pytest.mark.parametrize(
        ("label", "header"),
        [("other", b"$ANSIBLE_VAULT;1.2;AES256;other\n"), (None, b"$ANSIBLE_VAULT;1.1;AES256\n")],
    )
    def test_it_stays_as_it_was_encrypted(self, path: pathlib.Path, label: str | None, header: bytes) -> None:
        path.write_bytes(sealed(self.TEXT, OTHER, label))
        file = VaultFile.read(str(path), VAULT)
        file.prove_writable()
        file = file.with_record("ci", {"client_id": "y"})
        file.store()
        content = path.read_bytes()
        assert content.startswith(header)
        plain = VaultLib([("x", OTHER)]).decrypt(content).decode()
        assert plain == self.TEXT.replace("client_id: x", "client_id: y")

    def test_an_unchanged_one_keeps_its_bytes(self, path: pathlib.Path) -> None:
        content = sealed(self.TEXT)
        path.write_bytes(content)
        file = VaultFile.read(str(path), VAULT, layout="inline").with_record("ci", {"client_id": "x"})
        assert not file.changed
        file.store()
        assert path.read_bytes() == content

    def test_a_vaulted_value_inside_is_read_and_kept(self, path: pathlib.Path) -> None:
        value = inline("inner")
        path.write_bytes(sealed(f"bloq_client_keys:\n  ci:\n    client_secret: {value}    client_id: x\n"))
        file = VaultFile.read(str(path), VAULT)
        assert file.records == {"ci": {"client_secret": "inner", "client_id": "x"}}
        file.with_record("ci", {"client_secret": "inner", "client_id": "y"}).store()
        assert value in LIBRARY.decrypt(path.read_bytes()).decode()
