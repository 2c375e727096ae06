# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The certificate that a server shows, whoever signed it. Nothing is sent to the server but the handshake."""

from __future__ import annotations

import socket
import ssl
import urllib.parse

from ._errors import UnreachableError

#: Stands in place of a request's method where the far host is to look at the certificate.
LOOK = "CERTIFICATE"


def shown_certificate(url: str, timeout: float) -> str:
    """Return the certificate that the server at a URL shows, as PEM.

    Args:
        url: an https URL.
        timeout: seconds that the connection, and then the handshake, may take.

    Raises:
        UnreachableError: there is no server, or none that speaks TLS.
    """
    parts = urllib.parse.urlsplit(url)
    host, port = parts.hostname or "", parts.port or 443
    # What it shows is compared with what it is to show; no authority knows it.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        connection = socket.create_connection((host, port), timeout)
        with connection, context.wrap_socket(connection, server_hostname=host) as tls:
            shown = tls.getpeercert(binary_form=True)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise UnreachableError(f"{host}:{port} shows no certificate: {reason}.", maybe_received=False) from None
    if not shown:
        raise UnreachableError(f"{host}:{port} shows no certificate: it has none.", maybe_received=False)
    return ssl.DER_cert_to_PEM_cert(shown)
