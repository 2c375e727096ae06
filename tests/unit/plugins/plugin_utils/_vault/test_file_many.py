# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file with many records: a change of one parses and decrypts little, and comes to the same as with all."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
import yaml
from ansible.parsing.vault import VaultSecret
from ansible_collections.bloq.cloud.plugins.module_utils._errors import InputError
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault import cut, file, secrets, yaml_document
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault.file import VaultFile
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault.secrets import Vault
from hypothesis import given, settings
from hypothesis import strategies as st

MANY = 12
NEW = {"client_id": "f" * 40, "client_secret": "6" * 80}


def _vault() -> Vault:
    return Vault([("default", VaultSecret(b"pw"))])


def _file(folder: Path, *, between: t.Sequence[str] = (), after: str = "") -> Path:
    vault, lines = _vault(), ["# ours", "other: 1", "bloq_client_keys:"]
    for number in range(MANY):
        lines += [f"  key{number}:  # {number}", f"    client_id: {number:040x}", "    client_secret: !vault |"]
        lines += [f"        {line}" for line in vault.encrypt(f"{number:080x}").splitlines()]
        lines += between[number : number + 1]
    path = folder / "vars.yml"
    path.write_text("\n".join([*lines, after]) + "\n", encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def _a_process_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file, "_known_files", {})
    monkeypatch.setattr(secrets, "_decrypted", {})
    monkeypatch.setattr(secrets, "_round_trips", set())


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    found: list[str] = []
    real = Vault._open

    def count(self: Vault, vaulttext: str | bytes, *, where: str) -> tuple[str, VaultSecret]:
        found.append(where)
        return real(self, vaulttext, where=where)

    monkeypatch.setattr(Vault, "_open", count)
    return found


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    found: list[int] = []
    real = yaml_document.Document._parse

    def count(self: yaml_document.Document) -> list[yaml.Event]:
        found.append(len(self.text))
        return real(self)

    monkeypatch.setattr(yaml_document.Document, "_parse", count)
    return found


def test_of_the_other_records_one_is_decrypted_to_prove_the_password(tmp_path: Path, opened: list[str]) -> None:
    path = _file(tmp_path)
    found = VaultFile.read(str(path), _vault())
    assert found.records["key7"]["client_secret"] == f"{7:080x}"
    assert len(opened) == 2
    assert found.mentions(f"{5:040x}") and len(opened) == 2
    assert not found.mentions("a" * 40) and not found.is_named_elsewhere("a" * 40) and len(opened) == 2


def test_blanks_behind_a_header_make_no_other_vault_id(tmp_path: Path, opened: list[str]) -> None:
    path = _file(tmp_path)
    beginning, header, rest = path.read_text(encoding="utf-8").rpartition("$ANSIBLE_VAULT;1.1;AES256")
    path.write_text(f"{beginning}{header} \t{rest}", encoding="utf-8")
    found = VaultFile.read(str(path), _vault())
    assert len(opened) == 1
    assert found.records[f"key{MANY - 1}"]["client_secret"] == f"{MANY - 1:080x}"


def test_an_id_is_found_in_a_field_that_somebody_has_encrypted(tmp_path: Path) -> None:
    sealed = "".join(f"        {line}\n" for line in _vault().encrypt(f"to be kept: {'a' * 40}").splitlines())
    path = _file(tmp_path, between=["    note: !vault |\n" + sealed.rstrip("\n")])
    assert VaultFile.read(str(path), _vault()).mentions("a" * 40)
    assert not VaultFile.read(str(path), _vault()).mentions("b" * 40)


def test_a_loop_parses_the_whole_file_once(tmp_path: Path, parsed: list[int]) -> None:
    path = _file(tmp_path)
    whole = len(path.read_text(encoding="utf-8"))
    for number in range(5):
        found = VaultFile.read(str(path), _vault())
        changed = found.with_record(f"new{number}", NEW)
        changed.store()
        assert VaultFile.read(str(path), _vault()).records[f"new{number}"] == NEW
    assert [size for size in parsed if size >= whole] == [whole]


