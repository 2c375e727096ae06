# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: BSD-2-Clause
"""How to reach a service, and which URLs are safe to send secrets to."""

from __future__ import annotations

import dataclasses
import functools
import typing as t
import urllib.parse

from ._errors import InputError

_DAY = 86400
_MOST_RETRIES = 1000

#: Returns a context to wait in between two attempts.
Pause = t.Callable[[], t.ContextManager[None]]
#: The warning for whoever turns ``validate_certs`` off.
UNVERIFIED = "validate_certs is off: whoever is between this machine and Bloq can read every secret."


@dataclasses.dataclass(frozen=True)
class Connection:
    """How to reach one service.

    Attributes:
        url: the service's base URL.
        validate_certs: whether the service must prove who it is.
        certificate: the one certificate, as PEM, that the service must show; no authority need have signed it.
        ca_path: a PEM file of authorities to trust instead of the usual ones.
        client_cert: a PEM file with our certificate, for services that ask for one.
        client_key_path: its private key, when it is in a file of its own.
        proxy: the proxy's URL; without it the environment's proxy settings count, but never for http:// that must
            stay on this machine.
        timeout: seconds for one attempt, from looking up the host to the last byte of the reply.
        retries: how many further attempts, where none is answered by 429: those count by their waits.
        max_retry_wait: seconds to wait between attempts, all together.
        allow_http: whether http:// may leave this machine.
    """

    url: str
    validate_certs: bool = True
    ca_path: str | None = None
    client_cert: str | None = None
    client_key_path: str | None = None
    proxy: str | None = dataclasses.field(default=None, repr=False)
    timeout: float = 30.0
    retries: int = 4
    max_retry_wait: float = 60.0
    allow_http: bool = False
    certificate: str | None = None

    def __post_init__(self) -> None:
        """Check the numbers.

        Raises:
            InputError: one cannot be waited or counted.
        """
        for name, least, most in (("timeout", 0.001, _DAY), ("retries", 0, _MOST_RETRIES), ("max_retry_wait", 0, _DAY)):
            if not least <= getattr(self, name) <= most:
                raise InputError(f"{name} must be a number from {least:g} to {most:g}.")

    @property
    def longest(self) -> float:
        """The seconds after which no request of one call can be under way: all its attempts and all its waits."""
        return self.timeout * (self.retries + 1) + self.max_retry_wait


# Each use of the lookup checks the same URL.
@functools.lru_cache(maxsize=16)
def checked_url(url: str, *, allow_http: bool) -> str:
    """Return a service's base URL without a slash at its end.

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
        raise InputError("A service's URL must look like https://accounts.bloq.cloud.")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise InputError(
            f"The URL of {host} must not carry a user, a password, a query or a fragment. "
            "Use the options for credentials."
        )
    if parts.scheme == "http" and not allow_http and not _is_loopback(host):
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
    if target.endswith(".bloq.cloud") and _is_loopback(source):
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
    if not _is_loopback(host or ""):
        raise InputError(
            "The proxy would see secrets in the clear, since the service's URL is http://. Use https://, or no proxy, "
            "or allow it with allow_http: true."
        )
    return True


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    # Some milliseconds, in every process that finds its token in the cache.
    import ipaddress

    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
