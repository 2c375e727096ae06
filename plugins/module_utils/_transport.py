# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The one way to Bloq's services: TLS on, bounded waits, no blind repeats, no secret in any error."""

from __future__ import annotations

import contextlib
import dataclasses
import email.utils
import json
import re
import time
import typing as t
import urllib.parse
import warnings

from ansible_collections.bloq.cloud.plugins.module_utils._connection import (
    Connection,
    Pause,
    checked_url,
    must_stay_here,
)
from ansible_collections.bloq.cloud.plugins.module_utils._errors import (
    InputError,
    MissingLibraryError,
    RefusedError,
    ReplyError,
    StatusError,
    UnreachableError,
)

try:
    import requests
    import urllib3
    from requests.adapters import HTTPAdapter
    from requests.auth import AuthBase
    from urllib3.util.retry import Retry
except ImportError:
    requests = None  # type: ignore[assignment]
    HTTPAdapter = AuthBase = Retry = object  # type: ignore[assignment,misc]

_LARGEST_REPLY = 4 * 1024 * 1024
_BUSY = (429, 500, 502, 503, 504)
_REFUSED = (401, 403)
_CODE = re.compile(r"[A-Za-z0-9_.-]{1,64}")


@dataclasses.dataclass(frozen=True)
class Reply:
    """A service's answer.

    Attributes:
        status: the HTTP status.
        body: the parsed JSON; the bytes of a body that is none, or None when there is no body.
        skew: the service's clock minus ours in seconds, 0 while they agree to the second.
    """

    status: int
    body: t.Any = dataclasses.field(repr=False)
    skew: float


class Transport:
    """Sends requests to one service.

    Raises:
        InputError: the URL or the proxy cannot be used, or may not be used without TLS.
        MissingLibraryError: requests is not installed here, or with a urllib3 that is too old.
    """

    def __init__(self, connection: Connection) -> None:
        if requests is None:
            raise MissingLibraryError("requests")
        # Which came with urllib3 2, as did what _retry asks for.
        if not hasattr(urllib3, "BaseHTTPResponse"):
            raise MissingLibraryError("urllib3~=2.0")
        self._connection = connection
        self._base = checked_url(connection.url, allow_http=connection.allow_http)
        self._host = urllib.parse.urlsplit(self._base).netloc
        self._stays_here = must_stay_here(self._base, connection.proxy, allow_http=connection.allow_http)

    def send(
        self,
        method: str,
        path: str,
        *,
        expect: tuple[int, ...] = (200,),
        bearer: str | None = None,
        basic: tuple[str, str] | None = None,
        body: t.Mapping[str, t.Any] | None = None,
        repeatable: bool = True,
        pause: Pause = contextlib.nullcontext,
    ) -> Reply:
        """Send one request and return the answer.

        Args:
            method: the HTTP method.
            path: the path below the base URL, quoted, never with a secret in it.
            expect: the statuses that mean success.
            bearer: the token to send.
            basic: user and password to send.
            body: the JSON to send.
            repeatable: whether the request may be sent again when it may have been received already.
            pause: entered for each wait between two attempts.

        Raises:
            UnreachableError: no usable reply came.
            ReplyError: the reply is not what the contract promises.
            RefusedError: 401 or 403.
            StatusError: any other status that is not expected.
        """
        settings = self._connection
        # Every attempt may take the whole timeout; a reply that trickles in must end all the same.
        deadline = time.monotonic() + settings.timeout * (settings.retries + 1) + settings.max_retry_wait
        try:
            with requests.Session() as session, warnings.catch_warnings():
                # The caller has warned in Ansible's way, once.
                warnings.simplefilter("ignore", urllib3.exceptions.InsecureRequestWarning)
                session.trust_env = not self._stays_here
                session.mount(self._base, _QuietAdapter(max_retries=_retry(settings, repeatable, pause)))
                with session.request(
                    method,
                    self._base + path,
                    auth=_Authorization(bearer, basic),
                    headers={"Accept": "application/json"},
                    json=body,
                    timeout=settings.timeout,
                    allow_redirects=False,
                    verify=(settings.ca_path or True) if settings.validate_certs else False,
                    cert=_client_certificate(settings),
                    proxies={"http": settings.proxy, "https": settings.proxy} if settings.proxy else None,
                    stream=True,
                ) as response:
                    content = _read(response, deadline)
        except (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema):
            raise InputError(
                f"No request can be sent to {self._host} like this. Check the service's URL and the option proxy."
            ) from None
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError) as error:
            raise _unreachable(error, self._host, settings) from None
        except OSError as error:
            # requests reports a certificate or key file that is not there in this way, before it sends anything.
            raise InputError(
                f"Cannot use a TLS file for {self._host}: {error.strerror or 'it is not there'}. "
                "Check ca_path, client_cert and client_key_path."
            ) from None
        reply = Reply(response.status_code, _parsed(content), _skew(response.headers.get("Date")))
        if reply.status in expect:
            return reply
        raise self._status_error(method, path, reply)

    def _status_error(self, method: str, path: str, reply: Reply) -> StatusError:
        code = reply.body.get("code") if isinstance(reply.body, dict) else None
        code = code if isinstance(code, str) and _CODE.fullmatch(code) else None
        answer = f"{self._host} answered {reply.status}{f' ({code})' if code else ''} to {method} {path}"
        if reply.status in _REFUSED:
            return RefusedError(f"{answer}.", status=reply.status, code=code)
        if reply.status >= 500:
            advice = "it is overloaded or broken. Try again later, or raise retries and max_retry_wait"
        elif reply.status == 429:
            advice = "too many requests. Try again later, or raise retries and max_retry_wait"
        elif reply.status >= 400:
            advice = "it does not take this request. Check the options, and that the URL is the service's own"
        elif reply.status >= 300:
            advice = "a redirect, which is never followed. Give the URL that the service really has"
        else:
            advice = "that is none of Bloq's answers to this. Check the URL"
        return StatusError(f"{answer}: {advice}.", status=reply.status, code=code)


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


