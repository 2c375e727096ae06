# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The certificate that a server shows, whoever signed it. Nothing is sent to the server but the handshake."""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import time
import typing as t
import urllib.parse

from ._errors import InputError, MissingLibraryError, UnreachableError
from ._ordinary import check_tls_file, open_ordinary

#: Stands in place of a request's method where the far host is to look at the certificate.
LOOK = "CERTIFICATE"
#: And this where it is to look at its own files for TLS.
PROVE = "TLS FILES"


class _HandshakeTimeoutError(socket.timeout):
    """The server took the connection, and TLS was not ready in time. Its text is the reason in plain words."""


class Shown(t.NamedTuple):
    """What a server shows.

    Attributes:
        certificate: its certificate, as PEM.
        is_trusted: False when authorities were named and none of them vouches for it, whichever host it is for.
        doubt: why a request would not take it for the host's, in OpenSSL's words; None when one would.
    """

    certificate: str
    is_trusted: bool = True
    doubt: str | None = None


def prove_tls_files(options: t.Mapping[str, t.Any]) -> None:
    """Make sure that TLS can use the files that a task's options name; no server is asked.

    Args:
        options: the options of a connection.

    Raises:
        InputError: one cannot be used.
        MissingLibraryError: requests is not installed here.
    """
    if options["validate_certs"]:
        prove_authorities(options["ca_path"])
    prove_client_certificate(options["client_cert"], options["client_key_path"])


def prove_authorities(ca_path: str | None) -> None:
    """Make sure that TLS can use the authorities' file, or that which the environment names; no server is asked.

    Args:
        ca_path: as for ``shown_certificate``.

    Raises:
        InputError: it cannot be used.
        MissingLibraryError: requests is not installed here.
    """
    if ca_path is not None:
        _trusting(ca_path)
    _as_requests_do(ca_path)


def prove_client_certificate(client_cert: str | None, client_key_path: str | None) -> None:
    """Make sure that TLS can use a certificate of ours with its key; no server is asked.

    It takes about a millisecond. OpenSSL would ask on the terminal for a key's password, and what it says of the files
    looks like a server that does not answer.

    Args:
        client_cert: a PEM file with our certificate, if there is any.
        client_key_path: its private key, when it is in a file of its own.

    Raises:
        InputError: one cannot be used.
    """
    if not client_cert:
        return
    for option, path in (("client_cert", client_cert), ("client_key_path", client_key_path)):
        check_tls_file(option, path)
        try:
            if path:
                open_ordinary(path).close()
        except OSError as error:
            raise InputError(f"{option}: {path} cannot be used: {_reason(error)}. Name a PEM file.") from None
    try:
        # Nobody is here to be asked for a password.
        _context(ssl.CERT_NONE).load_cert_chain(client_cert, client_key_path or None, password=str)
    except OSError:
        raise InputError(
            f"client_cert: {client_cert} cannot be used: it holds no certificate, or its key, which client_key_path "
            "names where it is in another file, does not fit or has a password. Name PEM files without one."
        ) from None


def shown_certificate(url: str, timeout: float, ca_path: str | None = None) -> Shown:
    """Return the certificate that the server at a URL shows.

    Args:
        url: an https URL.
        timeout: seconds that all of it may take, however slowly the server sends.
        ca_path: a PEM file, or a folder, of the authorities that are to vouch for it, or of itself.

    Raises:
        InputError: the authorities cannot be read.
        MissingLibraryError: requests, whose authorities count where none are named, is not installed here.
        UnreachableError: there is no server, or none that speaks TLS.
    """
    trusting, usual = None if ca_path is None else _trusting(ca_path), _as_requests_do(ca_path)
    ends, server = time.monotonic() + timeout, url
    try:
        parts = urllib.parse.urlsplit(url)
        host, port = parts.hostname or "", parts.port or 443
        server = f"{host}:{port}"
        shown, is_trusted, doubt = _look(host, port, ends, trusting, usual)
    except (OSError, ValueError) as error:
        raise UnreachableError(
            f"{server} shows no certificate: {_reason(error)}.",
            maybe_received=False,
            timed_out=isinstance(error, socket.timeout),
        ) from None
    if not shown:
        raise UnreachableError(f"{server} shows no certificate: it has none.", maybe_received=False)
    return Shown(ssl.DER_cert_to_PEM_cert(shown), is_trusted, doubt)


