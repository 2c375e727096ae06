# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The URLs of services: which are ones, and where they may lead. A token in the cache needs no more of a connection."""

from __future__ import annotations

import functools
import urllib.parse

from ._errors import InputError

#: One server has all of these names, and people write the one or the other.
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_PORTS = {"http": 80, "https": 443}


# Each use of the lookup checks the same URL.
@functools.lru_cache(maxsize=16)
def checked_url(url: str, *, allow_http: bool, option: str = "accounts_url") -> str:
    """Return a service's base URL without a slash at its end.

    Args:
        url: the URL as the user gave it.
        allow_http: whether http:// may leave this machine.
        option: the option that holds it.

    Raises:
        InputError: it is not an http or https URL, carries user and password, or would send secrets in the clear.
    """
    try:
        parts = urllib.parse.urlsplit(url.strip())
        host = parts.hostname
        has_port = parts.port is None or parts.port > 0
        # Names that no request can be sent to, and text that none can hold.
        (host or "").encode("idna")
        url.encode()
    except ValueError:
        host, has_port = None, False
    if host is None or not has_port or parts.scheme not in ("http", "https"):
        raise InputError(f"{option} must look like https://accounts.bloq.cloud, with https:// before the host.")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise InputError(
            f"The URL of {host} must not carry a user, a password, a query or a fragment. "
            "Use the options for credentials."
        )
    if parts.scheme == "http" and not allow_http and not is_loopback(host):
        raise InputError(
            f"http:// would send secrets to {host} in the clear. Use https://, or allow it with allow_http: true."
        )
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def refuse_local_token(accounts_url: str, service_url: str, option: str = "nodes_url") -> None:
    """Refuse to send a token of an Accounts service on this machine to one of Bloq's own services.

    Args:
        accounts_url: where the token comes from.
        service_url: where it would go; a URL that ``checked_url`` returned.
        option: the option that names ``service_url``.

    Raises:
        InputError: the one is on this machine, and the other is Bloq's.
    """
    source, target = (urllib.parse.urlsplit(url.strip()).hostname or "" for url in (accounts_url, service_url))
    if target.endswith(".bloq.cloud") and is_loopback(source):
        raise InputError(
            f"accounts_url is on this machine, and its tokens are of no use to {target}. Set {option}, or "
            f"BLOQ_{option.upper()} in the environment, to the service that belongs to it."
        )


def must_stay_here(url: str, proxy: str | None, *, allow_http: bool) -> bool:
    """Return whether requests to ``url`` carry secrets in the clear, so that no proxy elsewhere may see them.

    Args:
        url: a URL that ``checked_url`` returned.
        proxy: the proxy that the user names.
        allow_http: whether http:// may leave this machine.

    Raises:
        InputError: the user's proxy would take them elsewhere.
    """
    if url.startswith("https:") or allow_http:
        return False
    try:
        host = urllib.parse.urlsplit(proxy).hostname if proxy else "localhost"
    except ValueError:
        host = None
    if not is_loopback(host or ""):
        raise InputError(
            "The proxy would see secrets in the clear, since the service's URL is http://. Use https://, or no proxy, "
            "or allow it with allow_http: true."
        )
    return True


def same_service(one: str, other: str) -> bool:
    """Return whether two URLs lead to one service: this machine has several names, and a port can be left out."""
    return _service(one) == _service(other)


def _service(url: str) -> tuple[object, ...]:
    try:
        parts = urllib.parse.urlsplit(url.strip())
        host, port = parts.hostname or "", parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return (url,)
    return parts.scheme, "localhost" if host in _LOOPBACK else host, port, parts.path.rstrip("/")


def is_loopback(host: str) -> bool:
    """Return whether a host's name or address is this machine itself."""
    if host == "localhost":
        return True
    # Some milliseconds, in every process that finds its token in the cache.
    import ipaddress

    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
