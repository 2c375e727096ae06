# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which token a call is made with."""

from __future__ import annotations

from collections.abc import Callable

from ...module_utils import _tokens as tokens
from ...module_utils._urls import refuse_local_token
from .._options.resolve import Options
from .._options.variables import Variables
from .._tokens.credentials import (
    AccountCredential,
    ClientCredential,
    account_credential,
    client_credential,
    nodes_credential,
)
from .._tokens.source import ObtainedToken, TokenSource

AUTO = "auto"
ACCOUNT = "account"
CLIENT = "client"
NONE = "none"


def token_for(
    kind: str, url: str, option: str, options: Options, variables: Variables, source: TokenSource
) -> Callable[[bool], ObtainedToken]:
    """Return what gets the token for a service; with True a new one, even when a fresh one is in the cache.

    Args:
        kind: ``account``, ``client``, or ``auto`` for a service that takes both: the credential nearest to the task.
        url: the service.
        option: the option that names the service's URL.
        options: the task's options.
        variables: the variables, of which one holds the client keys' records.
        source: the source of tokens.

    Raises:
        InputError: there is no such credential, it makes no token of this kind, or it belongs to another environment.
    """
    credential = _credential(kind, options, variables)
    belongs_to = credential.accounts_url if isinstance(credential, ClientCredential) else options["accounts_url"]
    refuse_local_token(belongs_to, url, option)
    if kind == ACCOUNT and isinstance(credential, AccountCredential):
        return lambda fresh: source.account(belongs_to, credential, force=fresh)
    return lambda fresh: source.nodes(belongs_to, credential, options["grant"], force=fresh)


def _credential(kind: str, options: Options, variables: Variables) -> AccountCredential | ClientCredential:
    if kind == ACCOUNT:
        return account_credential(options)
    if kind != CLIENT:
        return nodes_credential(options, variables)
    given = options["access_token"]
    if given is None or options.level("key", "client_id", "client_secret", "refresh_token") is not None:
        return client_credential(options, variables)
    tokens.expected(given, tokens.CLIENT, "access_token")
    return AccountCredential(access_token=given)
