# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokens for plugins that run on the controller alone, through the cache that they share with the actions."""

from __future__ import annotations

import typing as t

from ansible.utils.display import Display

from ...module_utils._argspec import connection
from ...module_utils._errors import without_secret_shapes
from .._options.concerns import warn_of_options
from .._options.resolve import Options
from .cache import TokenCache
from .cache_path import default_cache_path
from .source import TokenSource

if t.TYPE_CHECKING:
    from ...module_utils._accounts import Accounts


def controller_tokens(options: Options, plugin: str, *, min_ttl: float = 0.0, force: bool = False) -> TokenSource:
    """Return the source of tokens for a plugin.

    Args:
        options: the plugin's options.
        plugin: its full name, to say who waits.
        min_ttl: seconds that a token must still live to be taken from the cache.
        force: get a new one even when a fresh one is there.
    """

    def accounts(url: str) -> Accounts:
        # 81 ms for requests, which a plugin that finds its token in the cache never needs.
        from ...module_utils._accounts import Accounts
        from ...module_utils._http import local_transport

        return Accounts(local_transport(connection({**options, "accounts_url": url})))

    warn_of_options(options, _warn)
    return TokenSource(
        accounts,
        _cache(options, plugin) if options["cache"] else None,
        min_ttl=min_ttl,
        force=force,
        allow_http=options["allow_http"],
        warn=_warn,
    )


def _warn(text: str) -> None:
    Display().warning(without_secret_shapes(text))


def _cache(options: Options, plugin: str) -> TokenCache:
    beyond = None
    if options["coordination_url"]:
        from .shared import shared_tokens

        beyond = shared_tokens(options)
    return TokenCache(
        options["cache_path"] or default_cache_path(),
        _warn,
        patience=options["max_retry_wait"],
        request_limit=lambda: connection(options).longest,
        notify=lambda text: Display().display(f"{plugin}: {without_secret_shapes(text)}", stderr=True),
        beyond=beyond,
    )
