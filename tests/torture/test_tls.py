# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may see what goes over the network: nobody but the service, whoever pretends to be it or stands between."""

from __future__ import annotations

import contextlib
import typing as t
from pathlib import Path

import pytest
from harness.in_process import InProcess, Result
from harness.proxy import Proxy, serve_proxy
from harness.service import Service, serve

pytestmark = pytest.mark.row("somebody stands between: TLS, proxies, netrc", harm="leaked")

#: What is wrong with the certificate, and OpenSSL's words for it when our CA is trusted.
REFUSED = {
    "unknown-ca": "unable to get local issuer certificate",
    "self-signed": "self-signed certificate",
    "wrong-host": "IP address mismatch",
    "expired": "certificate has expired",
}


class Stand:
    """Services with certificates of each kind, and a controller that logs in to them."""

    def __init__(self, folder: Path, stack: contextlib.ExitStack) -> None:
        self._folder = folder
        self._stack = stack
        self._services: dict[str, Service] = {}
        self._desk = InProcess(folder / "in_process", cache=False, retries=0)

    def service(self, kind: str, *options: str) -> Service:
        """Return the service with a kind of certificate, or with none: ``plain``."""
        if kind not in self._services:
            tls = [] if kind == "plain" else ["--tls", kind, "--tls-folder", str(self._folder / kind), *options]
            self._services[kind] = self._stack.enter_context(serve(*tls))
        return self._services[kind]

    def pem(self, kind: str, name: str = "ca") -> str:
        """Return the path of a file of a service's folder."""
        return str(self._folder / kind / f"{name}.pem")

    def log_in(self, kind: str, **options: t.Any) -> Result:
        """Log in to a service."""
        service = self.service(kind)
        return self._desk.run(
            "bloq_login",
            username=service.emails[0],
            password=service.password,
            **{"accounts_url": service.url, **options},
        )


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Stand]:
    with contextlib.ExitStack() as stack:
        yield Stand(tmp_path_factory.mktemp("tls"), stack)


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Proxy]:
    with serve_proxy(tmp_path_factory.mktemp("proxy")) as proxy:
        yield proxy


def _is_refused(result: Result, reason: str) -> bool:
    return bool(result.get("failed")) and "No trusted TLS connection" in result["msg"] and reason in result["msg"]


@pytest.mark.parametrize("kind", REFUSED)
def test_a_certificate_that_proves_nothing_is_refused(stand: Stand, kind: str) -> None:
    stand.service(kind)
    assert _is_refused(stand.log_in(kind, ca_path=stand.pem(kind)), REFUSED[kind])


def test_an_authority_is_trusted_when_the_user_names_it(stand: Stand) -> None:
    assert _is_refused(stand.log_in("good"), "self-signed certificate in certificate chain")
    assert stand.log_in("good", ca_path=stand.pem("good"))["access_token"]
    stand.service("self-signed")
    assert stand.log_in("self-signed", ca_path=stand.pem("self-signed", "server"))["access_token"]


def test_what_is_not_verified_is_warned_of(stand: Stand) -> None:
    result = stand.log_in("unknown-ca", validate_certs=False)
    assert result["access_token"]
    assert [warning for warning in result["warnings"] if "validate_certs is off" in warning]
    assert "warnings" not in stand.log_in("plain")


def test_a_client_certificate_is_shown(tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:
        stand = Stand(tmp_path, stack)
        stand.service("good", "--tls-client-auth")
        ca = stand.pem("good")
        assert stand.log_in("good", ca_path=ca)["failed"]
        pair = {"client_cert": stand.pem("good", "client"), "client_key_path": stand.pem("good", "client-key")}
        assert stand.log_in("good", ca_path=ca, **pair)["access_token"]


def test_http_leaves_this_machine_only_when_it_is_allowed(stand: Stand) -> None:
    result = stand.log_in("plain", accounts_url="http://accounts.example.com")
    assert result["failed"] and "in the clear" in result["msg"]


def test_a_log_of_tls_keys_has_no_secret_in_it(
    stand: Stand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    keys = tmp_path / "keys"
    monkeypatch.setenv("SSLKEYLOGFILE", str(keys))
    stand.service("good")
    token = stand.log_in("good", ca_path=stand.pem("good"))["access_token"]
    shown = keys.read_text(encoding="utf-8") + "".join(capfd.readouterr())
    assert token not in shown and stand.service("good").password not in shown


def test_netrc_never_changes_who_we_are(stand: Stand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text("default login somebody password else\n", encoding="utf-8")
    netrc.chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert stand.log_in("plain")["access_token"]


def test_a_proxy_sees_a_tunnel_and_nothing_else(stand: Stand, proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy.url)
    plain, good = stand.service("plain"), stand.service("good")
    # Not encrypted: the environment's proxy is not asked, and another one's may not be.
    assert stand.log_in("plain")["access_token"]
    assert "in the clear" in stand.log_in("plain", proxy="http://proxy.example.com:3128")["msg"]
    # Encrypted: it gives a tunnel, and the service must prove itself through it.
    assert stand.log_in("good", ca_path=stand.pem("good"))["access_token"]
    stand.service("unknown-ca")
    assert _is_refused(stand.log_in("unknown-ca", ca_path=stand.pem("unknown-ca")), REFUSED["unknown-ca"])
    log = proxy.log()
    assert _port(good) in log and _port(stand.service("unknown-ca")) in log
    assert _port(plain) not in log and good.password not in log and "Authorization" not in log


def test_no_proxy_and_the_option_proxy(stand: Stand, proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    service = stand.service("good")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert stand.log_in("good", ca_path=stand.pem("good"))["access_token"]
    before = proxy.log().count(_port(service))
    assert stand.log_in("good", ca_path=stand.pem("good"), proxy=proxy.url)["access_token"]
    assert proxy.log().count(_port(service)) > before


def _port(service: Service) -> str:
    return service.url.rpartition(":")[2]
