# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Requests sent from this process: TLS on, bounded waits, no blind repeats."""

from __future__ import annotations

import contextlib
import hashlib
import re
import ssl
import time
import urllib.parse
import warnings

from ._certificate import prove_authorities, prove_client_certificate
from ._connection import Connection, Pause
from ._errors import InputError, MissingLibraryError, ReplyError, UnreachableError
from ._ordinary import check_tls_file
from ._request import Answer, Request
from ._retries import Patience, retry
from ._transport import Transport
from ._urls import checked_url, must_stay_here
from ._wire import Adapter, BrokenTLSError, HandshakeTimeoutError, Session, read_body

try:
    import requests
    import urllib3
    from requests.auth import AuthBase
except ImportError:
    requests = None  # type: ignore[assignment]
    AuthBase = object  # type: ignore[assignment,misc]

#: What urllib3 says of another certificate than the one that a service must show.
_ANOTHER = re.compile(r'Expected "([0-9a-f]{64})", got "([0-9a-f]{64})"')


class Http:
    """Carries requests to one service, from this process.

    Args:
        connection: how to reach it.

    Raises:
        InputError: a certificate or the proxy cannot be used, or the proxy may not be used without TLS.
        MissingLibraryError: requests is not installed here, or with a urllib3 that is too old.
    """

    def __init__(self, connection: Connection) -> None:
        if requests is None:
            raise MissingLibraryError("requests")
        # Which came with urllib3 2, as did what retry asks for.
        if not hasattr(urllib3, "BaseHTTPResponse"):
            raise MissingLibraryError("urllib3~=2.0")
        for option in ("ca_path", "client_cert", "client_key_path"):
            check_tls_file(option, getattr(connection, option))
        self._settings = connection
        base = checked_url(connection.url, allow_http=connection.allow_http)
        if base.startswith("https:"):
            prove_client_certificate(connection.client_cert, connection.client_key_path)
        self._host = urllib.parse.urlsplit(base).netloc
        self._fingerprint = _fingerprint(connection.certificate) if connection.validate_certs else None
        self._stays_here = must_stay_here(base, connection.proxy, allow_http=connection.allow_http)

    def carry(self, request: Request, *, repeatable: bool, pause: Pause = contextlib.nullcontext) -> Answer:
        """Send a request, again where that is safe, and return the answer: see ``Carrier``."""
        settings = self._settings
        # Every attempt may take the whole timeout, and no call more than all attempts and all waits together.
        ends = time.monotonic() + settings.longest
        patience = Patience(settings.max_retry_wait, ends, pause)
        retries = retry(settings, patience, repeatable=repeatable)
        adapter = Adapter(ends, fingerprint=self._fingerprint, max_retries=retries)
        try:
            with Session() as session, warnings.catch_warnings():
                # The caller has warned in Ansible's way, once.
                warnings.simplefilter("ignore", urllib3.exceptions.InsecureRequestWarning)
                session.trust_env = not self._stays_here
                for scheme in ("http://", "https://"):
                    session.mount(scheme, adapter)
                with session.request(
                    request.method,
                    request.url,
                    auth=_Authorization(request.bearer, request.basic),
                    headers={"Accept": "application/json", **(request.headers or {}), "Accept-Encoding": "identity"},
                    json=request.body,
                    timeout=settings.timeout,
                    allow_redirects=False,
                    # urllib3 compares the one certificate by itself, before it sends anything.
                    verify=(settings.ca_path or True) if settings.validate_certs and not self._fingerprint else False,
                    cert=_client_certificate(settings),
                    proxies={"http": settings.proxy, "https": settings.proxy} if settings.proxy else None,
                    stream=True,
                ) as response:
                    return self._answered(response)
        except (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema):
            raise InputError(
                f"No request can be sent to {self._host} like this. Check the service's URL, and the option proxy or "
                "HTTPS_PROXY in the environment."
            ) from None
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError) as error:
            if isinstance(error, requests.exceptions.SSLError):
                self._prove_authorities()
            raise _unreachable(error, self._host, settings) from None
        except OSError as error:
            # requests reports a file that is not there in this way, before it sends anything.
            self._prove_authorities()
            raise InputError(
                f"Cannot use a TLS file for {self._host}: {error.strerror or 'it is not there'}. "
                "Check ca_path, client_cert and client_key_path."
            ) from None
        except ValueError:
            # http.client takes some numbers of a reply as they are, such as the size of a chunk.
            raise ReplyError(f"The reply of {self._host} is not HTTP. Check the URL.") from None

    def _prove_authorities(self) -> None:
        """Say of a file of authorities that cannot be used what is wrong with it: to requests it is a failed handshake.

        Raises:
            InputError: it cannot be used.
        """
        if self._settings.validate_certs and not self._fingerprint:
            prove_authorities(self._settings.ca_path)

    def _answered(self, response: requests.Response) -> Answer:
        """Return the answer that has begun to come."""
        try:
            return _answer(response)
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError) as error:
            problem = _unreachable(error, self._host, self._settings)
        except UnreachableError as error:
            problem = error
        problem.is_partial = True
        raise problem from None


