# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node's own certificate: taken once, compared ever after, replaced on purpose alone."""

from __future__ import annotations

import datetime

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._errors import InputError, ReplyError
from ansible_collections.bloq.cloud.plugins.plugin_utils._nodes.certificate import (
    check_fingerprint,
    fingerprint,
    known_certificate,
)
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding


def _certificate(issuer: str = "node") -> str:
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime(2026, 1, 1)
    subject, by = (x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]) for name in ("node", issuer))
    builder = x509.CertificateBuilder(by, subject, key.public_key(), 1, now, now + datetime.timedelta(days=9))
    return builder.sign(key, SHA256()).public_bytes(Encoding.PEM).decode()


ONE, OTHER = _certificate(), _certificate()


def test_the_first_is_taken_and_the_same_is_kept() -> None:
    assert known_certificate("n", None, ONE, None) == ONE
    assert known_certificate("n", ONE.strip(), ONE, None) == ONE.strip()


def test_what_an_authority_signed_is_not_taken() -> None:
    assert known_certificate("n", None, _certificate("authority"), None) is None


def test_another_is_a_failure_that_says_what_to_compare() -> None:
    with pytest.raises(ReplyError) as raised:
        known_certificate("n", ONE, OTHER, None)
    assert all(fingerprint(each) in str(raised.value) for each in (ONE, OTHER))


def test_another_is_taken_when_its_own_fingerprint_is_given() -> None:
    assert known_certificate("n", ONE, OTHER, fingerprint(OTHER).lower().replace(":", "")) == OTHER
    with pytest.raises(ReplyError):
        known_certificate("n", ONE, OTHER, fingerprint(ONE))


def test_a_record_that_holds_none_is_refused() -> None:
    with pytest.raises(InputError, match="not PEM"):
        known_certificate("n", "text", ONE, None)


def test_the_first_is_taken_unless_another_is_named() -> None:
    assert known_certificate("n", None, ONE, fingerprint(ONE)) == ONE
    with pytest.raises(ReplyError, match="another certificate than accept_certificate names") as raised:
        known_certificate("n", None, OTHER, fingerprint(ONE))
    assert fingerprint(OTHER) in str(raised.value)


@pytest.mark.parametrize("text", ["", "AB:CD", "true", "AB:" * 19 + "AB", "AB:" * 32 + "AB", "no" * 32])
def test_what_is_no_fingerprint_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="64 hexadecimal digits"):
        check_fingerprint(text)


def test_a_fingerprint_is_taken_as_openssl_prints_it() -> None:
    printed = f"sha256 Fingerprint={fingerprint(OTHER)}\n"
    check_fingerprint(printed)
    assert known_certificate("n", ONE, OTHER, printed) == OTHER


def test_one_that_no_library_reads_is_known_again_all_the_same() -> None:
    strange = "-----BEGIN CERTIFICATE-----\nMAMCAQA=\n-----END CERTIFICATE-----\n"
    assert known_certificate("n", None, strange, None) == strange
    assert known_certificate("n", strange, strange, None) == strange
