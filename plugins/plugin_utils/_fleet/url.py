# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The URL of a coordination server, or of the sentinels that know it: which can be used, and how messages name it."""

from __future__ import annotations

import dataclasses
import typing as t
import urllib.parse

from ...module_utils._errors import InputError
from ...module_utils._urls import is_loopback

_LOOKS_LIKE = "It must look like rediss://USER:PASSWORD@HOST:PORT/0, redis://127.0.0.1:PORT/0 or unix:///PATH."
_SCHEMES = ("redis", "rediss", "unix", "redis+sentinel", "rediss+sentinel")
_SENTINEL = "+sentinel"
_SENTINEL_PORT = 26379
#: What the sentinels ask for, where that is not what the server asks for.
_SENTINEL_QUERY = frozenset({"sentinel_username", "sentinel_password"})
#: What may stand in the URL's query; redis-py would take more, time-outs and the way to check certificates among it.
_QUERY = frozenset({"db", "ssl_ca_certs", "ssl_ca_path", "ssl_certfile", "ssl_keyfile"})


@dataclasses.dataclass(frozen=True)
class CoordinationUrl:
    """A URL that can be used.

    Attributes:
        text: the whole URL, a secret.
        where: host and port, or the socket's path, as a message may name it.
        is_tls: whether the connection is encrypted.
        sentinels: host and port of each sentinel to ask where the server is, if any.
        service: the name that the sentinels have for the server.
        sentinel_login: what the sentinels ask for, as redis-py calls it, a secret.
    """

    text: str = dataclasses.field(repr=False)
    where: str
    is_tls: bool
    sentinels: tuple[tuple[str, int], ...] = ()
    service: str = ""
    sentinel_login: t.Mapping[str, str] = dataclasses.field(default_factory=dict, repr=False)

    def at(self, host: str, port: int) -> str:
        """Return the URL of the server that the sentinels name, a secret.

        Raises:
            InputError: what is sent to it could be read on the way.
        """
        if not self.is_tls:
            _refuse_plain(host)
        parts = urllib.parse.urlsplit(self.text)
        login, at, _sentinels = parts.netloc.rpartition("@")
        database = parts.path.strip("/").partition("/")[2]
        query = [pair for pair in urllib.parse.parse_qsl(parts.query) if pair[0] not in _SENTINEL_QUERY]
        shown = f"[{host}]" if ":" in host else host
        scheme = "rediss" if self.is_tls else "redis"
        return f"{scheme}://{login}{at}{shown}:{port}/{database}?{urllib.parse.urlencode(query)}"


def checked_coordination_url(text: str) -> CoordinationUrl:
    """Return what the URL says.

    Raises:
        InputError: it is not the URL of a Redis or Valkey server, or would send tokens in the clear.
    """
    try:
        parts = urllib.parse.urlsplit(text.strip())
        is_sentinel = parts.scheme.endswith(_SENTINEL)
        servers = _servers(parts.netloc, _SENTINEL_PORT if is_sentinel else 6379)
        known = _QUERY | _SENTINEL_QUERY if is_sentinel else _QUERY
        query = dict(urllib.parse.parse_qsl(parts.query))
    except ValueError:
        raise InputError(f"coordination_url cannot be read. {_LOOKS_LIKE}") from None
    if parts.scheme not in _SCHEMES or parts.fragment:
        raise InputError(f"coordination_url does not name a Redis or Valkey server. {_LOOKS_LIKE}")
    if query.keys() - known:
        raise InputError(f"coordination_url may set only {', '.join(sorted(known))} after its question mark.")
    if parts.scheme == "unix":
        return _of_socket(text, parts)
    path = parts.path.strip("/")
    service, _slash, database = path.partition("/") if is_sentinel else ("", "", path)
    if database and not (database.isascii() and database.isdigit()):
        raise InputError(f"coordination_url must end with the number of a database, or with none. {_LOOKS_LIKE}")
    if is_sentinel and not service:
        raise InputError(
            "coordination_url must say which server the sentinels are asked for: "
            "rediss+sentinel://USER:PASSWORD@HOST:26379,HOST:26379/NAME/0."
        )
    if not is_sentinel and len(servers) > 1:
        raise InputError(f"coordination_url names more than one server. {_LOOKS_LIKE}")
    is_tls = parts.scheme.startswith("rediss")
    if not is_tls:
        for host, _port in servers:
            _refuse_plain(host)
    where = ",".join(f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in servers)
    if not is_sentinel:
        return CoordinationUrl(text.strip(), where, is_tls)
    login = {field.partition("_")[2]: query[field] for field in _SENTINEL_QUERY & query.keys()}
    return CoordinationUrl(text.strip(), f"{service!r} of the sentinels {where}", is_tls, servers, service, login)


def _servers(netloc: str, port: int) -> tuple[tuple[str, int], ...]:
    """Return host and port of each server; raise ``ValueError`` for what is none."""
    parts = [urllib.parse.urlsplit(f"//{each}") for each in netloc.rpartition("@")[2].split(",")]
    return tuple((each.hostname or "localhost", each.port or port) for each in parts)


def _refuse_plain(host: str) -> None:
    if not is_loopback(host):
        raise InputError(
            f"coordination_url would reach {host} without TLS. Use rediss://: who listens on the way could read the "
            "password and take part."
        )


def _of_socket(text: str, parts: t.Any) -> CoordinationUrl:
    if parts.hostname or not parts.path.startswith("/"):
        raise InputError(f"coordination_url must name the whole path of the socket. {_LOOKS_LIKE}")
    return CoordinationUrl(text.strip(), urllib.parse.unquote(parts.path), is_tls=False)