class _Authorization(AuthBase):
    """Sets the header that we mean. Without an auth object requests would take one from ~/.netrc."""

    def __init__(self, bearer: str | None, basic: tuple[str, str] | None) -> None:
        self._bearer = bearer
        self._basic = basic

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._bearer is not None:
            request.headers["Authorization"] = f"Bearer {self._bearer}"
        elif self._basic is not None:
            user, password = self._basic
            # As bytes, because requests would encode text as latin-1 and Bloq reads UTF-8 (section 4, 1).
            requests.auth.HTTPBasicAuth(user.encode(), password.encode())(request)
        return request


def _client_certificate(settings: Connection) -> str | tuple[str, str] | None:
    if settings.client_cert and settings.client_key_path:
        return (settings.client_cert, settings.client_key_path)
    return settings.client_cert


def _fingerprint(certificate: str | None) -> str | None:
    """Return the digest by which a certificate is known again."""
    if certificate is None:
        return None
    try:
        return hashlib.sha256(ssl.PEM_cert_to_DER_cert(certificate)).hexdigest()
    except ValueError:
        raise InputError(
            "The certificate is not PEM. Give one certificate, from BEGIN CERTIFICATE to END CERTIFICATE."
        ) from None


def local_transport(connection: Connection) -> Transport:
    """Return the way to a service, from this process. See ``Http`` and ``Transport`` for what they raise."""
    return Transport(connection, Http(connection))


def _answer(response: requests.Response) -> Answer:
    content, unreadable = b"", None
    try:
        content = read_body(response)
    except ReplyError as error:
        unreadable = str(error)
    except urllib3.exceptions.ReadTimeoutError:
        raise UnreachableError(
            "The service's reply took too long. Try again later, or raise timeout.", maybe_received=True, timed_out=True
        ) from None
    return Answer(response.status_code, dict(response.headers), content, unreadable)


def _unreachable(error: Exception, host: str, settings: Connection) -> UnreachableError:
    reason = _root(error)
    if any(isinstance(part, BrokenTLSError) for part in reason.args):
        return UnreachableError(
            f"The TLS connection to {host} broke before its answer was whole. Run the task again, which finds out what "
            "was done; if the service asks for a certificate, give client_cert.",
            maybe_received=True,
        )
    if isinstance(error, requests.exceptions.SSLError) or isinstance(reason, urllib3.exceptions.SSLError):
        if another := _ANOTHER.search(str(reason)):
            return _another_certificate(host, *another.groups())
        return UnreachableError(
            f"No trusted TLS connection to {host}: {_tls_reason(reason)}. "
            "Check the URL, or name the right authorities with ca_path.",
            maybe_received=False,
        )
    if isinstance(error, requests.exceptions.ProxyError):
        where = "the option proxy" if settings.proxy else "HTTPS_PROXY, HTTP_PROXY and NO_PROXY in the environment"
        return UnreachableError(f"The proxy gave no connection to {host}. Check {where}.", maybe_received=False)
    if isinstance(reason, HandshakeTimeoutError):
        return UnreachableError(
            f"{host} took the connection, and there was no TLS handshake within {settings.timeout:g} s. Check the URL "
            "and what is in between, or raise timeout.",
            maybe_received=False,
        )
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return UnreachableError(
            f"{host} did not accept a connection within {settings.timeout:g} s. Check the URL and the network in "
            "between, or raise timeout.",
            maybe_received=False,
        )
    if isinstance(reason, urllib3.exceptions.NameResolutionError):
        return UnreachableError(f"There is no host {host}. Check the URL.", maybe_received=False)
    if isinstance(reason, urllib3.exceptions.NewConnectionError):
        return UnreachableError(f"{host} refuses connections. Check the URL, and that it runs.", maybe_received=False)
    if isinstance(error, requests.exceptions.ReadTimeout) or isinstance(reason, urllib3.exceptions.ReadTimeoutError):
        return UnreachableError(
            f"{host} did not answer within {settings.timeout:g} s. Run the task again, which finds out what was done, "
            "or raise timeout.",
            maybe_received=True,
            timed_out=True,
        )
    return UnreachableError(
        f"{host} closed the connection before its answer was whole. Run the task again, which finds out what was done.",
        maybe_received=True,
    )


def _another_certificate(host: str, wanted: str, shown: str) -> UnreachableError:
    wanted, shown = (bytes.fromhex(digest).hex(":").upper() for digest in (wanted, shown))
    error = UnreachableError(
        f"{host} shows another certificate than the one that is known: SHA-256 {shown}, and the known one has "
        f"{wanted}. Somebody may stand between. Nothing was sent to it. Ask Bloq, or whoever renewed it, for the "
        "fingerprint of the new one. If it is the same, run bloq.cloud.bloq_node for the node once with "
        f"accept_certificate: {shown}, or, where the task has the option certificate, give the new one there.",
        maybe_received=False,
    )
    error.another_certificate = True
    return error


def _root(error: BaseException) -> BaseException:
    """Return the error that urllib3 gave up for."""
    for inner in error.args:
        if isinstance(inner, urllib3.exceptions.MaxRetryError) and inner.reason is not None:
            return inner.reason
        if isinstance(inner, urllib3.exceptions.HTTPError):
            return inner
    return error


def _tls_reason(error: BaseException) -> str:
    """Return OpenSSL's own short words for what is wrong with the certificate."""
    inner: BaseException | None = error
    while inner is not None:
        words = getattr(inner, "verify_message", None)
        if words:
            return str(words)
        inner = next((arg for arg in inner.args if isinstance(arg, BaseException)), None)
    return "the TLS handshake failed"
