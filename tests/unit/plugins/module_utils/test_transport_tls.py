# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""TLS that breaks or drips once the request has been sent, and TLS within TLS."""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import ipaddress
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
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

_TIMEOUT = 0.6
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A file with a key and a certificate of its own for this machine."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "here")])
    now = datetime.datetime.now(datetime.timezone.utc)
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "here.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


def _secured(certificate: pathlib.Path, script: t.Callable[[ssl.SSLSocket], None]) -> Script:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def serve(connection: socket.socket) -> None:
        with context.wrap_socket(connection.dup(), server_side=True) as secure:
            secure.settimeout(10.0)
            script(secure)

    return serve


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

    def hand_on(source: t.Any, target: t.Any) -> None:
        with contextlib.suppress(OSError):
            while piece := source.recv(65536):
                target.sendall(piece)

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
    with _running(_secured(certificate, _answer_then_garbage(beginning))) as service:
        transport = local_transport(_connection(service, certificate))
        with pytest.raises(UnreachableError, match=r"TLS connection to .* broke before its answer was whole") as error:
            transport.send("POST", "/", body={}, repeatable=False)
        assert service.visits == 1
    assert error.value.maybe_received and not error.value.timed_out


def test_a_dripping_record_ends_on_time(certificate: pathlib.Path) -> None:
    with _running(_secured(certificate, _drip_a_record)) as service:
        began = time.monotonic()
        with pytest.raises(UnreachableError, match="did not answer within") as error:
            local_transport(_connection(service, certificate)).send("POST", "/", body={}, repeatable=False)
        assert time.monotonic() - began < _TIMEOUT + 1.0
    assert error.value.maybe_received and error.value.timed_out


def test_tls_within_tls(certificate: pathlib.Path) -> None:
    with _running(_secured(certificate, _answer)) as service:
        port = int(service.url.rpartition(":")[2])
        with _running(_secured(certificate, _tunnel_to(port))) as proxy:
            through = proxy.url.replace("http:", "https:")
            connection = _connection(service, certificate, proxy=through)
            assert local_transport(connection).send("GET", "/").body == {}
            service.script = _secured(certificate, _drip_a_record)
            began = time.monotonic()
            with pytest.raises(UnreachableError, match="did not answer within") as error:
                local_transport(connection).send("POST", "/", body={}, repeatable=False)
            assert time.monotonic() - began < _TIMEOUT + 1.0
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
    with _served(_secured(certificate, _answer)) as service:
        url = service.url.replace("http:", "https:")
        transport = local_transport(Connection(url=url, timeout=5.0, retries=0, certificate=pem))
        assert transport.send("GET", "/").body == {}
    other = ssl.DER_cert_to_PEM_cert(ssl.PEM_cert_to_DER_cert(pem)[:-1] + b"x")
    received: list[bytes] = []

    def listen(secure: ssl.SSLSocket) -> None:
        with contextlib.suppress(OSError):
            received.append(secure.recv(1024))

    with _served(_secured(certificate, listen)) as service:
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
