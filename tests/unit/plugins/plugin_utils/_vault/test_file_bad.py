# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A vault file that cannot be read, and a place that has none, is told without showing what is in it."""

from __future__ import annotations

import os
import pathlib
import typing as t

import pytest
import yaml
from ansible_collections.bloq.cloud.plugins.module_utils._errors import FileError, InputError
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault import yaml_document
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault.file import VaultFile
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._vault.vault_texts import (
    HIDDEN,
    LIBRARY,
    SECRET,
    VAULT,
    assert_hidden,
    inline,
    sealed,
)

# A text that would be copied 9^11 times.
LAUGHS = "a0: &a0 [lol]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))
MERGES = "m0: &m0 {a: 1}\n" + "".join(f"m{n}: &m{n} {{<<: [{', '.join([f'*m{n - 1}'] * 9)}]}}\n" for n in range(1, 12))
BAD = {
    "not YAML": (f"a: [1,\n{HIDDEN}: }}\n", "not valid YAML at line 2"),
    "tab": (f"a:\n\t{HIDDEN}: 1\n", "not valid YAML at line 2"),
    "control character": (f"a: {HIDDEN}\x01\n", "character that YAML forbids"),
    "undefined alias": (f"a: *{HIDDEN.replace(' ', '_')}\n", r"not valid YAML at line 1, column 4\."),
    "list": (f"- {HIDDEN}\n", "top level must be a mapping"),
    "text": (f"{HIDDEN}\n", "top level must be a mapping"),
    "null": ("null\n", "top level must be a mapping"),
    "documents": (f"a: 1\n---\nb: {HIDDEN}\n", "several YAML documents"),
    "variable is a list": (
        f"bloq_client_keys: [{HIDDEN}]\n",
        "line 1, the variable bloq_client_keys: it must be a map",
    ),
    "variable is text": (f"bloq_client_keys: {HIDDEN}\n", "it must be a mapping"),
    "variable is vaulted": ("bloq_client_keys: " + inline(HIDDEN, indent="  "), "it must be a mapping"),
    "record is text": (f"bloq_client_keys:\n  ci: {HIDDEN}\n", "line 2, the record 'ci': it must be a mapping"),
    "record is null": ("bloq_client_keys:\n  ci:\n", "the record 'ci': it must be a mapping"),
    "variable twice": ("bloq_client_keys: {}\na: 1\nbloq_client_keys: {}\n", "twice, again at line 3"),
    "record twice": ("bloq_client_keys:\n  ci: {}\n  ci: {}\n", "line 3, .*there twice"),
    "field twice": ("bloq_client_keys:\n  ci:\n    a: 1\n    a: 2\n", "line 4, the record 'ci': .*there twice"),
    "name is a number": ("bloq_client_keys:\n  2024: {}\n", "line 2, .*put it in quotes"),
    "field is a list": ("bloq_client_keys:\n  ci: {[a]: 1}\n", "put it in quotes"),
    "unknown tag": (f"bloq_client_keys:\n  ci:\n    a: !x {HIDDEN}\n", "line 3, the record 'ci': .*YAML tag"),
    "binary": ("bloq_client_keys:\n  ci:\n    a: !!binary aGk=\n", "YAML tag"),
    "bad number": (f"bloq_client_keys:\n  ci:\n    a: !!int '{HIDDEN}'\n", "not a valid number"),
    "merged variable": ("a: &a {bloq_client_keys: {}}\n<<: *a\n", "merge key"),
    "bad merge": ("bloq_client_keys:\n  ci:\n    <<: x\n", "not valid YAML at line 3"),
    "endless": ("bloq_client_keys: &a\n  ci: *a\n", "contains itself"),
    "vaulted list": ("bloq_client_keys:\n  ci:\n    a: !vault [x]\n", "!vault stands before"),
    "no vaulttext": (
        f"bloq_client_keys:\n  ci:\n    a: !vault {HIDDEN}\n",
        "line 3: a value in the record 'ci' cannot",
    ),
    "many aliases": (LAUGHS + "bloq_client_keys:\n  ci: {a: *a11}\n", "aliases that stand for too much"),
    "aliases as names": (
        "bloq_client_keys: &b\n  ci: &c {a: 1}\n"
        + "".join(f"  k{number}: [{', '.join(['*c'] * 200)}]\n" for number in range(99)),
        "aliases that stand for too much",
    ),
    "many merges": (MERGES + "bloq_client_keys:\n  ci: {<<: *m11}\n", "aliases that stand for too much"),
    "many merged variables": (MERGES + "<<: *m11\n", "aliases that stand for too much"),
    "deep record": ("bloq_client_keys:\n  ci: {a: " + "[" * 60 + "]" * 60 + "}\n", "nested too deeply"),
    "deep": ("a: " + "[" * 900 + "]" * 900 + "\n", "nested too deeply|not valid YAML"),
}


