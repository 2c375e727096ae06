# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificate that a node has signed itself: taken once, and compared ever after."""

from __future__ import annotations

import hashlib
import re
import ssl

from ...module_utils._errors import InputError, ReplyError

_SHA256 = re.compile(r"[0-9a-f]{64}")


def known_certificate(name: str, kept: str | None, shown: str, accepted: str | None) -> str | None:
    """Return the certificate that the node's record is to have, as PEM.

    Args:
        name: the record's name, or the node's id.
        kept: what the record has.
        shown: what the node shows.
        accepted: the SHA-256 fingerprint of the only one that the user takes where ``kept`` is not shown.

    Raises:
        InputError: the record's certificate is not one.
        ReplyError: the node shows another than it did, or than the user takes.
    """
    now = fingerprint(shown)
    if kept is None:
        if accepted is not None and _plain(accepted) != _plain(now):
            raise ReplyError(
                f"The node {name!r} shows another certificate than accept_certificate names: SHA-256 {now}. Somebody "
                "may stand between. Nothing was sent to it. Ask Bloq, or whoever made the certificate, for its "
                "fingerprint."
            )
        # One that an authority has signed is verified as everywhere, and may be renewed.
        return shown if _is_self_signed(shown) else None
    try:
        before = fingerprint(kept)
    except ValueError:
        raise InputError(
            f"In the record of the node {name!r}, certificate is not PEM. Remove the field, and the next run takes the "
            "certificate that the node shows then."
        ) from None
    if now == before:
        return kept
    if accepted is not None and _plain(accepted) == _plain(now):
        return shown
    raise ReplyError(
        f"The node {name!r} shows another certificate than its record has: SHA-256 {now}, and in the record {before}. "
        "Somebody may stand between. Nothing was sent to it. Ask Bloq, or whoever renewed it, for the fingerprint of "
        f"the new one. If it is the same, accept it in the task once: accept_certificate: {now}"
    )


def check_fingerprint(text: str | None) -> None:
    """Check that the user has given a fingerprint, if anything.

    Raises:
        InputError: it is none.
    """
    if text is not None and not _SHA256.fullmatch(_plain(text)):
        raise InputError(
            "accept_certificate must be a SHA-256 fingerprint, 64 hexadecimal digits, as openssl x509 -noout "
            "-fingerprint -sha256 prints it."
        )


def fingerprint(certificate: str) -> str:
    """Return a certificate's SHA-256 fingerprint as openssl writes it.

    Raises:
        ValueError: it is not PEM.
    """
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(certificate.strip())).digest().hex(":").upper()


def _is_self_signed(certificate: str) -> bool:
    from cryptography import x509

    try:
        parsed = x509.load_pem_x509_certificate(certificate.encode())
        return parsed.issuer == parsed.subject
    except ValueError:
        # TLS takes more for a certificate than cryptography does, and what no library reads no authority has signed.
        return True


def _plain(fingerprint: str) -> str:
    """Return the digits alone; openssl writes what they are before them."""
    return fingerprint.rpartition("=")[2].replace(":", "").replace(" ", "").strip().lower()