@pytest.mark.parametrize("after", ["", "tied: &a 1\nto: *a\n"], ids=["a part", "the whole"])
def test_what_a_file_was_made_of_has_proved_it_can_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: str
) -> None:
    proved: list[str] = []
    monkeypatch.setattr(file, "prove_writable", lambda path, **_how: proved.append(path))
    path = str(_file(tmp_path, after=after))
    found = VaultFile.read(path, _vault())
    found.prove_writable()
    found.with_record("new", NEW).prove_writable()
    assert proved == [path]
    # What another task proved was long ago.
    VaultFile.read(path, _vault()).with_record("new", NEW).prove_writable()
    assert proved == [path] * 2


def test_a_name_is_stored_when_the_file_is(tmp_path: Path) -> None:
    found = VaultFile.read(str(_file(tmp_path)), _vault())
    changed = found.with_record("new", NEW)
    assert "key0" in found.stored_names and "new" not in found.stored_names
    changed.store()
    assert "new" in found.stored_names


def test_what_is_found_in_all_records_follows_their_changes(tmp_path: Path) -> None:
    found, word = VaultFile.read(str(_file(tmp_path)), _vault()), "a" * 40
    assert word not in found.records.all_found(file._words)
    one = found.with_record("one", {**NEW, "client_id": word})
    assert word in one.records.all_found(file._words)
    two = one.with_record("two", {**NEW, "client_id": word}).with_record("one", None)
    assert word in two.records.all_found(file._words)
    assert word not in two.with_record("two", NEW).records.all_found(file._words)


def test_the_trial_of_a_file_derives_a_key_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encrypted: list[str] = []
    real = Vault._encrypted

    def count(self: Vault, text: str, label: str | None) -> str:
        encrypted.append(text)
        return real(self, text, label)

    monkeypatch.setattr(Vault, "_encrypted", count)
    found = VaultFile.read(str(_file(tmp_path)), _vault())
    # The first record's secret in the file is the placeholder too.
    monkeypatch.setattr(secrets, "_placeholders", {})
    encrypted.clear()
    for name in ("one", "two"):
        tried = found.with_record(name, {**NEW, "client_secret": secrets.PLACEHOLDER})
        assert tried.records[name]["client_secret"] == secrets.PLACEHOLDER
    assert encrypted == [secrets.PLACEHOLDER]
    other = Vault([("default", VaultSecret(b"another"))])
    assert other.encrypt(secrets.PLACEHOLDER) != _vault().encrypt(secrets.PLACEHOLDER)


def test_what_somebody_else_wrote_meanwhile_is_read(tmp_path: Path) -> None:
    path = _file(tmp_path)
    VaultFile.read(str(path), _vault())
    path.write_text("bloq_client_keys: {}\n", encoding="utf-8")
    assert not VaultFile.read(str(path), _vault()).records


def test_another_password_opens_nothing_that_this_one_has_opened(tmp_path: Path) -> None:
    path = _file(tmp_path)
    VaultFile.read(str(path), _vault())
    with pytest.raises(InputError, match="cannot be decrypted"):
        VaultFile.read(str(path), Vault([("default", VaultSecret(b"wrong"))]))


@given(
    names=st.lists(st.sampled_from([*(f"key{number}" for number in range(MANY)), "new", "other one"]), max_size=4),
    removes=st.booleans(),
    between=st.lists(st.sampled_from(["", "  # a comment", "\n", "    # deep", "# shallow"]), max_size=MANY),
    after=st.sampled_from(["", "last: |+\n  text\n\n", "# the end", "another: {a: [1]}"]),
)
@settings(max_examples=40, deadline=None)
def test_it_comes_to_the_same_as_with_all(
    tmp_path_factory: pytest.TempPathFactory, names: list[str], removes: bool, between: list[str], after: str
) -> None:
    path = _file(tmp_path_factory.mktemp("many"), between=between, after=after)
    near = VaultFile.read(str(path), _vault())
    for name in names:
        record = None if removes else {**NEW, "client_id": near.records.get(name, NEW)["client_id"]}
        far = near._again()
        far._lines = {}
        # What is encrypted anew is never the same twice, so a record that keeps its secret's text is compared by value.
        near, whole = near.with_record(name, record), far.with_record(name, record)
        assert dict(near.records) == dict(whole.records)
        again = VaultFile.read(str(path), _vault())
        again._take(near._text)
        assert dict(again.records) == dict(near.records)
        if removes:
            assert near._text == whole._text
        assert near._lines == cut.record_lines(again._document, again._entry) or len(near.records) < 9
        for word in (f"{3:040x}", "f" * 40):
            assert near.mentions(word) == again.mentions(word)
