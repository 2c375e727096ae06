# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""TLS that breaks or drips once the request has been sent, and TLS within TLS."""

from __future__ import annotations

import contextlib
import hashlib
import pathlib
import socket
import ssl
import threading
import time
import typing as t

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._connection import Connection
from ansible_collections.bloq.cloud.plugins.module_utils._errors import (
    InputError,
    UnreachableError,
    from_dict,
    to_dict,
)
from ansible_collections.bloq.cloud.plugins.module_utils._http import local_transport
from ansible_collections.bloq.cloud.tests.unit.plugins.module_utils.raw_service import (
    RawService,
    Script,
    dripping,
    read_request,
)
from ansible_collections.bloq.cloud.tests.unit.plugins.module_utils.tls_service import (
    hand_on,
    own_certificate,
    secured,
)

_TIMEOUT = 0.6
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A file with a key and a certificate of its own for this machine."""
    return own_certificate(tmp_path_factory.mktemp("tls"))


def _answer(secure: ssl.SSLSocket) -> None:
    read_request(secure)
    secure.sendall(_ANSWER)


def _answer_then_garbage(beginning: bytes) -> t.Callable[[ssl.SSLSocket], None]:
    def answer(secure: ssl.SSLSocket) -> None:
        read_request(secure)
        if beginning:
            secure.sendall(beginning)
        with socket.socket(fileno=secure.detach()) as plain:
            plain.sendall(b"\x17\x03\x03\x00\x20" + b"?" * 32)
            time.sleep(0.2)

    return answer


def _drip_a_record(secure: ssl.SSLSocket) -> None:
    read_request(secure)
    with socket.socket(fileno=secure.detach()) as plain:
        plain.settimeout(10.0)
        dripping(b"\x17\x03\x03\x40\x00", b"?")(plain)


def _tunnel_to(port: int) -> t.Callable[[ssl.SSLSocket], None]:
    """Return what a proxy does that is itself reached by TLS."""

    def serve(secure: ssl.SSLSocket) -> None:
        read_request(secure)
        with socket.create_connection(("127.0.0.1", port), 10.0) as service:
            secure.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            threading.Thread(target=hand_on, args=(secure, service), daemon=True).start()
            hand_on(service, secure)

    return serve


@contextlib.contextmanager
def _running(script: Script) -> t.Iterator[RawService]:
    service = RawService(script, reads=False)
    try:
        yield service
    finally:
        service.stop()


def _connection(service: RawService, certificate: pathlib.Path, **settings: t.Any) -> Connection:
    url = service.url.replace("http:", "https:")
    return Connection(url, ca_path=str(certificate), timeout=_TIMEOUT, retries=3, **settings)


@pytest.mark.parametrize(
    "beginning", [b"", b"HTTP/1.1 200 OK\r\nContent-", _ANSWER[:-1]], ids=["head", "in it", "body"]
)
def test_what_was_sent_before_tls_broke_is_never_sent_again(certificate: pathlib.Path, beginning: bytes) -> None:
    with _running(secured(certificate, _answer_then_garbage(beginning))) as service:
        transport = local_transport(_connection(service, certificate))
        with pytest.raises(UnreachableError, match=r"TLS connection to .* broke before its answer was whole") as error:
            transport.send("POST", "/", body={}, repeatable=False)
        assert service.visits == 1
    assert error.value.maybe_received and not error.value.timed_out


def test_a_dripping_record_ends_on_time(certificate: pathlib.Path) -> None:
    with _running(secured(certificate, _drip_a_record)) as service:
        began = time.monotonic()
        with pytest.raises(UnreachableError, match="did not answer within") as error:
            local_transport(_connection(service, certificate)).send("POST", "/", body={}, repeatable=False)
        assert time.monotonic() - began < _TIMEOUT + 5.0
    assert error.value.maybe_received and error.value.timed_out


def test_tls_within_tls(certificate: pathlib.Path) -> None:
    with _running(secured(certificate, _answer)) as service:
        port = int(service.url.rpartition(":")[2])
        with _running(secured(certificate, _tunnel_to(port))) as proxy:
            through = proxy.url.replace("http:", "https:")
            connection = _connection(service, certificate, proxy=through)
            assert local_transport(connection).send("GET", "/").body == {}
            service.script = secured(certificate, _drip_a_record)
            began = time.monotonic()
            with pytest.raises(UnreachableError, match="did not answer within") as error:
                local_transport(connection).send("POST", "/", body={}, repeatable=False)
            assert time.monotonic() - began < _TIMEOUT + 5.0
    assert error.value.maybe_received and error.value.timed_out


@contextlib.contextmanager
def _served(script: Script) -> t.Iterator[RawService]:
    service = RawService(script, reads=False)
    try:
        yield service
    finally:
        service.stop()


def _pem(certificate: pathlib.Path) -> str:
    return certificate.read_text(encoding="ascii").partition("-----BEGIN CERTIFICATE")[2]


def test_the_one_certificate_is_enough_and_no_other_is_taken(certificate: pathlib.Path) -> None:
    pem = f"-----BEGIN CERTIFICATE{_pem(certificate)}"
    with _served(secured(certificate, _answer)) as service:
        url = service.url.replace("http:", "https:")
        transport = local_transport(Connection(url=url, timeout=5.0, retries=0, certificate=pem))
        assert transport.send("GET", "/").body == {}
    other = ssl.DER_cert_to_PEM_cert(ssl.PEM_cert_to_DER_cert(pem)[:-1] + b"x")
    received: list[bytes] = []

    def listen(secure: ssl.SSLSocket) -> None:
        with contextlib.suppress(OSError):
            received.append(secure.recv(1024))

    with _served(secured(certificate, listen)) as service:
        url = service.url.replace("http:", "https:")
        transport = local_transport(Connection(url=url, timeout=5.0, retries=0, certificate=other))
        with pytest.raises(UnreachableError, match="shows another certificate") as caught:
            transport.send("GET", "/", bearer="a secret")
    digests = [hashlib.sha256(ssl.PEM_cert_to_DER_cert(each)).digest().hex(":").upper() for each in (pem, other)]
    # What to compare, and how to go on, as openssl and accept_certificate write it.
    assert f"SHA-256 {digests[0]}, and the known one has {digests[1]}" in str(caught.value)
    assert f"accept_certificate: {digests[0]}," in str(caught.value)
    assert not caught.value.maybe_received
    assert not any(received)
    # A wait ends with it, from a far host too.
    assert vars(from_dict("", to_dict(caught.value)))["another_certificate"] is True


def test_a_certificate_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match="not PEM"):
        local_transport(Connection(url="https://127.0.0.1:1", certificate="rubbish"))
