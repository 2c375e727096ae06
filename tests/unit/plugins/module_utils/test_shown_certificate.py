# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificate that a server shows, seen from here and from the host that a task is delegated to."""

from __future__ import annotations

import base64
import contextlib
import datetime
import ipaddress
import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._certificate import LOOK, Shown, shown_certificate
from ansible_collections.bloq.cloud.plugins.module_utils._errors import InputError, UnreachableError
from ansible_collections.bloq.cloud.plugins.module_utils._relay import relay
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

_KEY = ec.generate_private_key(ec.SECP256R1())


_AUTHORITY = ec.generate_private_key(ec.SECP256R1())


def _certificate() -> x509.Certificate:
    return _signed(_KEY, "node", "node", _KEY)


def _signed(
    key: ec.EllipticCurvePrivateKey, name: str, by: str, with_key: ec.EllipticCurvePrivateKey, host: str | None = None
) -> x509.Certificate:
    now = datetime.datetime.now(datetime.timezone.utc)
    subject, issuer = (x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, each)]) for each in (name, by))
    number, ends = x509.random_serial_number(), now + datetime.timedelta(days=9)
    made = x509.CertificateBuilder(issuer, subject, key.public_key(), number, now, ends)
    if host is not None:
        names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))])
        by_authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(with_key.public_key())
        made = made.add_extension(names, critical=False).add_extension(by_authority, critical=False)
    if with_key is _AUTHORITY and key is _AUTHORITY:
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        made = made.add_extension(usage, critical=True)
        made = made.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    return made.sign(with_key, SHA256())


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[str, str]]:
    """Serve a certificate that no authority knows, and give the URL and the certificate."""
    with _serving(tmp_path, _certificate()) as found:
        yield found


@contextlib.contextmanager
def _serving(tmp_path: Path, certificate: x509.Certificate) -> Iterator[tuple[str, str]]:
    pem = certificate.public_bytes(Encoding.PEM)
    (tmp_path / "node.pem").write_bytes(
        pem + _KEY.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "node.pem")
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            # The end of the test is an error here.
            with contextlib.suppress(OSError):
                while True:
                    connection, _peer = listener.accept()
                    # The one who looks hangs up when it has seen enough.
                    with contextlib.suppress(OSError), context.wrap_socket(connection, server_side=True) as tls:
                        tls.recv(1)

        threading.Thread(target=serve, daemon=True).start()
        yield f"https://127.0.0.1:{listener.getsockname()[1]}/", pem.decode()


def test_it_is_seen_from_here(served: tuple[str, str]) -> None:
    url, pem = served
    shown = shown_certificate(url, 5.0)
    assert shown[:2] == (pem, True)
    assert str(shown.doubt).startswith("self")


def test_it_is_seen_from_the_far_host(served: tuple[str, str]) -> None:
    url, pem = served
    result = relay({"request": json.dumps({"method": LOOK, "url": url}), "timeout": 5.0})
    seen = json.loads(base64.b64decode(result["content"]))
    assert (seen.keys(), seen["certificate"], seen["is_trusted"]) == ({*Shown._fields}, pem, True)


@pytest.mark.parametrize("known", [True, False])
def test_whoever_names_authorities_gets_to_know_whether_they_vouch_for_it(
    served: tuple[str, str], tmp_path: Path, known: bool
) -> None:
    url, pem = served
    (tmp_path / "ca.pem").write_text(pem if known else _certificate().public_bytes(Encoding.PEM).decode())
    ca_path = str(tmp_path / "ca.pem")
    assert shown_certificate(url, 5.0, ca_path)[:2] == (pem, known)
    result = relay({"request": json.dumps({"method": LOOK, "url": url}), "timeout": 5.0, "ca_path": ca_path})
    assert json.loads(base64.b64decode(result["content"]))["is_trusted"] is known


