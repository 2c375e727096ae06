# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing but a file is read: a pipe without a writer would be waited for, and a device has no end."""

from __future__ import annotations

import dataclasses
import os
import socket
import stat
from pathlib import Path

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils import _ordinary
from ansible_collections.bloq.cloud.plugins.module_utils._certificate import shown_certificate
from ansible_collections.bloq.cloud.plugins.module_utils._connection import Connection
from ansible_collections.bloq.cloud.plugins.module_utils._errors import FileError, InputError
from ansible_collections.bloq.cloud.plugins.module_utils._http import Http
from ansible_collections.bloq.cloud.plugins.plugin_utils._creation.intent import IntentFile
from ansible_collections.bloq.cloud.plugins.plugin_utils._creation.suspects import SuspectedOrphans
from ansible_collections.bloq.cloud.plugins.plugin_utils._fleet.server import Server
from ansible_collections.bloq.cloud.plugins.plugin_utils._fleet.url import CoordinationUrl
from ansible_collections.bloq.cloud.plugins.plugin_utils._nodes.certificate_file import CertificateFile
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.cli_session import config_path, read_access_token

_PEM = "-----BEGIN CERTIFICATE-----\nb25l\n-----END CERTIFICATE-----"


@pytest.fixture(params=["pipe", "socket", "device", "folder"])
def strange(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return the path of what is no file."""
    path = tmp_path / "strange"
    if request.param == "pipe":
        os.mkfifo(path)
    elif request.param == "socket":
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(path))
    elif request.param == "folder":
        path.mkdir()
    else:
        try:
            os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 3))
        except OSError:
            pytest.skip("only root makes devices")
    return path


def test_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"four")
    (tmp_path / "link").symlink_to("file")
    assert _ordinary.read_ordinary(str(tmp_path / "link")) == b"four"
    assert _ordinary.read_ordinary(str(tmp_path / "file"), 2) == b"fo"
    with pytest.raises(FileNotFoundError):
        _ordinary.read_ordinary(str(tmp_path / "none"))


def test_what_is_no_file_is_not(strange: Path) -> None:
    with pytest.raises(_ordinary.NotOrdinaryError, match="not an ordinary file"):
        _ordinary.read_ordinary(str(strange))


def test_what_comes_there_meanwhile_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    was = os.stat(tmp_path / "file")
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.setattr(os, "stat", lambda _path: was)
    with pytest.raises(_ordinary.NotOrdinaryError):
        _ordinary.read_ordinary(str(tmp_path / "pipe"))


def test_no_certificate_is_kept_in_it(strange: Path, tmp_path: Path) -> None:
    before = os.lstat(strange)
    for name in ("strange", "link"):
        if name == "link":
            (tmp_path / name).symlink_to(strange)
        with pytest.raises(InputError, match="is not an ordinary file, and is not replaced"):
            CertificateFile(str(tmp_path / name))
    file = CertificateFile(str(tmp_path / "node.pem"))
    strange.rename(tmp_path / "node.pem")
    for check_mode in (True, False):
        with pytest.raises(InputError, match="is not an ordinary file, and is not replaced"):
            file.hold(_PEM, check_mode=check_mode)
    assert os.lstat(tmp_path / "node.pem").st_ino == before.st_ino


@pytest.mark.parametrize("option", ["ca_path", "client_cert", "client_key_path"])
def test_no_request_reads_it(strange: Path, option: str) -> None:
    if strange.is_dir():
        pytest.skip("authorities may be in a folder")
    with pytest.raises(InputError, match=f"{option}: .* is not an ordinary file"):
        Http(dataclasses.replace(Connection("https://127.0.0.1:9"), **{option: str(strange)}))  # type: ignore[arg-type]


def test_no_look_and_no_coordination_reads_it(strange: Path) -> None:
    if strange.is_dir():
        pytest.skip("authorities may be in a folder")
    with pytest.raises(InputError, match=r"ca_path: .* is not an ordinary file"):
        shown_certificate("https://127.0.0.1:9/", 1.0, str(strange))
    with pytest.raises(InputError, match=r"ca_path: .* is not an ordinary file"):
        Server(CoordinationUrl("rediss://127.0.0.1:9", "127.0.0.1:9", True), ca_path=str(strange))


def test_no_note_and_no_session_is_read_from_it(strange: Path, tmp_path: Path) -> None:
    note = strange.rename(tmp_path / ".keys.yml.x.bloq-doubt")
    with pytest.raises(FileError, match="cannot be read"):
        SuspectedOrphans(str(tmp_path / ".keys.yml."), "x", "https://x").all()
    note = note.rename(tmp_path / ".keys.yml.x.bloq-intent")
    with pytest.raises(FileError, match="cannot be read"):
        IntentFile(str(tmp_path / "keys.yml"), "https://x", "me").journals()
    home = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    session = Path(config_path(home))
    session.parent.mkdir(parents=True, exist_ok=True)
    note.rename(session)
    with pytest.raises(FileError, match="Cannot read"):
        read_access_token("https://x", home, lambda _text: None)
