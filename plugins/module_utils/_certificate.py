# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The certificate that a server shows, whoever signed it. Nothing is sent to the server but the handshake."""

from __future__ import annotations

import socket
import ssl
import time
import urllib.parse

from ._errors import UnreachableError

#: Stands in place of a request's method where the far host is to look at the certificate.
LOOK = "CERTIFICATE"


def shown_certificate(url: str, timeout: float) -> str:
    """Return the certificate that the server at a URL shows, as PEM.

    Args:
        url: an https URL.
        timeout: seconds that all of it may take, however slowly the server sends.

    Raises:
        UnreachableError: there is no server, or none that speaks TLS.
    """
    ends, server = time.monotonic() + timeout, url
    try:
        parts = urllib.parse.urlsplit(url)
        host, port = parts.hostname or "", parts.port or 443
        server = f"{host}:{port}"
        with _connection(host, port, ends) as connection:
            shown = _peer_certificate(connection, host, ends)
    except (OSError, ValueError) as error:
        raise UnreachableError(
            f"{server} shows no certificate: {_reason(error)}.",
            maybe_received=False,
            timed_out=isinstance(error, socket.timeout),
        ) from None
    if not shown:
        raise UnreachableError(f"{server} shows no certificate: it has none.", maybe_received=False)
    return ssl.DER_cert_to_PEM_cert(shown)


def _connection(host: str, port: int, ends: float) -> socket.socket:
    """Return a connection to the first address of a host that takes one; what time is left they share."""
    addresses = [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    for sharing in range(len(addresses), 1, -1):
        try:
            return socket.create_connection((addresses[-sharing], port), _left(ends) / sharing)
        except OSError:
            continue
    return socket.create_connection((addresses[-1], port), _left(ends))


def _peer_certificate(connection: socket.socket, host: str, ends: float) -> bytes | None:
    """Return what the server shows in a handshake, as DER."""
    # What it shows is compared with what it is to show; no authority knows it.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    # Python counts a handshake as one operation, however many reads it takes.
    connection.settimeout(_left(ends))
    with context.wrap_socket(connection, server_hostname=host) as tls:
        return tls.getpeercert(binary_form=True)


def _left(ends: float) -> float:
    left = ends - time.monotonic()
    if left <= 0:
        raise socket.timeout
    return left


def _reason(error: Exception) -> str:
    if isinstance(error, socket.timeout):
        return "it took too long"
    if isinstance(error, ssl.SSLError):
        return "the TLS handshake failed"
    if isinstance(error, OSError):
        return error.strerror or "there is no connection"
    return "no host and port can be read in it"
