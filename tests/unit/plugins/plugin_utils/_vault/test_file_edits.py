# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changing a record leaves every other byte of a file that was written by hand as it was."""

from __future__ import annotations

import pathlib
import typing as t

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._errors import FileError
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault import yaml_document
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault.file import VaultFile
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._vault.vars_files import (
    LIBRARY,
    PARSERS,
    SECRET,
    VAULT,
    load,
    sealed,
    write,
)


def changed(path: str, name: str, record: dict[str, t.Any] | None) -> str:
    file = VaultFile.read(path, VAULT).with_record(name, record)
    file.store()
    assert not file.changed
    text = pathlib.Path(path).read_bytes().decode()
    assert VaultFile.read(path, VAULT).records == file.records
    loaded = load(text)["bloq_client_keys"] or {}
    assert loaded == file.records
    assert loaded.get(name) == record
    return text


HAND_WRITTEN = f"""\
# top
other: &o {{a: 1}}   # stays
bloq_client_keys:  # ours
  # about ci
  ci:  # the pipeline
    client_id: 6f0c            # 40 hex digits
    client_secret: {sealed("first", 6)}
    # when
    created_at: "2026-11-24T10:00:00Z"
    retiring:
      - {{client_id: 91ab, retire_after: "2026-11-25T10:00:00Z"}}  # soon
  # about nightly
  nightly:
    client_id: "0a"
    client_secret: {sealed("second", 6)}

# after
last: *o
"""
CI = {
    "client_id": "6f0c",
    "client_secret": "first",
    "created_at": "2026-11-24T10:00:00Z",
    "retiring": [{"client_id": "91ab", "retire_after": "2026-11-25T10:00:00Z"}],
}


