# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each value keeps its vault id, needs the password of that one, and none where it is not ours."""

from __future__ import annotations

import pathlib
import typing as t

import pytest
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.bloq.cloud.plugins.module_utils._errors import InputError
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault.file import VaultFile
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault.secrets import Vault
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._vault.vault_texts import (
    HIDDEN,
    OTHER,
    RECORD,
    SECRET,
    VAULT,
    assert_hidden,
    inline,
    sealed,
)


@pytest.mark.parametrize("secrets", [[], [("dev", OTHER)]], ids=["none", "wrong"])
def test_a_wrong_password_names_the_file_and_the_record(path: pathlib.Path, secrets: t.Any) -> None:
    text = f"a: 1\nbloq_client_keys:\n  ci: {{}}\n  two:\n    client_secret: {inline(HIDDEN)}"
    path.write_text(text)
    with pytest.raises(InputError, match=r"vars\.yml, line 5: a value in the record 'two' .*--vault-id") as caught:
        VaultFile.read(str(path), Vault(secrets))
    assert_hidden(caught.value)
    path.write_bytes(sealed(text))
    with pytest.raises(InputError, match=r"vars\.yml (cannot be decrypted|is encrypted).*--vault-id"):
        VaultFile.read(str(path), Vault(secrets))


def test_vaulted_values_of_others_need_no_password(path: pathlib.Path) -> None:
    theirs = "theirs: " + inline("x", VaultSecret(b"a third one"), "  ")
    path.write_text(theirs)
    VaultFile.read(str(path), VAULT).with_record("ci", RECORD).store()
    assert path.read_text().startswith(theirs + "bloq_client_keys:\n")


class TestVaultIds:
    """In a file with values of several vault ids, each keeps its own."""

    TEXT = (
        "bloq_client_keys:\n"
        f"  test:\n    client_id: a\n    client_secret: {inline('one', SECRET)}"
        "  live:\n    client_id: b\n    client_secret: !vault |\n"
    ) + "".join(f"      {line}\n" for line in sealed("two", OTHER, "other").decode().splitlines())

    def secrets_of(self, path: pathlib.Path) -> list[str]:
        """Return the words that say with which vault id each value is encrypted."""
        return [line.split(";")[-1] for line in path.read_text().splitlines() if "$ANSIBLE_VAULT" in line]

    def test_a_new_secret_has_the_vault_id_of_the_one_it_replaces(self, path: pathlib.Path) -> None:
        path.write_text(self.TEXT)
        pending = {"client_id": "d", "client_secret": "four", "created_at": "2026-11-24T10:00:00Z"}
        file = VaultFile.read(str(path), VAULT)
        file = file.with_record("live", {"client_id": "c", "client_secret": "three", "pending": pending})
        file.with_record("test", {"client_id": "a", "client_secret": "five"}).store()
        # Without a label, as the play's first secret was given, the header names none.
        assert self.secrets_of(path) == ["AES256", "other", "other"]
        only_other = VaultLib([("other", OTHER)])
        text = path.read_text()
        body = text[text.index("  live:") :].split("!vault |\n")[1].split("    pending:")[0]
        assert only_other.decrypt("\n".join(line.strip() for line in body.splitlines())) == b"three"

    def test_the_vault_id_that_the_task_picks_wins(self, path: pathlib.Path) -> None:
        path.write_text(self.TEXT)
        vault = Vault([("dev", SECRET), ("other", OTHER)], vault_id="dev")
        VaultFile.read(str(path), vault).with_record("live", {"client_id": "b", "client_secret": "three"}).store()
        assert self.secrets_of(path) == ["AES256", "dev"]

    def test_a_record_in_the_clear_is_not_sealed(self, path: pathlib.Path) -> None:
        path.write_text(self.TEXT + "  clear:\n    client_id: c\n    client_secret: open\n")
        file = VaultFile.read(str(path), VAULT)
        assert [file.is_sealed(name) for name in ("test", "live", "clear", "none")] == [True, True, False, True]
        path.write_bytes(sealed(path.read_text()))
        assert VaultFile.read(str(path), VAULT).is_sealed("clear")

    def test_it_mentions_what_stands_anywhere(self, path: pathlib.Path) -> None:
        path.write_text(
            f"others: {{x: {{client_id: 6f0c}}}}\nbloq_client_keys:\n  ci:\n    client_id: {inline('91ab')}"
        )
        file = VaultFile.read(str(path), VAULT)
        assert [file.mentions(word) for word in ("6f0c", "91ab", "77ab")] == [True, True, False]

    def test_an_id_may_be_written_in_upper_case(self, path: pathlib.Path) -> None:
        path.write_text("others: {client_id: 6F0C}\n")
        file = VaultFile.read(str(path), VAULT)
        assert [file.mentions(word) for word in ("6f0c", "6F0C", "6f0", "6f0c1")] == [True, True, False, False]

    def test_an_id_is_named_by_another_record_or_another_variable(self, path: pathlib.Path) -> None:
        path.write_text(
            "others: [{client_id: 6F0C}]\nbloq_client_keys:\n  ci:\n    client_id: 91ab\n  two:\n    client_id: 77ab\n"
            "    retiring: [{client_id: 33AB}]\n"
        )
        file = VaultFile.read(str(path), VAULT)
        for word, of_ci, of_two, of_both in (
            ("91ab", False, True, False),
            ("77ab", True, False, False),
            ("33ab", True, False, False),
            ("6f0c", True, True, True),
            ("none", False, False, False),
        ):
            assert file.is_named_elsewhere(word, "ci") is of_ci
            assert file.is_named_elsewhere(word, "two") is of_two
            assert file.is_named_elsewhere(word, "ci", "two") is of_both

    def test_in_a_file_that_is_not_there_nothing_is_named(self, path: pathlib.Path) -> None:
        file = VaultFile.read(str(path), VAULT)
        assert not file.is_named_elsewhere("6f0c") and not file.mentions("6f0c") and file.is_sealed("ci")
