# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node's own certificate: taken once, compared ever after, replaced on purpose alone."""

from __future__ import annotations

import datetime

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._certificate import Shown
from ansible_collections.bloq.cloud.plugins.module_utils._errors import CertificateError, InputError, ReplyError
from ansible_collections.bloq.cloud.plugins.plugin_utils._nodes.certificate import (
    check_fingerprint,
    fingerprint,
    with_certificate,
)
from ansible_collections.bloq.cloud.plugins.plugin_utils._nodes.record import NodeRecord
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding


def _certificate(issuer: str = "node", *, signed_by_another: bool = False) -> str:
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime(2026, 1, 1)
    subject, by = (x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]) for name in ("node", issuer))
    builder = x509.CertificateBuilder(by, subject, key.public_key(), 1, now, now + datetime.timedelta(days=9))
    signing = ec.generate_private_key(ec.SECP256R1()) if signed_by_another else key
    return builder.sign(signing, SHA256()).public_bytes(Encoding.PEM).decode()


ONE, OTHER = _certificate(), _certificate()
SIGNED = _certificate("authority")


def _known(kept: str | None, shown: str, accepted: str | None = None, *, by: str | None = None) -> str | None:
    return _record(kept, Shown(shown), accepted, by=by).certificate


def _record(kept: str | None, shown: Shown, accepted: str | None = None, *, by: str | None = None) -> NodeRecord:
    record = NodeRecord("", "node", "n-1", certificate=kept, certificate_by=by)
    return with_certificate("n", record, shown, accepted)


def test_the_first_is_taken_and_the_same_is_kept() -> None:
    assert _known(None, ONE) == ONE
    assert _known(ONE.strip(), ONE) == ONE.strip()


def test_what_an_authority_signed_is_not_taken_and_may_be_renewed() -> None:
    record = _record(None, Shown(SIGNED))
    assert (record.certificate, record.certificate_by) == (None, "authority")
    assert _record(None, Shown(_certificate("another authority")), by="authority") == record


def test_its_own_is_not_taken_where_an_authority_has_signed_before() -> None:
    with pytest.raises(ReplyError, match=r"has signed itself.*signed by another, as its record says") as raised:
        _known(None, ONE, by="authority")
    assert f"accept_certificate: {fingerprint(ONE)}" in str(raised.value)
    record = _record(None, Shown(ONE), fingerprint(ONE), by="authority")
    assert (record.certificate, record.certificate_by) == (ONE, None)


def test_its_own_is_not_taken_where_the_task_names_authorities() -> None:
    unknown = Shown(ONE, is_trusted=False)
    with pytest.raises(ReplyError, match=r"has signed itself.*ca_path does not have it") as raised:
        _record(None, unknown)
    assert f"accept_certificate: {fingerprint(ONE)}" in str(raised.value)
    assert _record(None, unknown, fingerprint(ONE)).certificate == ONE
    assert _record(ONE, unknown).certificate == ONE


@pytest.mark.parametrize("by", [None, "authority"])
def test_what_another_has_signed_must_be_vouched_for(by: str | None) -> None:
    doubted = Shown(SIGNED, doubt="certificate has expired")
    with pytest.raises(
        CertificateError, match=r"another has signed.*vouches for it: certificate has expired"
    ) as raised:
        _record(None, doubted, by=by)
    assert f"accept_certificate: {fingerprint(SIGNED)}" in str(raised.value)
    record = _record(None, doubted, fingerprint(SIGNED), by=by)
    assert (record.certificate, record.certificate_by) == (SIGNED, None)
    assert _record(SIGNED, doubted) == _record(SIGNED, Shown(SIGNED))


def test_an_authority_may_have_the_node_s_own_name() -> None:
    shown = _certificate(signed_by_another=True)
    with pytest.raises(CertificateError, match=r"another has signed.*vouches for it: self-signed certificate"):
        _record(None, Shown(shown, doubt="self-signed certificate"))
    assert _record(None, Shown(shown)).certificate_by == "authority"


def test_what_is_accepted_in_place_of_a_known_one_may_be_renewed_when_an_authority_vouches_for_it() -> None:
    record = _record(ONE, Shown(SIGNED), fingerprint(SIGNED))
    assert (record.certificate, record.certificate_by) == (None, "authority")
    with pytest.raises(CertificateError, match="than its record has"):
        _record(ONE, Shown(SIGNED))


def test_another_is_a_failure_that_says_what_to_compare() -> None:
    with pytest.raises(ReplyError) as raised:
        _known(ONE, OTHER)
    assert all(fingerprint(each) in str(raised.value) for each in (ONE, OTHER))


def test_another_is_taken_when_its_own_fingerprint_is_given() -> None:
    assert _known(ONE, OTHER, fingerprint(OTHER).lower().replace(":", "")) == OTHER
    with pytest.raises(ReplyError, match="than accept_certificate names") as raised:
        _known(ONE, OTHER, fingerprint(ONE))
    assert all(fingerprint(each) in str(raised.value) for each in (ONE, OTHER))
    assert "accept it" not in str(raised.value)


def test_a_record_that_holds_none_is_refused() -> None:
    with pytest.raises(InputError, match="not PEM"):
        _known("text", ONE)


def test_the_first_is_taken_unless_another_is_named() -> None:
    assert _known(None, ONE, fingerprint(ONE)) == ONE
    for by in (None, "authority"):
        with pytest.raises(ReplyError, match="another certificate than accept_certificate names") as raised:
            _known(None, OTHER, fingerprint(ONE), by=by)
        assert fingerprint(OTHER) in str(raised.value)


@pytest.mark.parametrize("text", ["AB:CD", "true", "AB:" * 19 + "AB", "AB:" * 32 + "AB", "no" * 32])
def test_what_is_no_fingerprint_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="64 hexadecimal digits"):
        check_fingerprint(text)


def test_an_empty_fingerprint_is_not_as_good_as_none() -> None:
    check_fingerprint(None)
    with pytest.raises(InputError, match="accept_certificate is empty"):
        check_fingerprint("")


def test_a_fingerprint_is_taken_as_openssl_prints_it() -> None:
    printed = f"sha256 Fingerprint={fingerprint(OTHER)}\n"
    check_fingerprint(printed)
    assert _known(ONE, OTHER, printed) == OTHER


def test_one_that_no_library_reads_is_known_again_all_the_same() -> None:
    strange = "-----BEGIN CERTIFICATE-----\nMAMCAQA=\n-----END CERTIFICATE-----\n"
    assert _known(None, strange) == strange
    assert _known(strange, strange) == strange
