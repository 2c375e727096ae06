# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server that is reached by TLS must prove who it is, unless the task says that it need not."""

from __future__ import annotations

import socket
import ssl
import threading
import typing as t
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._errors import CoordinationError, InputError
from ansible_collections.bloq.cloud.plugins.plugin_utils._fleet.changes import server_of
from ansible_collections.bloq.cloud.plugins.plugin_utils._fleet.server import Server
from ansible_collections.bloq.cloud.tests.unit.plugins.module_utils.raw_service import RawService
from ansible_collections.bloq.cloud.tests.unit.plugins.module_utils.tls_service import (
    hand_on,
    own_certificate,
    secured,
)
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._fleet.real_server import Coordination


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """What the server shows."""
    return own_certificate(tmp_path)


@pytest.fixture
def port(coordination: Coordination, certificate: Path) -> Iterator[int]:
    """Where the server is reached by TLS."""

    def serve(secure: ssl.SSLSocket) -> None:
        with socket.create_connection(("127.0.0.1", coordination.port), 10.0) as behind:
            threading.Thread(target=hand_on, args=(behind, secure), daemon=True).start()
            hand_on(secure, behind)

    service = RawService(secured(certificate, serve), reads=False)
    yield int(service.url.rpartition(":")[2])
    service.stop()


def _server(port: int, host: str = "127.0.0.1", **options: t.Any) -> Server:
    url = f"rediss://{host}:{port}/0"
    return server_of({"coordination_url": url, "ca_path": None, "validate_certs": True, **options})


def test_one_whose_authority_is_named_is_taken(port: int, certificate: Path) -> None:
    _server(port, ca_path=str(certificate)).prove()


def test_one_that_nobody_vouches_for_is_not(port: int) -> None:
    with pytest.raises(CoordinationError, match=r"certificate that is not trusted\. Set ca_path"):
        _server(port).prove()


def test_one_with_a_certificate_for_another_name_is_not(port: int, certificate: Path) -> None:
    with pytest.raises(CoordinationError, match=r"certificate for another name\. Correct the host"):
        _server(port, "localhost", ca_path=str(certificate)).prove()


def test_any_is_taken_where_the_task_says_so(port: int) -> None:
    _server(port, validate_certs=False).prove()
    _server(port, "localhost", validate_certs=False).prove()


def test_authorities_may_be_in_a_folder(port: int, certificate: Path, tmp_path: Path) -> None:
    folder = tmp_path / "authorities"
    folder.mkdir()
    with pytest.raises(CoordinationError, match="not trusted"):
        _server(port, ca_path=str(folder)).prove()
    with pytest.raises(InputError, match="ca_path"):
        _server(port, ca_path="/dev/null")
