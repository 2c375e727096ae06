# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The vault file is stored whole or not at all, where nobody changed it meanwhile, and can be tried beforehand."""

from __future__ import annotations

import errno
import os
import pathlib
import typing as t

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._errors import FileError, InputError
from ansible_collections.bloq.cloud.plugins.plugin_utils._files.rights import Rights, rights_of
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault import file as vault_file
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault.file import VaultFile
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault.secrets import Vault
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._vault.vault_texts import (
    RECORD,
    SECRET,
    VAULT,
    sealed,
)


class TestStore:
    def test_twice(self, path: pathlib.Path) -> None:
        file = VaultFile.read(str(path), VAULT).with_record("ci", {"client_id": "x"})
        file.store()
        file.store()
        file = file.with_record("ci", {"client_id": "y"})
        file.store()
        assert path.read_text() == "---\nbloq_client_keys:\n  ci:\n    client_id: y\n"

    @pytest.mark.parametrize("layout", ["inline", "file"])
    def test_a_file_changed_meanwhile_is_left_alone(self, path: pathlib.Path, layout: t.Any) -> None:
        file = VaultFile.read(str(path), VAULT, layout=layout).with_record("ci", RECORD)
        path.write_text("theirs: 1\n")
        with pytest.raises(FileError, match="someone else"):
            file.store()
        assert path.read_text() == "theirs: 1\n"
        file = VaultFile.read(str(path), VAULT).with_record("ci", RECORD)
        path.unlink()
        with pytest.raises(FileError, match="someone else"):
            file.store()
        assert not path.exists()

    def test_a_link_put_in_its_place_meanwhile_is_left_alone(self, path: pathlib.Path) -> None:
        path.write_text("a: 1\n")
        file = VaultFile.read(str(path), VAULT).with_record("ci", RECORD)
        theirs = path.parent / "theirs.yml"
        path.rename(theirs)
        path.symlink_to(theirs)
        with pytest.raises(FileError, match="someone else"):
            file.store()
        assert path.is_symlink() and theirs.read_text() == "a: 1\n"

    def test_another_hard_link_keeps_the_old_content(self, path: pathlib.Path) -> None:
        path.write_text("a: 1\n")
        other = path.parent / "other.yml"
        other.hardlink_to(path)
        VaultFile.read(str(path), VAULT).with_record("ci", RECORD).store()
        assert other.read_text() == "a: 1\n" and "bloq_client_keys" in path.read_text()

    def test_mode_and_owner_stay(self, path: pathlib.Path) -> None:
        path.write_text("a: 1\n")
        path.chmod(0o640)
        if os.geteuid() == 0:
            os.chown(path, 1234, 2345)
        before = path.stat()
        file = VaultFile.read(str(path), VAULT)
        file.prove_writable()
        file.with_record("ci", RECORD).store()
        after = path.stat()
        assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)

    def test_a_link_stays_a_link(self, path: pathlib.Path) -> None:
        real = path.parent / "elsewhere" / "real.yml"
        real.parent.mkdir()
        real.write_text("a: 1\n")
        path.symlink_to("elsewhere/real.yml")
        file = VaultFile.read(str(path), VAULT).with_record("ci", RECORD)
        assert file.path == str(real)
        file.store()
        assert path.is_symlink() and real.read_text().startswith("a: 1\nbloq_client_keys:\n")
        assert sorted(os.listdir(path.parent)) == ["elsewhere", "vars.yml"]

    def test_a_failure_leaves_the_file_and_no_plain_text(
        self, path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path.write_bytes(sealed("a: 1\n"))
        before = path.read_bytes()
        file = VaultFile.read(str(path), VAULT).with_record("ci", RECORD)
        written: list[bytes] = []

        def fail(old: str, _new: str) -> None:
            written.append(pathlib.Path(old).read_bytes())
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))

        monkeypatch.setattr(os, "replace", fail)
        with pytest.raises(FileError, match="Read-only"):
            file.store()
        assert path.read_bytes() == before
        assert os.listdir(path.parent) == ["vars.yml"]
        assert written[0].startswith(b"$ANSIBLE_VAULT")


class TestProof:
    def test_no_password(self, path: pathlib.Path) -> None:
        with pytest.raises(InputError, match="--vault-id"):
            VaultFile.read(str(path), Vault([])).prove_writable()

    def test_an_unknown_vault_id(self, path: pathlib.Path) -> None:
        with pytest.raises(InputError, match="prod"):
            VaultFile.read(str(path), Vault([("dev", SECRET)], vault_id="prod")).prove_writable()

    def test_a_folder_that_takes_no_file(self, path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*_arguments: object, **_options: object) -> t.NoReturn:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

        monkeypatch.setattr("tempfile.mkstemp", fail)
        with pytest.raises(FileError, match="Permission denied"):
            VaultFile.read(str(path), VAULT).prove_writable()

    def test_without_a_secret_no_password_is_needed_unless_the_file_is_encrypted(self, path: pathlib.Path) -> None:
        VaultFile.read(str(path), Vault([])).prove_writable(seals=False)
        with pytest.raises(InputError, match="--vault-id"):
            VaultFile.read(str(path), Vault([]), layout="file").prove_writable(seals=False)

    def test_it_is_proved_once_and_with_the_file_s_rights(
        self, path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path.write_text("a: 1\n")
        path.chmod(0o640)
        proved: list[tuple[str, int, Rights | None]] = []
        monkeypatch.setattr(vault_file, "prove_writable", lambda path, *, size, like: proved.append((path, size, like)))
        file = VaultFile.read(str(path), VAULT)
        file.prove_writable()
        file.prove_writable()
        file.with_record("ci", RECORD).prove_writable()
        ((where, size, like),) = proved
        assert (where, like) == (str(path), rights_of(str(path)))
        assert size > 10_000 + len(path.read_bytes())
        VaultFile.read(str(path), VAULT).prove_writable()
        assert len(proved) == 2
