# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificate that a node has signed itself: taken once, and compared ever after."""

from __future__ import annotations

from ...module_utils._errors import InputError, ReplyError


def known_certificate(name: str, kept: str | None, shown: str, accepted: str | None) -> str | None:
    """Return the certificate that the node's record is to have, as PEM.

    Args:
        name: the record's name.
        kept: what the record has.
        shown: what the node shows.
        accepted: the fingerprint of another one than ``kept`` that the user accepts.

    Raises:
        InputError: the record's certificate is not one.
        ReplyError: the node shows another than it did.
    """
    now = fingerprint(shown)
    if kept is None:
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


def fingerprint(certificate: str) -> str:
    """Return a certificate's SHA-256 fingerprint as openssl writes it.

    Raises:
        ValueError: it is not PEM.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives.hashes import SHA256

    digest = x509.load_pem_x509_certificate(certificate.encode()).fingerprint(SHA256())
    return digest.hex(":").upper()


def _is_self_signed(certificate: str) -> bool:
    from cryptography import x509

    parsed = x509.load_pem_x509_certificate(certificate.encode())
    return parsed.issuer == parsed.subject


def _plain(text: str) -> str:
    return text.replace(":", "").replace(" ", "").lower()
