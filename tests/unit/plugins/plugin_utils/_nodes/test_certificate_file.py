# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node's certificate in a file of its own: written when it differs, and never over something else."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._errors import FileError, InputError
from ansible_collections.bloq.cloud.plugins.plugin_utils._nodes.certificate_file import CertificateFile

ONE, OTHER = (f"-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----" for text in ("b25l", "b3RoZXI="))


def test_it_is_written_when_it_differs_alone(tmp_path: Path) -> None:
    path = tmp_path / "node.pem"
    assert CertificateFile(str(path)).hold(ONE, check_mode=True)
    assert not list(tmp_path.iterdir())
    assert CertificateFile(str(path)).hold(ONE, check_mode=False)
    assert (path.read_text(), path.stat().st_mode & 0o777) == (f"{ONE}\n", 0o644)
    written = path.stat()
    assert not CertificateFile(str(path)).hold(f"{ONE}\n", check_mode=False)
    assert path.stat().st_ino == written.st_ino
    path.chmod(0o640)
    assert CertificateFile(str(path)).hold(OTHER, check_mode=False)
    assert (path.read_text(), path.stat().st_mode & 0o777) == (f"{OTHER}\n", 0o640)


@pytest.mark.parametrize("text", ["bloq_nodes: {}\n", f"{ONE}\n{OTHER}\n", "-----BEGIN PRIVATE KEY-----\n", " "])
def test_nothing_else_is_overwritten(tmp_path: Path, text: str) -> None:
    path = tmp_path / "node.pem"
    path.write_text(text)
    with pytest.raises(InputError, match="is not overwritten"):
        CertificateFile(str(path))
    assert path.read_text() == text


def test_what_cannot_be_written_is_known_before(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="Cannot write in the folder"):
        CertificateFile(str(tmp_path / "none" / "node.pem"))


def test_a_link_stays_one(tmp_path: Path) -> None:
    path, link = tmp_path / "node.pem", tmp_path / "link.pem"
    link.symlink_to(path)
    assert CertificateFile(str(link)).hold(ONE, check_mode=False)
    assert link.is_symlink() and path.read_text() == f"{ONE}\n"
