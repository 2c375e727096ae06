# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a call goes, and to which of Bloq's services that belongs: a token is sent nowhere else."""

from __future__ import annotations

import re
import typing as t
import urllib.parse

from ...module_utils._errors import InputError
from ...module_utils._urls import checked_url, is_loopback
from .._options.resolve import Level, Options
from .content import query_text

ACCOUNTS = "accounts"
CONNECT = "connect"
_SERVICES = (ACCOUNTS, "nodes", CONNECT)
_CHAIN = "{chain}"
_CHAIN_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
#: What a path may hold as it is; anything else is quoted.
_IN_PATH = "/%:@!$&'()*+,;=~"
_IN_QUERY = f"{_IN_PATH}?"
_PORTS = {"http": 80, "https": 443}


class Target(t.NamedTuple):
    """Where a call goes.

    Attributes:
        option: the option that names the address.
        base: the scheme, the host, and what stands before every path of the service.
        path: the path below that, quoted.
        query: the query, quoted; nothing shows it, since services are given secrets in queries too.
        service: the service, or None when the address is none of Bloq's.
    """

    option: str
    base: str
    path: str
    query: str
    service: str | None

    @property
    def shown(self) -> str:
        """The address as results show it, without the query."""
        return f"{self.base}{self.path}"

    @property
    def is_here(self) -> bool:
        """Whether it is this machine."""
        return is_loopback(urllib.parse.urlsplit(self.base).hostname or "")


def target_of(options: Options) -> Target:
    """Return where a call goes.

    Args:
        options: ``service`` with ``chain`` and ``path``, or ``url``; ``query``; and the services' own URLs.

    Raises:
        InputError: they name no place, or two, or one that no request can be sent to.
    """
    if options["url"]:
        for name in ("service", "path", "chain"):
            if options.level(name) == Level.TASK:
                raise InputError(f"Give either url or {name}: url is the whole address.")
        return _of_url(options)
    service = options["service"]
    if not service:
        raise InputError("service or url is missing: say where the request goes.")
    path, query = _path_and_query(options, options["path"] or "/", "path")
    return Target(f"{service}_url", _service_url(options, service, options["chain"]), path, query, service)


def _of_url(options: Options) -> Target:
    beginning, mark, rest = str(options["url"]).strip().partition("?")
    # Which refuses what carries a user, a fragment, or secrets in the clear.
    url = checked_url(beginning, allow_http=options["allow_http"], option="url")
    url += "/" if beginning.endswith("/") else ""
    parts = urllib.parse.urlsplit(url)
    path, query = _path_and_query(options, f"{parts.path or '/'}{mark}{rest}", "url")
    return Target("url", f"{parts.scheme}://{parts.netloc}", path, query, _owner(options, url))


def _owner(options: Options, url: str) -> str | None:
    """Return the service whose scheme, host and port a URL has; of several, the one whose path it is below."""
    owners = []
    for service in _SERVICES:
        pattern = options[f"{service}_url"]
        chain = _chain_of(url, pattern) if service == CONNECT and _CHAIN in pattern else options["chain"]
        if chain is None and _CHAIN in pattern:
            continue
        base = checked_url(pattern.replace(_CHAIN, chain or ""), allow_http=True, option=f"{service}_url")
        if _origin(base) == _origin(url):
            owners.append((len(base) if f"{url}/".startswith(f"{base}/") else 0, service))
    return max(owners, key=lambda owner: owner[0])[1] if owners else None


def _chain_of(url: str, pattern: str) -> str | None:
    """Return the chain that makes the pattern of Connect's URLs this URL's host, or None."""
    before, _mark, after = (urllib.parse.urlsplit(pattern).hostname or "").partition(_CHAIN)
    host = urllib.parse.urlsplit(url).hostname or ""
    chain = host[len(before) : len(host) - len(after)] if host.startswith(before) and host.endswith(after) else ""
    return chain if _CHAIN_NAME.fullmatch(chain) else None


def _service_url(options: Options, service: str, chain: str | None) -> str:
    pattern = options[f"{service}_url"]
    if service != CONNECT:
        if options.level("chain") == Level.TASK:
            raise InputError(
                f"chain goes with service: connect alone. Leave it out: {service} has one address for all."
            )
    elif chain is not None and not _CHAIN_NAME.fullmatch(chain):
        raise InputError("chain must be a chain's short name, such as btc or bch.")
    elif _CHAIN in pattern and chain is None:
        raise InputError("chain is missing: Connect has an address for each chain, such as btc or bch.")
    elif chain is not None and _CHAIN not in pattern and _names_another(pattern, chain):
        raise InputError(
            f"connect_url is another chain's than {chain}. Write {_CHAIN} in it where the chain's name belongs, as in "
            f"https://{_CHAIN}.connect.bloq.cloud."
        )
    url = pattern.replace(_CHAIN, chain or "")
    return checked_url(url, allow_http=options["allow_http"], option=f"{service}_url")


def _names_another(url: str, chain: str) -> bool:
    """Return whether a URL is Connect's for one chain, and that is another (bloq-api.md section 1)."""
    label, _dot, rest = (urllib.parse.urlsplit(url).hostname or "").partition(".")
    return rest.startswith("connect.") and label != chain


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urllib.parse.urlsplit(url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or _PORTS.get(parts.scheme)


def _path_and_query(options: Options, text: str, name: str) -> tuple[str, str]:
    if not text.startswith("/") or "#" in text:
        raise InputError(f"{name} must be a path that begins with /, such as /api/v1/status, and have no fragment.")
    path, _mark, own = text.partition("?")
    # They are resolved before the request is sent, and could lead to another service at the same host.
    if {".", ".."} & {urllib.parse.unquote(part) for part in re.split(r"[/\\]", path)}:
        raise InputError(f"{name} must not have . or .. between slashes. Write the path as the service has it.")
    queries = (urllib.parse.quote(own, safe=_IN_QUERY), query_text(options["query"]))
    return urllib.parse.quote(path, safe=_IN_PATH), "&".join(filter(None, queries))
