# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The URL of a coordination server: which ones can be used, and how a message may name it."""

from __future__ import annotations

import dataclasses
import typing as t
import urllib.parse

from ...module_utils._errors import InputError
from ...module_utils._urls import is_loopback

_LOOKS_LIKE = "It must look like rediss://USER:PASSWORD@HOST:PORT/0, redis://127.0.0.1:PORT/0 or unix:///PATH."
_SCHEMES = ("redis", "rediss", "unix")
#: What may stand in the URL's query; redis-py would take more, time-outs and the way to check certificates among it.
_QUERY = frozenset({"db", "ssl_ca_certs", "ssl_ca_path", "ssl_certfile", "ssl_keyfile"})


@dataclasses.dataclass(frozen=True)
class CoordinationUrl:
    """A URL that can be used.

    Attributes:
        text: the whole URL, a secret.
        where: host and port, or the socket's path, as a message may name it.
        is_tls: whether the connection is encrypted.
    """

    text: str = dataclasses.field(repr=False)
    where: str
    is_tls: bool


def checked_coordination_url(text: str) -> CoordinationUrl:
    """Return what the URL says.

    Raises:
        InputError: it is not the URL of a Redis or Valkey server, or would send tokens in the clear.
    """
    try:
        parts = urllib.parse.urlsplit(text.strip())
        host, port = parts.hostname or "localhost", parts.port or 6379
        unknown = urllib.parse.parse_qs(parts.query).keys() - _QUERY
    except ValueError:
        raise InputError(f"coordination_url cannot be read. {_LOOKS_LIKE}") from None
    if parts.scheme not in _SCHEMES or parts.fragment:
        raise InputError(f"coordination_url does not name a Redis or Valkey server. {_LOOKS_LIKE}")
    if unknown:
        raise InputError(f"coordination_url may set only {', '.join(sorted(_QUERY))} after its question mark.")
    if parts.scheme == "unix":
        return _of_socket(text, parts)
    database = parts.path.strip("/")
    if database and not (database.isascii() and database.isdigit()):
        raise InputError(f"coordination_url must end with the number of a database, or with none. {_LOOKS_LIKE}")
    if parts.scheme == "redis" and not is_loopback(host):
        raise InputError(
            f"coordination_url would reach {host} without TLS. Use rediss://: who listens on the way could read the "
            "password and take part."
        )
    shown = f"[{host}]" if ":" in host else host
    return CoordinationUrl(text.strip(), f"{shown}:{port}", parts.scheme == "rediss")


def _of_socket(text: str, parts: t.Any) -> CoordinationUrl:
    if parts.hostname or not parts.path.startswith("/"):
        raise InputError(f"coordination_url must name the whole path of the socket. {_LOOKS_LIKE}")
    return CoordinationUrl(text.strip(), urllib.parse.unquote(parts.path), is_tls=False)
