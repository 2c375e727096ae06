# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The vault file as a file: new, linked, encrypted whole, spoilt, changed by someone else."""

from __future__ import annotations

import errno
import os
import pathlib
import stat
import typing as t

import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.bloq.cloud.plugins.module_utils._errors import BloqError, FileError, InputError
from ansible_collections.bloq.cloud.plugins.plugin_utils import _yaml_span
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault import Vault
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault_file import VaultFile
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault_records import plain_value

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


@pytest.fixture
def path(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "vars.yml"


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

    def test_whole(self, path: pathlib.Path) -> None:
        vault = Vault([("dev", SECRET), ("other", OTHER)], vault_id="other")
        file = VaultFile.read(str(path), vault, layout="file").with_record("ci", RECORD)
        file.store()
        content = path.read_bytes()
        assert content.startswith(b"$ANSIBLE_VAULT;1.2;AES256;other\n")
        plain = VaultLib([("x", OTHER)]).decrypt(content).decode()
        assert plain.startswith("---\nbloq_client_keys:\n  ci:\n") and f"client_secret: {HIDDEN}\n" in plain
        again = VaultFile.read(str(path), VAULT)
        assert (again.layout, again.records) == ("file", {"ci": RECORD})

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


BAD = {
    "not YAML": (f"a: [1,\n{HIDDEN}: }}\n", "not valid YAML at line 2"),
    "tab": (f"a:\n\t{HIDDEN}: 1\n", "not valid YAML at line 2"),
    "control character": (f"a: {HIDDEN}\x01\n", "character that YAML forbids"),
    "undefined alias": (f"a: *{HIDDEN.replace(' ', '_')}\n", "not valid YAML at line 1"),
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
    "bad number": (f"bloq_client_keys:\n  ci:\n    a: !!int '{HIDDEN}'\n", "no valid number"),
    "merged variable": ("a: &a {bloq_client_keys: {}}\n<<: *a\n", "merge key"),
    "bad merge": ("bloq_client_keys:\n  ci:\n    <<: x\n", "not valid YAML at line 3"),
    "endless": ("bloq_client_keys: &a\n  ci: *a\n", "contains itself"),
    "vaulted list": ("bloq_client_keys:\n  ci:\n    a: !vault [x]\n", "!vault stands before"),
    "no vaulttext": (
        f"bloq_client_keys:\n  ci:\n    a: !vault {HIDDEN}\n",
        "line 3: a value in the record 'ci' cannot",
    ),
    "deep": ("a: " + "[" * 900 + "]" * 900 + "\n", "nested too deeply|not valid YAML"),
}


@pytest.mark.parametrize("parser", [yaml.SafeLoader, _yaml_span.PARSER], ids=["python", "libyaml"])
@pytest.mark.parametrize("whole", [False, True], ids=["inline", "whole"])
@pytest.mark.parametrize("what", BAD)
def test_bad_content_is_told_without_quoting_it(
    what: str, whole: bool, parser: t.Any, path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_yaml_span, "PARSER", parser)
    text, message = BAD[what]
    path.write_bytes(sealed(text) if whole else text.encode())
    before = path.read_bytes()
    with pytest.raises(InputError, match=message) as caught:
        VaultFile.read(str(path), VAULT)
    assert str(path) in str(caught.value)
    assert_hidden(caught.value)
    assert path.read_bytes() == before


def assert_hidden(error: BaseException) -> None:
    assert HIDDEN not in str(error) and HIDDEN.replace(" ", "_") not in str(error)
    # A traceback shows a cause, and a context that is not suppressed.
    assert error.__cause__ is None and (error.__context__ is None or error.__suppress_context__)


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


class TestBadRecords:
    @pytest.mark.parametrize(
        ("record", "message"),
        [
            ({"client_id": object()}, "type object"),
            ({"client_id": b"x"}, "type bytes"),
            ({1: "x"}, "named by text"),
            ({"client_id": "\ud800"}, "not valid Unicode"),
            ({"client_secret": 12}, "client_secret of a record must be text"),
            ({"pending": {"password": [12]}}, "password of a record must be text"),
        ],
    )
    def test_what_cannot_be_written_is_refused(self, path: pathlib.Path, record: t.Any, message: str) -> None:
        with pytest.raises(BloqError, match=message):
            VaultFile.read(str(path), VAULT).with_record("ci", record)

    def test_ansible_s_own_text_becomes_plain(self) -> None:
        class Tagged(str):
            pass

        plain = plain_value({Tagged("a"): [Tagged("b")]})
        assert plain == {"a": ["b"]}
        assert {type(key) for key in plain} == {type(plain["a"][0])} == {str}

    def test_a_name_that_is_no_variable(self, path: pathlib.Path) -> None:
        for name in ("a-b", "1a", "", "a b", "x\n"):
            with pytest.raises(InputError, match="no name for an Ansible variable"):
                VaultFile.read(str(path), VAULT, variable=name)

    def test_another_variable(self, path: pathlib.Path) -> None:
        path.write_text("bloq_client_keys: {ci: {a: b}}\n")
        file = VaultFile.read(str(path), VAULT, variable="mine")
        assert file.records == {}
        file.with_record("ci", {"a": "b"}).store()
        assert path.read_text() == "bloq_client_keys: {ci: {a: b}}\nmine:\n  ci:\n    a: b\n"

    def test_the_caller_s_record_stays_its_own(self, path: pathlib.Path) -> None:
        record = {"retiring": [{"client_id": "a"}]}
        file = VaultFile.read(str(path), VAULT).with_record("ci", record)
        record["retiring"].clear()
        assert file.records == {"ci": {"retiring": [{"client_id": "a"}]}}

    def test_times_without_quotes_load_as_text(self, path: pathlib.Path) -> None:
        path.write_text("bloq_client_keys:\n  ci:\n    created_at: 2026-11-24T10:00:00Z\n")
        assert VaultFile.read(str(path), VAULT).records == {"ci": {"created_at": "2026-11-24T10:00:00Z"}}


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