@pytest.mark.parametrize("parser", [yaml.SafeLoader, yaml_document.PARSER], ids=["python", "libyaml"])
@pytest.mark.parametrize("whole", [False, True], ids=["inline", "whole"])
@pytest.mark.parametrize("what", BAD)
def test_bad_content_is_told_without_quoting_it(
    what: str, whole: bool, parser: t.Any, path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(yaml_document, "PARSER", parser)
    text, message = BAD[what]
    path.write_bytes(sealed(text) if whole else text.encode())
    before = path.read_bytes()
    with pytest.raises(InputError, match=message) as caught:
        VaultFile.read(str(path), VAULT)
    assert str(path) in str(caught.value)
    assert_hidden(caught.value)
    assert path.read_bytes() == before


def test_aliases_elsewhere_do_no_harm(path: pathlib.Path) -> None:
    path.write_text(LAUGHS + "d: " + "[" * 60 + "]" * 60 + "\nbloq_client_keys:\n  ci: {a: 1}\n")
    VaultFile.read(str(path), VAULT).with_record("ci", {"a": 2}).store()
    assert VaultFile.read(str(path), VAULT).records == {"ci": {"a": 2}}
    assert path.read_text().startswith(LAUGHS)


def test_many_records_with_aliases_are_no_fault(path: pathlib.Path) -> None:
    keys = "".join(f"  key{number}: {{a: [1, 2, 3], b: *b}}\n" for number in range(1500))
    path.write_text(f"b: &b [1, 2]\nbloq_client_keys:\n{keys}")
    assert VaultFile.read(str(path), VAULT).records["key1499"] == {"a": [1, 2, 3], "b": [1, 2]}


def test_not_utf_8(path: pathlib.Path) -> None:
    path.write_bytes(b"a: \xff\n")
    with pytest.raises(InputError, match="not UTF-8 text: byte 4"):
        VaultFile.read(str(path), VAULT)
    path.write_bytes("a: 1\n".encode("utf-16"))
    with pytest.raises(InputError, match="not UTF-8"):
        VaultFile.read(str(path), VAULT)
    path.write_bytes(t.cast(bytes, LIBRARY.encrypt(b"a: \xff\n", secret=SECRET)))
    with pytest.raises(InputError, match="not UTF-8"):
        VaultFile.read(str(path), VAULT)


class TestBadPlaces:
    def check(self, path: pathlib.Path | str, message: str) -> None:
        with pytest.raises(FileError, match=message):
            VaultFile.read(str(path), VAULT)

    def test_folder(self, tmp_path: pathlib.Path) -> None:
        self.check(tmp_path, "not an ordinary file")

    def test_fifo_does_not_hang(self, path: pathlib.Path) -> None:
        os.mkfifo(path)
        self.check(path, "not an ordinary file")

    def test_device(self) -> None:
        self.check("/dev/null", "not an ordinary file")

    def test_missing_folder(self, tmp_path: pathlib.Path) -> None:
        self.check(tmp_path / "none" / "vars.yml", "folder .*none.* does not exist")
        assert os.listdir(tmp_path) == []

    def test_a_file_as_folder(self, path: pathlib.Path) -> None:
        path.write_text("a: 1\n")
        self.check(path / "vars.yml", "Not a directory")

    def test_dangling_link(self, path: pathlib.Path) -> None:
        path.symlink_to("none.yml")
        self.check(path, "symbolic link to .*none.yml, which does not exist")

    def test_link_in_a_circle(self, path: pathlib.Path) -> None:
        path.symlink_to(path.name)
        self.check(path, "Cannot read")
