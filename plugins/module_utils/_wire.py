# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Connections that no service can hold open or fill: one deadline an attempt, one bound for what is read.

urllib3 and http.client grant each single read the whole time-out, read some bodies whole that nobody asked for, and
unpack without a bound. Here every read goes through one place, which knows what is left of both.
"""

from __future__ import annotations

import functools
import http.client
import io
import math
import socket
import ssl
import time
import typing as t
import zlib

from ._errors import ReplyError

try:
    import requests
    from requests.adapters import HTTPAdapter
    from urllib3.connection import HTTPConnection
    from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError, ReadTimeoutError
    from urllib3.util.connection import allowed_gai_family

    _Session = requests.Session

    class HandshakeTimeoutError(ConnectTimeoutError):
        """The service took the connection, and TLS was not ready in time."""

except ImportError:
    HTTPAdapter = HTTPConnection = _Session = HandshakeTimeoutError = object  # type: ignore[assignment,misc]

#: How many bytes of a reply are read, its head included, and how many may come out when it is unpacked.
#: Nodes lists ten thousand nodes in about five million bytes.
LARGEST_REPLY = 8 * 1024 * 1024
_PIECE = 65536
_INSTANT = 0.001  # a socket takes 0 for: do not wait at all, which is another mode
_UNPACKED = ("gzip", "x-gzip", "deflate")
_EITHER_FORMAT = 32 + zlib.MAX_WBITS


class BrokenTLSError(OSError):
    """TLS failed after the handshake, when the request may have been received already."""


class Session(_Session):
    """A session that takes a redirect for an answer; requests' own reads its body whole and parses its target."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Say that there is nowhere to go."""
        return None


class Adapter(HTTPAdapter):
    """Sends the attempts of one call through connections of the kind ``Attempt``.

    Args:
        ends: when the last attempt must have ended, by ``time.monotonic``.
        fingerprint: the SHA-256 digest of the one certificate that the service must show, if there is one.
        options: those of HTTPAdapter.
    """

    def __init__(self, ends: float, *, fingerprint: str | None = None, **options: t.Any) -> None:
        self._ends = ends
        self._pinned: dict[str, t.Any] = {"assert_fingerprint": fingerprint} if fingerprint else {}
        super().__init__(**options)

    def init_poolmanager(self, *args: t.Any, **kwargs: t.Any) -> None:
        """Make the pools of connections without a proxy."""
        super().init_poolmanager(*args, **{**kwargs, **self._pinned})
        self._prepare(self.poolmanager)

    def proxy_manager_for(self, *args: t.Any, **kwargs: t.Any) -> t.Any:
        """Make the pools of connections through a proxy."""
        manager = super().proxy_manager_for(*args, **{**kwargs, **self._pinned})
        self._prepare(manager)
        return manager

    def _prepare(self, manager: t.Any) -> None:
        manager.pool_classes_by_scheme = {
            scheme: type(pool.__name__, (pool,), {"ConnectionCls": self._attempt(pool.ConnectionCls)})
            for scheme, pool in manager.pool_classes_by_scheme.items()
        }

    def _attempt(self, connection: type) -> type:
        return type(connection.__name__, (Attempt, connection), {"call_ends": self._ends})


