# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records that cannot be written are refused; others come back as plain values, under any variable."""

from __future__ import annotations

import pathlib
import typing as t

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._errors import BloqError, InputError
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault.file import VaultFile
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault.records import plain_value
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._vault.vault_texts import VAULT


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
            with pytest.raises(InputError, match="not a valid name for an Ansible variable"):
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

    def test_what_looks_like_a_template_is_written_in_double_quotes(self, path: pathlib.Path) -> None:
        VaultFile.read(str(path), VAULT).with_record("ci", {"note": "{{ 'x' }}"}).store()
        assert path.read_text().splitlines()[-1] == "    note: !unsafe \"{{ 'x' }}\""

    def test_times_without_quotes_load_as_text(self, path: pathlib.Path) -> None:
        path.write_text("bloq_client_keys:\n  ci:\n    created_at: 2026-11-24T10:00:00Z\n")
        assert VaultFile.read(str(path), VAULT).records == {"ci": {"created_at": "2026-11-24T10:00:00Z"}}


class TestSecretFields:
    """Which fields are secrets is no setting: a file in git tells what was forgotten."""

    @pytest.mark.parametrize("field", ["client_secret", "refresh_token", "password"])
    @pytest.mark.parametrize("deep", [False, True])
    def test_a_secret_is_written_encrypted(self, path: pathlib.Path, field: str, deep: bool) -> None:
        secret = {field: "in the clear", "client_id": "plain"}
        record: dict[str, t.Any] = {"list": [{"pending": secret}]} if deep else secret
        VaultFile.read(str(path), VAULT).with_record("ci", record).store()
        text = path.read_text()
        assert "in the clear" not in text and f"{field}: !vault" in text and "plain" in text
        assert VaultFile.read(str(path), VAULT).records == {"ci": record}

    @pytest.mark.parametrize("field", ["client_secret", "refresh_token", "password"])
    @pytest.mark.parametrize("where", ["", "pending:\n      ", "list:\n    - "])
    def test_one_that_somebody_wrote_in_the_clear_is_encrypted_next_time(
        self, path: pathlib.Path, field: str, where: str
    ) -> None:
        path.write_text(f"bloq_client_keys:\n  ci:\n    {where}{field}: in the clear\n")
        file = VaultFile.read(str(path), VAULT)
        assert not file.is_sealed("ci")
        file.with_record("ci", file.records["ci"]).store()
        assert VaultFile.read(str(path), VAULT).is_sealed("ci")
        assert "in the clear" not in path.read_text()
