# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that TLS is to use are looked at before they are needed, here and on the host that a task is delegated to."""

from __future__ import annotations

import base64
import json
import os
import ssl
import typing as t
from pathlib import Path

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._certificate import PROVE, prove_tls_files
from ansible_collections.bloq.cloud.plugins.module_utils._connection import Connection
from ansible_collections.bloq.cloud.plugins.module_utils._errors import InputError
from ansible_collections.bloq.cloud.plugins.module_utils._http import Http, local_transport
from ansible_collections.bloq.cloud.plugins.module_utils._relay import relay
from ansible_collections.bloq.cloud.tests.unit.plugins.module_utils.raw_service import RawService, read_request
from ansible_collections.bloq.cloud.tests.unit.plugins.module_utils.tls_service import own_certificate, secured
from cryptography.hazmat.primitives import serialization

OPTIONS = ("ca_path", "client_cert", "client_key_path")


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with a key and its certificate, in one file and apart, another key, and what is none of these."""
    good = own_certificate(tmp_path).read_bytes()
    (tmp_path / "other").mkdir()
    other = own_certificate(tmp_path / "other").read_bytes()
    begins = b"-----BEGIN CERTIFICATE"
    key, certificate = good.split(begins)
    (tmp_path / "key.pem").write_bytes(key)
    (tmp_path / "certificate.pem").write_bytes(begins + certificate)
    (tmp_path / "other.pem").write_bytes(other.split(begins)[0])
    locked = serialization.BestAvailableEncryption(b"a password")
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    locked_key = serialization.load_pem_private_key(key, None).private_bytes(pem, form, locked)
    (tmp_path / "locked.pem").write_bytes(locked_key)
    (tmp_path / "locked_here.pem").write_bytes(locked_key + begins + certificate)
    (tmp_path / "text").write_text("no certificate")
    os.mkfifo(tmp_path / "pipe")
    return tmp_path


def _answer(secure: ssl.SSLSocket) -> None:
    read_request(secure)
    secure.sendall(b"HTTP/1.1 204 Done\r\n\r\n")


def _in(files: Path, named: dict[str, str]) -> dict[str, t.Any]:
    paths = {option: str(files / named[option]) if option in named else None for option in OPTIONS}
    return {"validate_certs": True, **paths}


@pytest.mark.parametrize(
    "named",
    [
        {},
        {"ca_path": "certificate.pem"},
        {"ca_path": "."},
        {"client_cert": "here.pem"},
        {"client_cert": "certificate.pem", "client_key_path": "key.pem"},
        # Without a certificate nobody asks for its key.
        {"client_key_path": "none.pem"},
    ],
    ids=str,
)
def test_what_can_be_used_is_passed(files: Path, named: dict[str, str]) -> None:
    options = _in(files, named)
    prove_tls_files(options)
    result = relay({"request": json.dumps({"method": PROVE, "url": "http://127.0.0.1:1"}), "timeout": 5.0, **options})
    assert json.loads(base64.b64decode(result["content"])) == {}
    assert result["changed"] is False


_WRONG_AUTHORITIES: list[tuple[dict[str, str], str]] = [
    ({"ca_path": "none.pem"}, "ca_path: <here>/none.pem cannot be used: No such file or directory. Name a PEM file."),
    ({"ca_path": "text"}, "ca_path: <here>/text cannot be used: no PEM is in it. Name a PEM file."),
]
_WRONG_CERTIFICATES: list[tuple[dict[str, str], str]] = [
    ({"client_cert": "none.pem"}, "client_cert: <here>/none.pem cannot be used: No such file or directory."),
    ({"client_cert": "text"}, "client_cert: <here>/text cannot be used: it holds no certificate"),
    ({"client_cert": "pipe"}, "client_cert: <here>/pipe is not an ordinary file. Name a PEM file."),
    ({"client_cert": "."}, "client_cert: <here> cannot be used: it is not an ordinary file. Name a PEM file."),
    ({"client_cert": "certificate.pem"}, "client_cert: <here>/certificate.pem cannot be used: it holds no"),
    (
        {"client_cert": "certificate.pem", "client_key_path": "none.pem"},
        "client_key_path: <here>/none.pem cannot be used: No such file or directory. Name a PEM file.",
    ),
    ({"client_cert": "certificate.pem", "client_key_path": "other.pem"}, "or its key, which client_key_path names"),
    ({"client_cert": "certificate.pem", "client_key_path": "locked.pem"}, "or has a password. Name PEM files"),
    ({"client_cert": "locked_here.pem"}, "or has a password. Name PEM files"),
]
_PIPE = ({"ca_path": "pipe"}, "ca_path: <here>/pipe is not an ordinary file. Name a PEM file.")


@pytest.mark.parametrize(("named", "message"), [*_WRONG_AUTHORITIES, _PIPE, *_WRONG_CERTIFICATES], ids=str)
def test_what_cannot_be_used_is_named(files: Path, named: dict[str, str], message: str) -> None:
    options = _in(files, named)
    request = json.dumps({"method": PROVE, "url": "http://127.0.0.1:1"})
    for prove in (
        lambda: prove_tls_files(options),
        lambda: relay({"request": request, "timeout": 5.0, **options}),
    ):
        with pytest.raises(InputError) as refused:
            prove()
        assert message.replace("<here>", str(files)) in str(refused.value)


@pytest.mark.parametrize(("named", "message"), _WRONG_CERTIFICATES, ids=str)
def test_a_request_that_is_to_show_what_cannot_be_used_is_not_sent(
    files: Path, named: dict[str, str], message: str
) -> None:
    for validate_certs in (True, False):
        options = {**_in(files, named), "validate_certs": validate_certs}
        with pytest.raises(InputError) as refused:
            Http(Connection(url="https://127.0.0.1:1", **options))
        assert message.replace("<here>", str(files)) in str(refused.value)
        with pytest.raises(InputError):
            prove_tls_files(options)
        with pytest.raises(InputError):
            relay({"request": json.dumps({"method": "POST", "url": "https://127.0.0.1:1/"}), "timeout": 5.0, **options})
    # Without TLS nobody is shown it.
    Http(Connection(url="http://127.0.0.1:1", **_in(files, {"client_cert": "text"})))


@pytest.mark.parametrize(("named", "message"), _WRONG_AUTHORITIES, ids=str)
def test_authorities_that_cannot_be_used_are_no_fault_of_the_server(
    files: Path, named: dict[str, str], message: str
) -> None:
    options = _in(files, named)
    unasked = {**options, "validate_certs": False}
    prove_tls_files(unasked)
    service = RawService(secured(files / "here.pem", _answer), reads=False)
    url = service.url.replace("http:", "https:")
    try:
        with pytest.raises(InputError) as refused:
            local_transport(Connection(url=url, retries=0, **options)).exchange("POST", "/")
        assert message.replace("<here>", str(files)) in str(refused.value)
        # Where nobody is to vouch for it they are not read.
        assert local_transport(Connection(url=url, retries=0, **unasked)).exchange("POST", "/").status == 204
    finally:
        service.stop()


def test_so_is_what_the_environment_names(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(files / "none.pem"))
    with pytest.raises(InputError, match=r"REQUESTS_CA_BUNDLE: .* cannot be used: No such file"):
        prove_tls_files(_in(files, {}))
    prove_tls_files(_in(files, {"ca_path": "certificate.pem"}))