class Attempt(HTTPConnection):
    """A connection that serves one attempt, and all of it, from looking up the host on, by one deadline.

    Attributes:
        call_ends: when no attempt may be under way any more, by ``time.monotonic``.
    """

    #: Where somebody turns http.client's debug level on, it prints every header.
    debuglevel = 0
    call_ends = math.inf
    _allowed = math.inf
    _ends = math.inf
    #: How many addresses share what is left.
    _sharing = 1
    #: Whether the service itself has been reached, through the proxy if there is one.
    _is_reached = False

    # urllib3 reads it whenever it sets a socket's time-out, and sets it to the seconds for the attempt.
    @property
    def timeout(self) -> float:
        """The seconds left."""
        return max(_INSTANT, (self._ends - time.monotonic()) / self._sharing)

    @timeout.setter
    def timeout(self, seconds: float) -> None:
        self._allowed = seconds

    def connect(self) -> None:
        """Connect, to the end of the TLS handshake.

        Raises:
            ConnectTimeoutError: nothing that was sent can be a request yet.
        """
        self._ends = min(self.call_ends, time.monotonic() + self._allowed)
        self._is_reached = False
        self.response_class = functools.partial(_Response, attempt=self)  # type: ignore[assignment]
        try:
            super().connect()
        except (socket.timeout, ReadTimeoutError) as error:
            late = HandshakeTimeoutError if self._is_reached else ConnectTimeoutError
            raise late(self, "no connection in time") from error
        self._be_on_time()

    def send(self, data: t.Any) -> None:
        """Send a part of the request, unless this process was stopped until its time was over."""
        if self.sock is None:
            self.connect()
        if time.monotonic() >= self._ends:
            raise ReadTimeoutError(t.cast(t.Any, None), "", "too late to be sent")
        self._be_on_time()
        try:
            super().send(data)
        except socket.timeout as error:
            # urllib3 would take it for a broken connection, when the service may be at it still.
            raise ReadTimeoutError(t.cast(t.Any, None), "", "the request was not taken in time") from error
        except ssl.SSLError as error:
            raise BrokenTLSError("TLS failed while the request was sent") from error

    def _new_conn(self) -> socket.socket:
        if getattr(super()._new_conn, "__func__", None) is not HTTPConnection._new_conn:
            return super()._new_conn()  # another kind of proxy, which looks up the host itself
        name = self._dns_host
        addresses = self._addresses(name)
        try:
            # urllib3 alone would give each address of a host the whole time.
            for self._sharing in range(len(addresses), 0, -1):
                self._dns_host = addresses[-self._sharing]
                try:
                    sock = super()._new_conn()
                except (ConnectTimeoutError, NewConnectionError):
                    if self._sharing == 1:
                        raise
                else:
                    break
        finally:
            self._dns_host, self._sharing = name, 1
        sock.settimeout(self.timeout)
        self._is_reached = self.proxy is None
        return sock

    def _addresses(self, name: str) -> list[str]:
        try:
            found = socket.getaddrinfo(name.strip("[]"), self.port, allowed_gai_family(), socket.SOCK_STREAM)
        except (socket.gaierror, UnicodeError) as error:
            raise NameResolutionError(name, self, t.cast(socket.gaierror, error)) from error
        return list(dict.fromkeys(str(address[0]) for *_kind, address in found))

    def _tunnel(self) -> None:
        super()._tunnel()
        self._is_reached = True
        self._be_on_time()

    def _connect_tls_proxy(self, hostname: str, sock: socket.socket) -> ssl.SSLSocket:
        outer: ssl.SSLSocket = super()._connect_tls_proxy(hostname, sock)  # type: ignore[misc]
        receive = outer.recv

        # TLS within TLS is urllib3's own loop around this, which ends only when it has a whole record.
        def receive_in_time(*args: t.Any) -> bytes:
            outer.settimeout(self.timeout)
            return receive(*args)

        outer.recv = receive_in_time  # type: ignore[assignment,method-assign]
        return outer

    def _be_on_time(self) -> None:
        if self.sock is not None:
            self.sock.settimeout(self.timeout)


class _Response(http.client.HTTPResponse):
    """A reply, the proxy's included, all of whose bytes come through a ``_Reader``."""

    fp: io.BufferedReader

    def __init__(self, sock: socket.socket, *args: t.Any, attempt: Attempt, **options: t.Any) -> None:
        super().__init__(sock, *args, **options)
        self.fp = io.BufferedReader(_Reader(t.cast(socket.SocketIO, self.fp.detach()), sock, attempt))


class _Reader(io.RawIOBase):
    """What a socket receives, as long as there is time and room for it."""

    def __init__(self, raw: socket.SocketIO, sock: socket.socket, attempt: Attempt) -> None:
        self._raw = raw
        self._sock = sock
        self._attempt = attempt
        self._room = LARGEST_REPLY

    def readable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._raw.fileno()

    def readinto(self, buffer: t.Any) -> int | None:
        self._sock.settimeout(self._attempt.timeout)
        try:
            count = self._raw.readinto(buffer)
        except ssl.SSLError as error:
            raise BrokenTLSError("TLS failed while the reply was read") from error
        self._room -= count or 0
        if self._room < 0:
            raise _too_large()
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


def read_body(response: requests.Response) -> bytes:
    """Return the body of a reply, unpacked.

    Raises:
        ReplyError: it is too large, or packed in a way that nobody asked for.
    """
    content = b"".join(response.raw.stream(_PIECE, decode_content=False))
    packing = response.headers.get("Content-Encoding", "").strip().lower()
    if not content or packing in ("", "identity"):
        return content
    unpacker = zlib.decompressobj(_EITHER_FORMAT)
    try:
        plain = unpacker.decompress(content, LARGEST_REPLY + 1) if packing in _UNPACKED else b""
    except zlib.error:
        plain = b""
    if len(plain) > LARGEST_REPLY:
        raise _too_large()
    if not unpacker.eof:
        raise ReplyError("The service's reply cannot be unpacked. Check the URL, and what is between here and there.")
    return plain


def _too_large() -> ReplyError:
    return ReplyError("The service's reply is too large to be one of Bloq's. Check the URL.")
