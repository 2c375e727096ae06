# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""TLS: a client trusts the good certificate and refuses each bad one for its own reason."""

from __future__ import annotations

import re
import ssl
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
import requests
from conftest import USER, serve


def reason(url: str, **options: object) -> str:
    """Return why the client refused the server."""
    with pytest.raises(requests.exceptions.SSLError) as caught:
        requests.get(url, timeout=10, **options)  # type: ignore[arg-type]
    return str(caught.value)


def test_a_good_certificate_serves_all_three_services_to_who_knows_the_ca(tmp_path: Path) -> None:
    with serve("--tls", "good", "--tls-folder", str(tmp_path)) as bloq:
        ca = str(tmp_path / "ca.pem")
        for url in (f"{bloq.accounts}/", f"{bloq.nodes}/", f"{bloq.connect}/status"):
            assert url.startswith("https://127.0.0.1:")
            assert requests.get(url, verify=ca, timeout=10).status_code == 200
            assert requests.get(url.replace("127.0.0.1", "localhost"), verify=ca, timeout=10).status_code == 200
        reply = requests.post(f"{bloq.accounts}/auth", auth=(USER, bloq.password), verify=ca, timeout=10)
        assert reply.status_code == 200
        assert "CERTIFICATE_VERIFY_FAILED" in reason(f"{bloq.accounts}/")


def test_a_strict_client_has_nothing_against_the_certificates(tmp_path: Path) -> None:
    with serve("--tls", "good", "--tls-folder", str(tmp_path)) as bloq:
        context = ssl.create_default_context(cafile=tmp_path / "ca.pem")
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        with urllib.request.urlopen(f"{bloq.accounts}/", context=context, timeout=10) as reply:  # noqa: S310 - https
            assert reply.status == 200


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("unknown-ca", "unable to get local issuer certificate"),
        ("self-signed", "self.signed certificate"),
        ("wrong-host", "mismatch|doesn't match"),
        ("expired", "certificate has expired"),
    ],
)
def test_a_bad_certificate_is_refused_for_its_own_reason(kind: str, why: str, tmp_path: Path) -> None:
    with serve("--tls", kind, "--tls-folder", str(tmp_path)) as bloq:
        assert re.search(why, reason(f"{bloq.accounts}/", verify=str(tmp_path / "ca.pem")))


def test_a_self_signed_certificate_can_be_pinned(tmp_path: Path) -> None:
    with serve("--tls", "self-signed", "--tls-folder", str(tmp_path)) as bloq:
        assert requests.get(f"{bloq.accounts}/", verify=str(tmp_path / "server.pem"), timeout=10).status_code == 200


def test_client_certificates_are_asked_for_and_checked(tmp_path: Path) -> None:
    other = tmp_path / "other"
    mine = tmp_path / "mine"
    with (
        serve("--tls", "good", "--tls-folder", str(other)),
        serve("--tls", "good", "--tls-client-auth", "--tls-folder", str(mine)) as bloq,
    ):
        ca = str(mine / "ca.pem")
        pair = (str(mine / "client.pem"), str(mine / "client-key.pem"))
        assert requests.get(f"{bloq.accounts}/", verify=ca, cert=pair, timeout=10).status_code == 200
        with pytest.raises(requests.exceptions.ConnectionError):
            requests.get(f"{bloq.accounts}/", verify=ca, timeout=10)
        stranger = (str(other / "client.pem"), str(other / "client-key.pem"))
        with pytest.raises(requests.exceptions.ConnectionError):
            requests.get(f"{bloq.accounts}/", verify=ca, cert=stranger, timeout=10)


def test_private_keys_are_private_and_a_symlink_is_not_followed(tmp_path: Path) -> None:
    folder = tmp_path / "tls"
    folder.mkdir()
    victim = tmp_path / "victim"
    victim.write_text("untouched")
    (folder / "server-key.pem").symlink_to(victim)
    with serve("--tls", "good", "--tls-folder", str(folder)):
        assert victim.read_text() == "untouched"
        modes = {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}
    assert modes == {
        "ca.pem": 0o644,
        "server.pem": 0o644,
        "server-key.pem": 0o600,
        "client.pem": 0o644,
        "client-key.pem": 0o600,
    }


def test_without_tls_the_other_two_options_are_refused() -> None:
    command = [str(Path(sys.executable).with_name("local-bloq")), "serve", "--port-base", "0", "--tls-client-auth"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 2
    assert done.stderr == "local-bloq: --tls-client-auth and --tls-folder need --tls KIND\n"
