# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates of a certificate authority that lives for one run; its key is never written."""

from __future__ import annotations

import dataclasses
import datetime
import ipaddress
import typing as t

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_DAY = datetime.timedelta(days=1)
_LIFE = 365 * _DAY

Name = x509.DNSName | x509.IPAddress


@dataclasses.dataclass(frozen=True, kw_only=True)
class Pair:
    """A certificate and its private key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey = dataclasses.field(repr=False)

    @property
    def certificate_pem(self) -> bytes:
        """The certificate as PEM."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        """The private key as PEM, not encrypted."""
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )


class Authority:
    """A certificate authority."""

    def __init__(self, name: str) -> None:
        """Make one, with a new key."""
        self._pair = _signed(name, authority=True, issuer=None)

    @property
    def certificate_pem(self) -> bytes:
        """The certificate that a client must know, as PEM."""
        return self._pair.certificate_pem

    def server(self, names: t.Sequence[str], *, expired: bool = False) -> Pair:
        """Return a certificate for a server that is reached by these host names and addresses."""
        return _signed(names[0], names=names, issuer=self._pair, expired=expired)

    def client(self, name: str) -> Pair:
        """Return a certificate for a client."""
        return _signed(name, issuer=self._pair)


def self_signed(names: t.Sequence[str]) -> Pair:
    """Return a server's certificate that no authority signed."""
    return _signed(names[0], names=names, issuer=None)


def _signed(
    common_name: str,
    *,
    issuer: Pair | None,
    names: t.Sequence[str] = (),
    authority: bool = False,
    expired: bool = False,
) -> Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    signing_key = key if issuer is None else issuer.key
    start = datetime.datetime.now(datetime.UTC) - _DAY
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if issuer is None else issuer.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start - _LIFE if expired else start)
        .not_valid_after(start if expired else start + _LIFE)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(_key_usage(authority=authority), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing_key.public_key()), critical=False)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName([_general_name(name) for name in names]), False)
    if not authority:
        purpose = ExtendedKeyUsageOID.SERVER_AUTH if names else ExtendedKeyUsageOID.CLIENT_AUTH
        builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
    return Pair(certificate=builder.sign(signing_key, hashes.SHA256()), key=key)


def _key_usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(name: str) -> Name:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
