# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which vault file got an id, kept where only we write."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest
from ansible import constants
from ansible_collections.bloq.cloud.plugins.plugin_utils._creation import receipts as module
from ansible_collections.bloq.cloud.plugins.plugin_utils._creation.receipts import Receipts, default_folder
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._keys.key_world import Clock
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._tokens.cache_world import fail_to_sync_folders


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


def test_receipts_are_kept_for_a_month(tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    # To a whole second, which a file's time keeps exactly.
    clock.forward(-time.time() % 1)
    receipts = Receipts(str(tmp_path / "receipts"))
    for client_id, seconds in (("old", 30 * 86400 + 1), ("young", 30 * 86400)):
        receipts.add(client_id, "keys.yml")
        for path in (tmp_path / "receipts").iterdir():
            if json.loads(path.read_text())["id"] == client_id:
                os.utime(path, (time.time() - seconds,) * 2)
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


def test_a_receipt_that_cannot_be_written_stops_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    receipts = Receipts(str(tmp_path / "receipts"))
    receipts.add("key1", "keys.yml")
    with monkeypatch.context() as patch:
        fail_to_sync_folders(patch)
        receipts.add("key2", "keys.yml")
    assert receipts.vault_file_of("key1") == "keys.yml"


def test_receipts_are_below_ansible_s_own_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "ANSIBLE_HOME", "/home/me/.ansible")
    assert default_folder() == "/home/me/.ansible/bloq_receipts"


def test_receipts_that_earlier_runs_have_left_are_found(tmp_path: Path) -> None:
    folder = tmp_path / "receipts"
    folder.mkdir(mode=0o700)
    note = {"version": 1, "id": "key1", "vault_file": "keys.yml"}
    (folder / "8174099687a26621f4e2cdd7cc03b3dacedb3fb9").write_text(json.dumps(note) + "\n")
    assert Receipts(str(folder)).vault_file_of("key1") == "keys.yml"


@pytest.mark.parametrize("kind", ["a link", "a pipe"])
def test_what_is_no_file_of_ours_is_no_receipt(tmp_path: Path, kind: str) -> None:
    receipts = Receipts(str(tmp_path / "receipts"))
    receipts.add("key1", "keys.yml")
    (path,) = (tmp_path / "receipts").iterdir()
    path.rename(tmp_path / "elsewhere")
    if kind == "a link":
        path.symlink_to(tmp_path / "elsewhere")
    else:
        os.mkfifo(path)
    assert receipts.vault_file_of("key1") is None


def test_an_old_link_that_leads_nowhere_is_swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    receipts = Receipts(str(tmp_path / "receipts"))
    receipts.add("key1", "keys.yml")
    link = tmp_path / "receipts" / "link"
    link.symlink_to(tmp_path / "nowhere")
    os.utime(link, (0, 0), follow_symlinks=False)
    # Each process looks at all of them once.
    monkeypatch.setattr(module, "_tidied", set())
    receipts.add("key2", "keys.yml")
    assert not os.path.lexists(link)


def test_receipts_in_a_folder_of_somebody_else_say_nothing(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder away")
    receipts = Receipts(str(tmp_path / "receipts"))
    receipts.add("key1", "keys.yml")
    os.chown(tmp_path / "receipts", 1234, -1)
    assert receipts.vault_file_of("key1") is None
