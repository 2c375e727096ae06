# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the operator chose on the command line."""

from __future__ import annotations

import dataclasses


class SettingsError(Exception):
    """The settings cannot be used; the message says which and why."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class AccountSeed:
    """An account that exists from the start.

    Attributes:
        email: its e-mail address.
        password: its password, in the clear only until it is hashed at start.
        verified: whether the e-mail address counts as verified.
        admin: whether its tokens carry the audience ``manager``.
        display_name: the profile's name; by default the address's part before the ``@``.
    """

    email: str
    password: str = dataclasses.field(repr=False)
    verified: bool = True
    admin: bool = False
    display_name: str | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Settings:
    """One run's settings. Times are in seconds.

    Attributes:
        host: the address to listen on.
        port_base: Accounts' port; Nodes is 2 above it and Connect 6; 0 for free ports.
        database: the SQLite file, or ``None`` to keep everything in memory.
        request_log: the file that gets one JSON line a request, or ``None``.
        seeds: accounts that exist from the start.
        demo_data: whether the first of them gets something to look at.
        account_token_ttl: life of an account access token.
        client_token_ttl: life of a client access token.
        refresh_token_ttl: life of a client refresh token.
        clock_offset: how far the services' clock is ahead of the machine's; negative when it is behind.
        client_key_limit: client keys an account may have; 0 for no limit.
        node_quota: running nodes and clusters an account may have; 0 for no limit.
        node_start_seconds: time until a new node is ``started``.
        node_answer_seconds: time until a started node answers JSON-RPC.
        node_block_seconds: time that it then takes for each block of the chain; 0 when it has all at once.
        login_throttle: whether repeated wrong passwords are answered with 429.
        node_tls: whether nodes have ports and certificates of their own.
        tls: the kind of server certificate (see ``tls.kinds``), or ``None`` for plain HTTP.
        tls_client_auth: whether clients must show a certificate.
        tls_folder: where certificates are written, or ``None`` for a private temporary folder.
    """

    host: str = "127.0.0.1"
    port_base: int = 4000
    database: str | None = None
    request_log: str | None = None
    seeds: tuple[AccountSeed, ...] = ()
    demo_data: bool = False
    account_token_ttl: int = 12 * 3600
    client_token_ttl: int = 3600
    refresh_token_ttl: int = 365 * 24 * 3600
    clock_offset: float = 0.0
    client_key_limit: int = 0
    node_quota: int = 10
    node_start_seconds: float = 1.0
    node_answer_seconds: float = 0.0
    node_block_seconds: float = 0.0
    login_throttle: bool = True
    node_tls: bool = False
    tls: str | None = None
    tls_client_auth: bool = False
    tls_folder: str | None = None