class _QuietAdapter(HTTPAdapter):
    """Connects without a word: where somebody turns http.client's debug level on, it prints every header."""

    def init_poolmanager(self, *args: t.Any, **kwargs: t.Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        _hush(self.poolmanager)

    def proxy_manager_for(self, *args: t.Any, **kwargs: t.Any) -> t.Any:
        manager = super().proxy_manager_for(*args, **kwargs)
        _hush(manager)
        return manager


def _hush(manager: t.Any) -> None:
    manager.pool_classes_by_scheme = {
        scheme: type(pool.__name__, (pool,), {"ConnectionCls": _quiet(pool.ConnectionCls)})
        for scheme, pool in manager.pool_classes_by_scheme.items()
    }


def _quiet(connection: type) -> type:
    return type(connection.__name__, (connection,), {"debuglevel": 0})


class _PatientRetry(Retry):
    """urllib3's Retry with one bound on all its waits together."""

    #: Seconds that may still be waited.
    patience = 0.0
    pause: Pause = contextlib.nullcontext

    def sleep(self, response: urllib3.BaseHTTPResponse | None = None) -> None:
        with self.pause():
            super().sleep(response)

    def get_retry_after(self, response: urllib3.BaseHTTPResponse) -> float | None:
        try:
            return super().get_retry_after(response)
        except urllib3.exceptions.InvalidHeader:
            return None

    def new(self, **changes: t.Any) -> _PatientRetry:
        following = super().new(**changes)
        following.patience = self.patience
        following.pause = self.pause
        return following

    def increment(self, *args: t.Any, **kwargs: t.Any) -> _PatientRetry:
        following = super().increment(*args, **kwargs)
        response = kwargs.get("response")
        asked = following.get_retry_after(response) if response is not None else None
        wait = asked or following.get_backoff_time()
        if wait > following.patience:
            reason = urllib3.exceptions.ResponseError("no time left to wait")
            raise urllib3.exceptions.MaxRetryError(kwargs.get("_pool"), "", kwargs.get("error") or reason)  # type: ignore[arg-type]
        following.patience -= wait
        return following


class _OnceRetry(_PatientRetry):
    """For a request that must not be carried out twice: only 429 is said before anything is done."""

    RETRY_AFTER_STATUS_CODES = frozenset({429})


def _retry(settings: Connection, repeatable: bool, pause: Pause) -> _PatientRetry:
    kind = _PatientRetry if repeatable else _OnceRetry
    retry = kind(
        total=settings.retries,
        connect=settings.retries,
        read=settings.retries if repeatable else 0,
        status_forcelist=_BUSY if repeatable else kind.RETRY_AFTER_STATUS_CODES,
        allowed_methods=None,
        backoff_factor=0.25,
        backoff_jitter=0.25,
        respect_retry_after_header=True,
        raise_on_status=False,
    )
    retry.patience = settings.max_retry_wait
    retry.pause = pause
    return retry


def _client_certificate(settings: Connection) -> str | tuple[str, str] | None:
    if settings.client_cert and settings.client_key_path:
        return (settings.client_cert, settings.client_key_path)
    return settings.client_cert


def _read(response: requests.Response, deadline: float) -> bytes:
    content = bytearray()
    for chunk in response.iter_content(65536):
        content += chunk
        if len(content) > _LARGEST_REPLY:
            raise ReplyError("The service's reply is too large to be one of Bloq's. Check the URL.")
        if time.monotonic() > deadline:
            raise UnreachableError(
                "The service's reply took too long. Try again later, or raise timeout.", maybe_received=True
            )
    return bytes(content)


def _parsed(content: bytes) -> t.Any:
    if not content:
        return None
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return content


def _skew(date: str | None) -> float:
    """Return the service's clock minus ours, as far as a header that counts whole seconds can tell."""
    if date is None:
        return 0.0
    try:
        told = email.utils.parsedate_to_datetime(date).timestamp()
    except (ValueError, TypeError, OverflowError):
        return 0.0
    ahead = told - time.time()
    # The header has dropped up to a second, and the reply was on its way for a moment.
    return 0.0 if -2.0 < ahead < 1.0 else ahead + 0.5


def _unreachable(error: Exception, host: str, settings: Connection) -> UnreachableError:
    reason = _root(error)
    if isinstance(error, requests.exceptions.SSLError) or isinstance(reason, urllib3.exceptions.SSLError):
        return UnreachableError(
            f"No trusted TLS connection to {host}: {_tls_reason(reason)}. "
            "Check the URL, or name the right authorities with ca_path.",
            maybe_received=False,
        )
    if isinstance(error, requests.exceptions.ProxyError):
        return UnreachableError(
            f"The proxy gave no connection to {host}. Check the option proxy.", maybe_received=False
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
