# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which vault file got an id, kept where only we write."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest
from ansible_collections.bloq.cloud.plugins.plugin_utils._creation import receipts as module
from ansible_collections.bloq.cloud.plugins.plugin_utils._creation.receipts import Receipts


@pytest.mark.parametrize("trouble", ["open to others", "a link", "a file"])
def test_receipts_are_kept_in_a_folder_of_ours_alone(tmp_path: Path, trouble: str) -> None:
    folder = tmp_path / "receipts"
    if trouble == "open to others":
        folder.mkdir()
        folder.chmod(0o755)
    elif trouble == "a link":
        (tmp_path / "elsewhere").mkdir(mode=0o700)
        folder.symlink_to(tmp_path / "elsewhere")
    else:
        folder.write_text("")
    receipts = Receipts(str(folder))
    receipts.add("key1", "keys.yml")
    assert receipts.vault_file_of("key1") is None
    assert sum(1 for _path in tmp_path.rglob("*")) == (2 if trouble == "a link" else 1)


@pytest.mark.parametrize("content", ["", "{", "[1]", '{"version": 9}', "\udcff", "null"])
def test_a_receipt_that_cannot_be_read_is_none(tmp_path: Path, content: str) -> None:
    receipts = Receipts(str(tmp_path / "receipts"))
    receipts.add("key1", "keys.yml")
    assert receipts.vault_file_of("key1") == "keys.yml"
    (path,) = (tmp_path / "receipts").iterdir()
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    assert receipts.vault_file_of("key1") is None


def test_a_receipt_is_of_one_id_and_of_this_version(tmp_path: Path) -> None:
    receipts = Receipts(str(tmp_path / "receipts"))
    receipts.add("key1", "keys.yml")
    (path,) = (tmp_path / "receipts").iterdir()
    for change in ({"version": 2}, {"id": "key2"}):
        path.write_text(json.dumps({"version": 1, "id": "key1", "vault_file": "keys.yml", **change}))
        assert receipts.vault_file_of("key1") is None
    receipts.remove("key1")
    assert list((tmp_path / "receipts").iterdir()) == []


def test_receipts_are_kept_for_a_month(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    receipts = Receipts(str(tmp_path / "receipts"))
    for client_id, days in (("old", 31), ("young", 29)):
        receipts.add(client_id, "keys.yml")
        for path in (tmp_path / "receipts").iterdir():
            if json.loads(path.read_text())["id"] == client_id:
                os.utime(path, (time.time() - days * 86400,) * 2)
    # Each process looks at all of them once.
    monkeypatch.setattr(module, "_tidied", set())
    receipts.add("new", "keys.yml")
    assert [receipts.vault_file_of(client_id) for client_id in ("old", "young", "new")] == [
        None,
        "keys.yml",
        "keys.yml",
    ]


def test_receipts_in_a_folder_that_others_have_opened_say_nothing(tmp_path: Path) -> None:
    receipts = Receipts(str(tmp_path / "receipts"))
    receipts.add("key1", "keys.yml")
    (tmp_path / "receipts").chmod(0o770)
    assert receipts.vault_file_of("key1") is None
    receipts.remove("key1")
    (tmp_path / "receipts").chmod(0o700)
    assert receipts.vault_file_of("key1") == "keys.yml"