@pytest.mark.parametrize(
    ("host", "ca", "trusted", "doubt"),
    [
        ("127.0.0.1", "named", True, None),
        ("127.0.0.2", "named", True, "127.0.0.1"),
        ("127.0.0.1", "other", False, "issuer"),
        ("127.0.0.1", None, True, "issuer"),
    ],
)
def test_it_is_known_whether_a_request_would_take_what_an_authority_has_signed(
    tmp_path: Path, host: str, ca: str | None, trusted: bool, doubt: str | None
) -> None:
    authority = _signed(_AUTHORITY, "authority", "authority", _AUTHORITY)
    for name, certificate in (("named", authority), ("other", _certificate())):
        (tmp_path / name).write_bytes(certificate.public_bytes(Encoding.PEM))
    with _serving(tmp_path, _signed(_KEY, "node", "authority", _AUTHORITY, host)) as (url, pem):
        shown = shown_certificate(url, 5.0, None if ca is None else str(tmp_path / ca))
    assert shown[:2] == (pem, trusted)
    assert shown.doubt is None if doubt is None else doubt in str(shown.doubt)


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_authorities_of_the_environment_count_as_they_do_for_a_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    authority = _signed(_AUTHORITY, "authority", "authority", _AUTHORITY)
    (tmp_path / "named").write_bytes(authority.public_bytes(Encoding.PEM))
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.setenv(variable, str(tmp_path / "named"))
    with _serving(tmp_path, _signed(_KEY, "node", "authority", _AUTHORITY, "127.0.0.1")) as (url, _pem):
        assert shown_certificate(url, 5.0).doubt is None
        (tmp_path / "other").write_bytes(_certificate().public_bytes(Encoding.PEM))
        assert shown_certificate(url, 5.0, str(tmp_path / "other")).doubt is not None
        monkeypatch.setenv(variable, str(tmp_path / "none"))
        with pytest.raises(InputError, match=rf"{variable}: .*none cannot be used"):
            shown_certificate(url, 5.0)


def test_authorities_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("text")
    for name in ("none", "text"):
        with pytest.raises(InputError, match=rf"ca_path: .*{name} cannot be used"):
            shown_certificate("https://127.0.0.1:9/", 0.5, str(tmp_path / name))


def test_who_does_not_speak_tls_shows_none() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"https://127.0.0.1:{silent.getsockname()[1]}/"
        with pytest.raises(UnreachableError, match="shows no certificate"):
            shown_certificate(url, 0.2)
    with pytest.raises(UnreachableError, match="shows no certificate"):
        shown_certificate(url, 0.2)


def test_who_drips_the_handshake_has_no_more_time_than_all_of_it_may_take() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drip() -> None:
            connection, _peer = listener.accept()
            with contextlib.suppress(OSError), connection:
                # The head of a record of 16 KiB, and then the record, one byte at a time.
                connection.sendall(b"\x16\x03\x03\x40\x00")
                while True:
                    connection.sendall(b"\x02")
                    time.sleep(0.05)

        threading.Thread(target=drip, daemon=True).start()
        began = time.monotonic()
        with pytest.raises(UnreachableError, match=r"certificate: there was no TLS handshake within 0\.5 s") as caught:
            shown_certificate(f"https://127.0.0.1:{listener.getsockname()[1]}/", 0.5)
    assert time.monotonic() - began < 8
    assert caught.value.timed_out


@pytest.mark.parametrize("url", ["https://[::1/", "https://a b;c:x/", "https://{{ x }}/", "https://\u2603.\x00/"])
def test_a_url_that_is_none_shows_none(url: str) -> None:
    with pytest.raises(UnreachableError, match="shows no certificate") as caught:
        shown_certificate(url, 0.5)
    assert "Error" not in str(caught.value)


def test_the_reason_is_said_in_plain_words() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _peer = listener.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                connection.recv(65536)

        threading.Thread(target=answer, daemon=True).start()
        with pytest.raises(UnreachableError, match="shows no certificate: the TLS handshake failed"):
            shown_certificate(f"https://127.0.0.1:{listener.getsockname()[1]}/", 5.0)
