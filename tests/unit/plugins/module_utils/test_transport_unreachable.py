# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where nobody answers as a service does, the words say why, without secrets."""

from __future__ import annotations

import socket
import ssl

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._connection import Connection
from ansible_collections.bloq.cloud.plugins.module_utils._errors import UnreachableError
from ansible_collections.bloq.cloud.plugins.module_utils._http import local_transport
from ansible_collections.bloq.cloud.tests.unit.plugins.module_utils.http_service import CANARY, Answer, Service

_CERTIFICATE = ssl.DER_cert_to_PEM_cert(b"any bytes, since nothing is compared")


def test_a_service_that_does_not_answer(service: Service) -> None:
    service.answer(Answer(delay=1.0))
    with pytest.raises(UnreachableError, match=r"did not answer within 0\.2 s") as error:
        service.transport(timeout=0.2, retries=0).send("POST", "/", bearer=CANARY)
    assert error.value.maybe_received and error.value.timed_out


def test_a_port_where_nobody_listens() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        with pytest.raises(UnreachableError, match="refuses connections") as error:
            local_transport(Connection(url, retries=0)).send("GET", "/", bearer=CANARY)
    assert not error.value.maybe_received


@pytest.mark.parametrize("wants_certificate", [False, True])
def test_a_service_whose_tls_handshake_has_no_end(wants_certificate: bool) -> None:
    pinned = _CERTIFICATE if wants_certificate else None
    with socket.create_server(("127.0.0.1", 0)) as silent:
        host = f"127.0.0.1:{silent.getsockname()[1]}"
        connection = Connection(f"https://{host}", retries=0, timeout=0.3, certificate=pinned)
        with pytest.raises(UnreachableError, match=r"there was no TLS handshake within 0\.3 s") as error:
            local_transport(connection).send("GET", "/", bearer=CANARY)
    assert str(error.value).startswith(f"{host} took the connection, and")
    assert not error.value.maybe_received


def test_a_proxy_whose_connection_has_no_end() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        proxy = f"http://127.0.0.1:{silent.getsockname()[1]}"
        connection = Connection("https://accounts.example.com", retries=0, timeout=0.3, proxy=proxy)
        with pytest.raises(UnreachableError) as error:
            local_transport(connection).send("GET", "/", bearer=CANARY)
    assert "handshake" not in str(error.value)
    assert not error.value.maybe_received


def test_a_host_that_is_not_there() -> None:
    with pytest.raises(UnreachableError, match=r"no host nobody\.invalid") as error:
        local_transport(Connection("https://nobody.invalid", retries=0)).send("GET", "/")
    assert not error.value.maybe_received


def test_a_service_without_tls(service: Service) -> None:
    url = service.url.replace("http:", "https:")
    with pytest.raises(UnreachableError, match="No trusted TLS connection") as error:
        local_transport(Connection(url, retries=0)).send("GET", "/", bearer=CANARY)
    assert not error.value.maybe_received and service.requests == []


def test_a_proxy_of_the_environment_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    with pytest.raises(UnreachableError, match="Check HTTPS_PROXY, HTTP_PROXY and NO_PROXY in the environment"):
        local_transport(Connection("https://accounts.example.com", retries=0, timeout=5)).send("GET", "/")


def test_a_proxy_that_is_not_there(service: Service) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        proxy = f"http://user:{CANARY}@127.0.0.1:{unused.getsockname()[1]}"
        with pytest.raises(UnreachableError, match="option proxy") as error:
            service.transport(proxy=proxy, retries=0).send("GET", "/")
    assert CANARY not in str(error.value) and not error.value.maybe_received