@PARSERS
@pytest.mark.parametrize("line_break", ["\n", "\r\n"], ids=["LF", "CRLF"])
class TestByHand:
    @pytest.fixture(autouse=True)
    def _parser(self, parser: t.Any, line_break: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(yaml_document, "PARSER", parser)
        self.line_break = line_break
        self.folder = tmp_path

    def check(self, before: str, name: str, record: dict[str, t.Any] | None, *changes: tuple[str, str]) -> None:
        """Check that exactly ``changes`` come of it, where ``<sealed>`` stands for any vaulted value."""
        wanted = before
        for old, new in changes:
            assert wanted.count(old) == 1, old
            wanted = wanted.replace(old, new)
        wanted = wanted.replace("\n", self.line_break)
        text = changed(write(self.folder, before.replace("\n", self.line_break)), name, record)
        for part in wanted.split("<sealed>"):
            head, found, text = text.partition(part)
            assert found == part
            assert not head or head.startswith("!vault |" + self.line_break)
        assert not text

    def test_the_same_record_changes_nothing(self) -> None:
        self.check(HAND_WRITTEN, "ci", CI)

    def test_removing_what_is_not_there_changes_nothing(self) -> None:
        self.check(HAND_WRITTEN, "none", None)

    def test_one_field(self) -> None:
        self.check(HAND_WRITTEN, "ci", {**CI, "client_id": "77"}, ("client_id: 6f0c  ", 'client_id: "77"  '))

    def test_a_secret(self) -> None:
        old = HAND_WRITTEN[HAND_WRITTEN.index("!vault") : HAND_WRITTEN.index("\n    # when")]
        self.check(HAND_WRITTEN, "ci", {**CI, "client_secret": "new"}, (old, "<sealed>"))

    def test_a_field_goes(self) -> None:
        record = {key: value for key, value in CI.items() if key != "created_at"}
        self.check(HAND_WRITTEN, "ci", record, ('    created_at: "2026-11-24T10:00:00Z"\n', ""))

    def test_a_list(self) -> None:
        gone = '\n      - {client_id: 91ab, retire_after: "2026-11-25T10:00:00Z"}  # soon'
        self.check(HAND_WRITTEN, "ci", {**CI, "retiring": []}, ("retiring:" + gone, "retiring: []"))

    def test_a_new_field(self) -> None:
        line = '  # soon\n    pending:\n      client_id: "1"\n      client_secret: <sealed>\n'
        pending = {"client_id": "1", "client_secret": "third"}
        self.check(HAND_WRITTEN, "ci", {**CI, "pending": pending}, ("  # soon\n", line))

    def test_a_record_goes(self) -> None:
        start = HAND_WRITTEN.index("  ci:")
        self.check(HAND_WRITTEN, "ci", None, (HAND_WRITTEN[start : HAND_WRITTEN.index("  # about nightly")], ""))

    def test_a_record_comes(self) -> None:
        last = "\n\n# after"
        new = '\n  "new: one":\n    client_secret: <sealed>\n    client_id: x\n\n# after'
        self.check(HAND_WRITTEN, "new: one", {"client_secret": "s", "client_id": "x"}, (last, new))

    @pytest.mark.parametrize("end", ["", "...\n", "... # end\n# after it\n"])
    def test_a_new_variable_comes_last(self, end: str) -> None:
        before = "---\na: 1\n# the end\n"
        for text in (before + end, "---\n" + end, "# only this\n---\n" + end):
            new = text.removesuffix(end) + "bloq_client_keys:\n  ci:\n    client_id: x\n" + end
            self.check(text, "ci", {"client_id": "x"}, (text, new))

    @pytest.mark.parametrize("empty", ["", " {}", " null", " ~", " # why", " {}  # why", " !!null", " !!map {}"])
    def test_an_empty_variable_is_filled_in_place(self, empty: str) -> None:
        comment = "  # why" if empty.endswith("  # why") else " # why" if empty.endswith("# why") else ""
        before = f"a: 1\nbloq_client_keys:{empty}\n# c\nb: 2\n"
        new = f"bloq_client_keys:{comment}\n  ci:\n    client_id: x\n"
        self.check(before, "ci", {"client_id": "x"}, (f"bloq_client_keys:{empty}\n", new))

    def test_the_last_record_goes(self) -> None:
        before = "a: 1\nbloq_client_keys:   # ours\n  ci:\n    client_id: x\n# c\nb: 2\n"
        self.check(before, "ci", None, (":   # ours\n  ci:\n    client_id: x\n", ": {}   # ours\n"))

    def test_without_a_final_line_end(self) -> None:
        for text in (
            "z: 1\na: 1",
            "# c\n---",
            "a: 1\n# c",
            "a: !vault |\n  " + sealed("x", 2).split("\n", 1)[1].strip(),
        ):
            new = text + "\nbloq_client_keys:\n  ci:\n    client_id: x\n"
            self.check(text, "ci", {"client_id": "x"}, (text, new))

    def test_a_block_scalar_without_a_final_line_end_keeps_its_value(self) -> None:
        text = "---\n# first\na: |\n  b"
        new = "---\n# first\nbloq_client_keys:\n  ci:\n    client_id: x\na: |\n  b"
        self.check(text, "ci", {"client_id": "x"}, (text, new))

    def test_flow_style_keeps_the_other_records_and_their_ciphertext(self) -> None:
        vaulttext = LIBRARY.encrypt("kept", secret=SECRET).decode()
        escaped = vaulttext.replace("\n", "\\n")
        before = (
            f'a: {{x: [1, 2]}}\nbloq_client_keys: {{two: {{client_secret: !vault "{escaped}", client_id: b}},\n'
            "  ci: {client_id: a}}  # flow\nz: 3\n"
        )
        start, end = before.index("bloq"), before.index("z: 3")
        text = changed(write(self.folder, before.replace("\n", self.line_break)), "ci", {"client_id": "x"})
        text = text.replace(self.line_break, "\n")
        assert text.startswith(before[:start]) and text.endswith(before[end:])
        assert load(text)["bloq_client_keys"]["two"] == {"client_secret": "kept", "client_id": "b"}
        assert "client_secret: !vault |" in text and vaulttext.split()[-1] in text

    def test_anchors_inside_the_variable_are_written_out(self) -> None:
        before = "bloq_client_keys:\n  ci: &c {client_id: a}\n  two: *c\n  three:\n    <<: *c\n    x: y\nz: 1\n"
        text = changed(write(self.folder, before.replace("\n", self.line_break)), "ci", {"client_id": "b"})
        loaded = load(text)
        two, three = {"client_id": "a"}, {"client_id": "a", "x": "y"}
        assert loaded == {"bloq_client_keys": {"ci": {"client_id": "b"}, "two": two, "three": three}, "z": 1}

    def test_block_scalars_are_written_out_with_the_rest(self) -> None:
        before = "bloq_client_keys:\n  ci: &c {client_id: a}\n  two:\n    x: |\n      y\n\n         z\n  three: *c\n"
        text = changed(write(self.folder, before.replace("\n", self.line_break)), "ci", {"client_id": "b"})
        assert load(text)["bloq_client_keys"]["two"] == {"x": "y\n\n   z\n"}

    def test_a_merged_record_can_be_removed(self) -> None:
        before = "base: &b\n  ci: {client_id: a}\nbloq_client_keys:\n  <<: *b\n  two: {client_id: x}\nz: 1\n"
        text = changed(write(self.folder, before.replace("\n", self.line_break)), "ci", None)
        base = {"ci": {"client_id": "a"}}
        assert load(text) == {"base": base, "bloq_client_keys": {"two": {"client_id": "x"}}, "z": 1}

    def test_an_explicit_key_has_the_indent_of_its_question_mark(self) -> None:
        before = "bloq_client_keys:\n  ? ci\n  : client_id: a\nz: 1\n"
        self.check(before, "two", {"a": "b"}, ("z: 1", "  two:\n    a: b\nz: 1"))

    def test_text_stays_on_one_line_and_is_no_number_to_other_readers(self) -> None:
        text = "word " * 50 + "end"
        record = {"note": text, "client_id": "12e34"}
        new = f'1\nbloq_client_keys:\n  ci:\n    note: {text}\n    client_id: "12e34"\n'
        self.check("a: 1\n", "ci", record, ("1\n", new))

    def test_others_may_go_round_in_circles(self) -> None:
        self.check("a: &a [*a]\nb: &b {b: *b}\nbloq_client_keys: {}\n", "ci", {}, (" {}\n", "\n  ci: {}\n"))

    def test_a_merged_field_is_not_written_twice(self) -> None:
        before = "base: &b\n  accounts_url: u\nbloq_client_keys:\n  ci:\n    <<: *b\n    client_id: x\n"
        record = {"accounts_url": "u", "client_id": "z", "note": "n"}
        self.check(before, "ci", record, ("client_id: x", "client_id: z\n    note: n"))

    def test_an_aliased_variable_leaves_the_original_alone(self) -> None:
        before = "base: &b\n  ci: {client_id: a}\nbloq_client_keys: *b\nz: 1\n"
        new = "bloq_client_keys:\n  ci: {client_id: a}\n  two:\n    client_id: x\n"
        self.check(before, "two", {"client_id": "x"}, ("bloq_client_keys: *b\n", new))

    @pytest.mark.parametrize(
        "before",
        [
            "bloq_client_keys: &k\n  ci: {client_id: a}\ncopy: *k\n",
            "bloq_client_keys:\n  ci: &k {client_id: a}\ncopy: *k\n",
            "bloq_client_keys:\n  ci:\n    client_id: &k a\ncopy: *k\n",
            "{a: 1, bloq_client_keys: {ci: {client_id: a}}}\n",
            "{\n  bloq_client_keys: {ci: {client_id: a}}\n}\n",
            "{a: 1}\n",
            "{\n  a: 1\n}\n",
        ],
    )
    def test_what_cannot_be_done_safely_is_refused(self, before: str) -> None:
        path = write(self.folder, before.replace("\n", self.line_break))
        file = VaultFile.read(path, VAULT)
        with pytest.raises(FileError, match="without changing something else"):
            file.with_record("ci", {"client_id": "b"})
        assert pathlib.Path(path).read_bytes().decode() == before.replace("\n", self.line_break)

    def test_another_record_can_change_beside_an_anchor(self) -> None:
        before = "bloq_client_keys:\n  ci: &k {client_id: a}\n  two:\n    client_id: b\ncopy: *k\n"
        self.check(before, "two", {"client_id": "c"}, ("client_id: b", "client_id: c"))

    def test_an_empty_flow_file_becomes_a_block(self) -> None:
        self.check("---\n{}  \n", "ci", {"client_id": "x"}, ("{}  \n", "bloq_client_keys:\n  ci:\n    client_id: x\n"))

    def test_an_indented_file_keeps_its_indent(self) -> None:
        before = "---\n  a: 1\n  b: 2\n"
        self.check(before, "ci", {"a": "b"}, ("2\n", "2\n  bloq_client_keys:\n    ci:\n      a: b\n"))

    def test_a_byte_order_mark_stays(self) -> None:
        self.check("\ufeffa: 1\n", "ci", {"a": "b"}, ("1\n", "1\nbloq_client_keys:\n  ci:\n    a: b\n"))

    def test_unicode_before_us_counts_as_characters(self) -> None:
        before = "a: 'é 𝄞 \u2028 \x85 ﷽'\nbloq_client_keys:\n  ci:\n    client_id: x\nb: 𝄞\n"
        self.check(before, "ci", {"client_id": "y"}, ("client_id: x", "client_id: y"))

    def test_a_secret_in_the_clear_is_encrypted_when_its_record_changes(self) -> None:
        before = "bloq_client_keys:\n  ci:\n    password: open\n    x: 1\n  two:\n    password: open too\n"
        self.check(
            before, "ci", {"password": "open", "x": 2}, ("password: open\n", "password: <sealed>\n"), ("x: 1", "x: 2")
        )

    def test_a_template_is_no_secret(self) -> None:
        before = "bloq_client_keys:\n  ci:\n    password: '{{ it }}'\n    x: a\n"
        self.check(before, "ci", {"password": "{{ it }}", "x": "b"}, ("x: a", "x: b"))

    def test_text_of_the_service_never_becomes_a_template(self) -> None:
        before = "a: 1\n"
        new = '1\nbloq_client_keys:\n  ci:\n    client_id: !unsafe "{{ 7*7 }}"\n'
        self.check(before, "ci", {"client_id": "{{ 7*7 }}"}, ("1\n", new))