def _look(
    host: str, port: int, ends: float, trusting: ssl.SSLContext | None, usual: ssl.SSLContext
) -> tuple[bytes | None, bool, str | None]:
    """Return what the server shows, as DER, whether that is trusted, and why a request would not take it."""
    try:
        return _peer_certificate(host, port, ends, usual), True, None
    except ssl.SSLCertVerificationError as error:
        doubt = str(error.verify_message)
    if trusting is not None:
        with contextlib.suppress(ssl.SSLCertVerificationError):
            return _peer_certificate(host, port, ends, trusting), True, doubt
    # What it shows is compared with what it is to show; no authority knows it.
    return _peer_certificate(host, port, ends, _context(ssl.CERT_NONE)), trusting is None, doubt


def _as_requests_do(ca_path: str | None) -> ssl.SSLContext:
    """Return a context that takes what a request would: see ``Http``, which over https heeds the environment too."""
    try:
        import requests.utils
        from urllib3.util import create_urllib3_context
    except ImportError:
        raise MissingLibraryError("requests") from None

    context = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED)
    context.check_hostname, context.hostname_checks_common_name = True, False
    if ca_path is not None:
        _load(context, "ca_path", ca_path)
    elif named := next(filter(os.environ.get, ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")), None):
        _load(context, named, os.environ[named])
    else:
        _load(context, "certifi", requests.utils.DEFAULT_CA_BUNDLE_PATH)
    return context


def _trusting(ca_path: str) -> ssl.SSLContext:
    """Return a context that takes what authorities vouch for; which host it is for is for requests to compare."""
    check_tls_file("ca_path", ca_path)
    context = _context(ssl.CERT_REQUIRED)
    _load(context, "ca_path", ca_path)
    return context


def _load(context: ssl.SSLContext, named_by: str, path: str) -> None:
    try:
        context.load_verify_locations(**{"capath" if os.path.isdir(path) else "cafile": path})
    except OSError as error:
        raise InputError(f"{named_by}: {path} cannot be used: {_reason(error)}. Name a PEM file.") from None


def _context(mode: ssl.VerifyMode) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = mode
    return context


def _connection(host: str, port: int, ends: float) -> socket.socket:
    """Return a connection to the first address of a host that takes one; what time is left they share."""
    addresses = [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    for sharing in range(len(addresses), 1, -1):
        try:
            return socket.create_connection((addresses[-sharing], port), _left(ends) / sharing)
        except OSError:
            continue
    return socket.create_connection((addresses[-1], port), _left(ends))


def _peer_certificate(host: str, port: int, ends: float, context: ssl.SSLContext) -> bytes | None:
    """Return what the server shows in a handshake, as DER."""
    with _connection(host, port, ends) as connection:
        # Python counts a handshake as one operation, however many reads it takes.
        seconds = _left(ends)
        connection.settimeout(seconds)
        try:
            tls = context.wrap_socket(connection, server_hostname=host)
        except socket.timeout:
            raise _HandshakeTimeoutError(f"there was no TLS handshake within {round(seconds, 1):g} s") from None
        with tls:
            return tls.getpeercert(binary_form=True)


def _left(ends: float) -> float:
    left = ends - time.monotonic()
    if left <= 0:
        raise socket.timeout
    return left


def _reason(error: Exception) -> str:
    if isinstance(error, _HandshakeTimeoutError):
        return str(error)
    if isinstance(error, socket.timeout):
        return "it took too long"
    if isinstance(error, ssl.SSLError):
        return "no PEM is in it" if error.reason == "NO_CERTIFICATE_OR_CRL_FOUND" else "the TLS handshake failed"
    if isinstance(error, OSError):
        return error.strerror or "there is no connection"
    return "no host and port can be read in it"
