# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificate that a node has signed itself: taken once, and compared ever after."""

from __future__ import annotations

import dataclasses
import hashlib
import re
import ssl
import typing as t

from ...module_utils._certificate import Shown
from ...module_utils._errors import CertificateError, InputError
from .record import NodeRecord

#: Who has signed the certificate of a node that has none of its own.
AUTHORITY = "authority"
_SHA256 = re.compile(r"[0-9a-f]{64}")


def with_certificate(name: str, record: NodeRecord, shown: Shown, accepted: str | None) -> NodeRecord:
    """Return a node's record with what its certificate says.

    Args:
        name: the record's name, or the node's id.
        record: what is known of the node.
        shown: what the node shows.
        accepted: the SHA-256 fingerprint of the only one that the user takes where none is known.

    Raises:
        InputError: the record's certificate is not one.
        CertificateError: the node shows another than it did, or than the user takes.
    """
    now = fingerprint(shown.certificate)
    is_accepted = accepted is not None and _plain(accepted) == _plain(now)
    before = None if record.certificate is None else known_fingerprint(name, record.certificate)
    if before == now:
        return record
    if not is_accepted:
        _refuse_other(name, before, now, accepted)
    is_own = _is_self_signed(shown.certificate)
    # One that an authority has signed is verified as everywhere, and may be renewed.
    if not is_own and shown.doubt is None:
        return dataclasses.replace(record, certificate=None, certificate_by=AUTHORITY)
    if not is_accepted:
        if not is_own:
            _refuse_unvouched(name, shown)
        _refuse_own(name, record, shown)
    return dataclasses.replace(record, certificate=shown.certificate, certificate_by=None)


def _refuse_other(name: str, before: str | None, now: str, accepted: str | None) -> None:
    """Refuse what is neither in the record nor accepted, where there is one or the other."""
    if accepted is not None:
        raise CertificateError(
            f"The node {name!r} shows another certificate than accept_certificate names: SHA-256 {now}, and its "
            f"record has {before or 'none'}. Somebody may stand between. Nothing was sent to it. Ask Bloq, or whoever "
            "made the certificate, for its fingerprint."
        )
    if before is not None:
        raise CertificateError(
            f"The node {name!r} shows another certificate than its record has: SHA-256 {now}, and in the record "
            f"{before}. {_ask(now)}"
        )


def _refuse_own(name: str, record: NodeRecord, shown: Shown) -> None:
    """Refuse a certificate that the node has signed itself where an authority is to vouch for the node."""
    now = fingerprint(shown.certificate)
    if record.certificate_by is not None:
        raise CertificateError(
            f"The node {name!r} shows a certificate that it has signed itself, SHA-256 {now}. That of before was "
            f"signed by another, as its record says. {_ask(now)}"
        )
    if not shown.is_trusted:
        raise CertificateError(
            f"The node {name!r} shows a certificate that it has signed itself, SHA-256 {now}, and ca_path does not "
            f"have it. {_ask(now)}"
        )


def _refuse_unvouched(name: str, shown: Shown) -> t.NoReturn:
    """Refuse a certificate that another has signed and that no request would take."""
    now = fingerprint(shown.certificate)
    raise CertificateError(
        f"The node {name!r} shows a certificate that another has signed, SHA-256 {now}, and no authority that is known "
        f"here vouches for it: {shown.doubt}. Name the right authorities with ca_path. {_ask(now)}"
    )


def _ask(now: str) -> str:
    return (
        "Somebody may stand between. Nothing was sent to it. Ask Bloq, or whoever renewed it, for the fingerprint of "
        f"the new one. If it is the same, accept it in the task once: accept_certificate: {now}"
    )


def check_fingerprint(text: str | None) -> None:
    """Check that the user has given a fingerprint, if anything.

    Raises:
        InputError: it is none.
    """
    if text == "":
        raise InputError(
            "accept_certificate is empty. Give the fingerprint, or leave the option out, as default(omit) does."
        )
    if text is not None and not _SHA256.fullmatch(_plain(text)):
        raise InputError(
            "accept_certificate must be a SHA-256 fingerprint, 64 hexadecimal digits, as openssl x509 -noout "
            "-fingerprint -sha256 prints it."
        )


def known_fingerprint(name: str, certificate: str) -> str:
    """Return the fingerprint of the certificate in a node's record.

    Raises:
        InputError: it is none.
    """
    try:
        return fingerprint(certificate)
    except ValueError:
        raise InputError(
            f"In the record of the node {name!r}, certificate is not PEM. Remove the field, and the next run takes the "
            "certificate that the node shows then."
        ) from None


def fingerprint(certificate: str) -> str:
    """Return a certificate's SHA-256 fingerprint as openssl writes it.

    Raises:
        ValueError: it is not PEM.
    """
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(certificate.strip())).digest().hex(":").upper()


def _is_self_signed(certificate: str) -> bool:
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

    try:
        parsed = x509.load_pem_x509_certificate(certificate.encode())
        if parsed.issuer != parsed.subject:
            return False
        # An authority may have the node's own name. Before cryptography 40 only the names can be compared.
        if hasattr(parsed, "verify_directly_issued_by"):
            parsed.verify_directly_issued_by(parsed)
    except InvalidSignature:
        return False
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # TLS takes more for a certificate than cryptography does, and what no library reads no authority has signed.
        return True
    return True


def _plain(fingerprint: str) -> str:
    """Return the digits alone; openssl writes what they are before them."""
    return fingerprint.rpartition("=")[2].replace(":", "").replace(" ", "").strip().lower()
