# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The one way to Bloq's services: TLS on, bounded waits, no blind repeats, no secret in any error."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import math
import re
import time
import typing as t
import urllib.parse
import warnings

from ._connection import Connection, Pause, checked_url, must_stay_here
from ._errors import InputError, MissingLibraryError, RefusedError, ReplyError, StatusError, UnreachableError
from ._retries import TOO_MANY, Patience, moment, retry, retry_after
from ._times import CENTURY
from ._wire import Adapter, BrokenTLSError, Session, read_body

try:
    import requests
    import urllib3
    from requests.auth import AuthBase
except ImportError:
    requests = None  # type: ignore[assignment]
    AuthBase = object  # type: ignore[assignment,misc]

#: How many values may lie in each other.
_DEEPEST = 64
#: How JSON writes half a character, which no file and no terminal takes.
_LONE = re.compile(rb"\\u[dD]")
_REFUSED = (401, 403)
_CODE = re.compile(r"[A-Za-z0-9_.-]{1,64}")


@dataclasses.dataclass(frozen=True)
class Reply:
    """A service's answer.

    Attributes:
        status: the HTTP status.
        body: the parsed JSON; the bytes of a body that is none, or None when there is no body.
        skew: the service's clock minus ours in seconds, 0 while they agree to the second.
        retry_after: the seconds that it asks to wait, if it does.
    """

    status: int
    body: t.Any = dataclasses.field(repr=False)
    skew: float
    retry_after: float | None = None


class Transport:
    """Sends requests to one service.

    Raises:
        InputError: the URL or the proxy cannot be used, or may not be used without TLS.
        MissingLibraryError: requests is not installed here, or with a urllib3 that is too old.
    """

    def __init__(self, connection: Connection) -> None:
        if requests is None:
            raise MissingLibraryError("requests")
        # Which came with urllib3 2, as did what retry asks for.
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
        # Every attempt may take the whole timeout, and no call more than all attempts and all waits together.
        ends = time.monotonic() + settings.longest
        patience = Patience(settings.max_retry_wait, ends, pause)
        adapter = Adapter(ends, max_retries=retry(settings, patience, repeatable=repeatable))
        try:
            with Session() as session, warnings.catch_warnings():
                # The caller has warned in Ansible's way, once.
                warnings.simplefilter("ignore", urllib3.exceptions.InsecureRequestWarning)
                session.trust_env = not self._stays_here
                for scheme in ("http://", "https://"):
                    session.mount(scheme, adapter)
                with session.request(
                    method,
                    self._base + path,
                    auth=_Authorization(bearer, basic),
                    headers={"Accept": "application/json", "Accept-Encoding": "identity"},
                    json=body,
                    timeout=settings.timeout,
                    allow_redirects=False,
                    verify=(settings.ca_path or True) if settings.validate_certs else False,
                    cert=_client_certificate(settings),
                    proxies={"http": settings.proxy, "https": settings.proxy} if settings.proxy else None,
                    stream=True,
                ) as response:
                    reply = _reply(response, expect)
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
        except ValueError:
            # http.client takes some numbers of a reply as they are, such as the size of a chunk.
            raise ReplyError(f"The reply of {self._host} is no HTTP. Check the URL.") from None
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
        elif reply.status == TOO_MANY:
            advice = "too many requests. Try again later, or raise max_retry_wait"
        elif reply.status >= 400:
            advice = "it does not take this request. Check the options, and that the URL is the service's own"
        elif reply.status >= 300:
            advice = "a redirect, which is never followed. Give the URL that the service really has"
        else:
            advice = "that is none of Bloq's answers to this. Check the URL"
        asked = reply.retry_after if reply.status == TOO_MANY else None
        return StatusError(f"{answer}: {advice}.", status=reply.status, code=code, retry_after=asked)


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


def _reply(response: requests.Response, expect: tuple[int, ...]) -> Reply:
    try:
        content = read_body(response)
    except ReplyError:
        if response.status_code in expect:
            raise
        content = b""  # the status says enough
    except urllib3.exceptions.ReadTimeoutError:
        raise UnreachableError(
            "The service's reply took too long. Try again later, or raise timeout.", maybe_received=True, timed_out=True
        ) from None
    headers = response.headers
    return Reply(
        response.status_code, _parsed(content), _skew(headers.get("Date")), retry_after(headers.get("Retry-After"))
    )


def _parsed(content: bytes) -> t.Any:
    if not content:
        return None
    try:
        # Decoded here, because json would let through what no text may hold.
        body = json.loads(content.decode("utf-8-sig"), parse_constant=_refuse, parse_float=_finite)
        if _LONE.search(content):
            body = json.loads(json.dumps(body, ensure_ascii=False).encode(errors="replace"))
    except (ValueError, RecursionError):
        return content
    return content if _is_too_deep(body) else body


def _refuse(constant: str) -> t.NoReturn:
    raise ValueError(f"{constant} is no JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    return number if math.isfinite(number) else _refuse(digits)


def _is_too_deep(body: object) -> bool:
    """Tell whether whoever walks through a body, Ansible too, would come to the end of Python's stack."""
    level: list[t.Any] = [body]
    for _step in range(_DEEPEST):
        level = [inner for value in level for inner in _inside(value)]
        if not level:
            return False
    return True


def _inside(value: t.Any) -> t.Iterable[t.Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _skew(date: str | None) -> float:
    """Return the service's clock minus ours, as far as a header that counts whole seconds can tell."""
    told = moment(date)
    ahead = 0.0 if told is None else told - time.time()
    # The header has dropped up to a second, and the reply was on its way for a moment. No clock is off by a century.
    return 0.0 if -2.0 < ahead < 1.0 or abs(ahead) > CENTURY else ahead + 0.5


def _unreachable(error: Exception, host: str, settings: Connection) -> UnreachableError:
    reason = _root(error)
    if any(isinstance(part, BrokenTLSError) for part in reason.args):
        return UnreachableError(
            f"The TLS connection to {host} broke before its answer was whole. Run the task again, which finds out what "
            "was done; if the service asks for a certificate, give client_cert.",
            maybe_received=True,
        )
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
