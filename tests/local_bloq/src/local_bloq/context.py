# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that the operations share during one run."""

from __future__ import annotations

import dataclasses
import time
import typing as t

from local_bloq.connect.coins import COINS
from local_bloq.connect.ledger import Ledger
from local_bloq.control.mails import Mails
from local_bloq.identity.node_credentials import NodeCredentials
from local_bloq.identity.passwords import Passwords
from local_bloq.identity.throttle import Throttle
from local_bloq.identity.tokens import Tokens
from local_bloq.nodes.addresses import Addresses
from local_bloq.nodes.pace import Pace
from local_bloq.settings import Settings
from local_bloq.store.client_keys import ClientKeys
from local_bloq.store.clusters import Clusters
from local_bloq.store.database import Database
from local_bloq.store.disabled_services import DisabledServices
from local_bloq.store.events import Events
from local_bloq.store.nodes import Nodes
from local_bloq.store.refresh_tokens import RefreshTokens
from local_bloq.store.users import Users
from local_bloq.web.faults import Faults


@dataclasses.dataclass(kw_only=True)
class Context:
    """The state of the three services.

    Attributes:
        ledgers: the transactions of each coin that Connect serves.
        urls: the services' own addresses, by service name; filled when the ports are known.
        addresses: where nodes and clusters answer.
        clock: the Unix time, in seconds.
    """

    settings: Settings
    database: Database
    users: Users
    client_keys: ClientKeys
    refresh_tokens: RefreshTokens
    events: Events
    pace: Pace
    nodes: Nodes
    clusters: Clusters
    disabled_services: DisabledServices
    node_credentials: NodeCredentials
    passwords: Passwords
    throttle: Throttle
    tokens: Tokens
    ledgers: dict[str, Ledger]
    mails: Mails
    faults: Faults
    urls: dict[str, str]
    addresses: Addresses
    clock: t.Callable[[], float]

    @classmethod
    def open(cls, settings: Settings, clock: t.Callable[[], float] = time.time) -> Context:
        """Open the state that the settings name.

        Raises:
            SettingsError: the database file cannot be used.
        """
        database = Database(settings.database)
        tokens = Tokens(
            database.signing_key(),
            {
                "account": settings.account_token_ttl,
                "client": settings.client_token_ttl,
                "refresh": settings.refresh_token_ttl,
            },
            clock,
        )
        pace = Pace.of(settings)
        urls: dict[str, str] = {}
        return cls(
            settings=settings,
            database=database,
            users=Users(database, clock),
            client_keys=ClientKeys(database, clock),
            refresh_tokens=RefreshTokens(database, clock),
            events=Events(database, clock),
            pace=pace,
            nodes=Nodes(database, clock, pace=pace),
            clusters=Clusters(database, clock, pace=pace),
            disabled_services=DisabledServices(database),
            node_credentials=NodeCredentials(database.node_key()),
            passwords=Passwords(),
            throttle=Throttle(clock, enabled=settings.login_throttle),
            tokens=tokens,
            ledgers={coin.name: Ledger(clock) for coin in COINS},
            mails=Mails(),
            faults=Faults(),
            urls=urls,
            addresses=Addresses(urls),
            clock=clock,
        )

    def close(self) -> None:
        """Let go of threads and files."""
        self.passwords.close()
        self.database.close()
