# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands in the way before anything is done to a client key, each with what to do about it."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Sequence, Set

from ...module_utils._errors import InputError, RefusedError, ReplyError
from .._creation.escrow import Escrowed
from .._vault.file import VaultFile
from .clocks import disagreement
from .plan import TIMED, Step
from .record import KeyRecord, Pair, is_whole_id

#: Seconds after which a service lists what it has made.
_LISTED_AFTER = 600.0


def refuse_elsewhere(name: str, record: KeyRecord, path: str, accounts_url: str) -> None:
    """Make sure that a record belongs to the service that is asked.

    Raises:
        InputError: it belongs to another one.
    """
    if not record.is_of(accounts_url):
        raise InputError(
            f"The client key {name!r} in {path} belongs to {record.accounts_url}, "
            f"not to {accounts_url}. Set accounts_url, or BLOQ_ACCOUNTS_URL in the environment, to that, or use "
            "another name or vault file."
        )


def refuse_to_share(name: str, record: KeyRecord, file: VaultFile, leaked: Collection[str]) -> None:
    """Make sure that no name which has not leaked keeps a key of this one alive.

    Args:
        name: the key's name.
        record: its record.
        file: the vault file.
        leaked: all names that have leaked.

    Raises:
        InputError: one does.
    """
    for client_id in sorted(record.client_ids):
        if file.is_named_elsewhere(client_id, name, *leaked):
            raise InputError(
                f"The client key {client_id} of {name!r} has leaked, and another record in {file.path} "
                "names it too. Name that one too."
            )


def refuse_nonsense(name: str, record: KeyRecord, path: str, live: Set[str]) -> None:
    """Make sure that each id of a record that has leaked names a key: what is alive by another id is not gone.

    Args:
        name: the key's name.
        record: its record.
        path: the vault file.
        live: the ids of the account's keys.

    Raises:
        InputError: one is not of the form that the service gives, and the account has no such key.
    """
    for client_id in sorted(record.client_ids - live):
        if not is_whole_id(client_id):
            raise InputError(
                f"The record of the client key {name!r} in {path} has the client_id {client_id!r}, which is none: the "
                "service gives 40 hexadecimal digits. What it stood for may be alive, so it does not count as revoked. "
                "Look for the whole id in the file's history, and in the report, where it is unmanaged or suspect. "
                "Correct the record, or revoke the key by its client_id and take the record out. Then run this again."
            )


def refuse_unknown_time(
    skew: float,
    created: Collection[float | None],
    steps: Iterable[Step],
    steps_at: Callable[[float], Iterable[Step]],
) -> None:
    """Make sure that the clocks agree, where what is done hangs on the time.

    Args:
        skew: the clock in the service's replies minus ours, in seconds.
        created: when the account's keys were created, as the service lists them, in seconds since 1970.
        steps: what is about to be done.
        steps_at: returns what there would be to do at a time, in seconds since 1970.

    Raises:
        InputError: they do not, and it does.
    """
    now = time.time()
    problem = disagreement(skew, created, now)
    if problem is None:
        return
    latest = max((moment for moment in created if moment is not None), default=now)
    for clock in (now, now + skew, latest):
        if TIMED & {*steps, *steps_at(clock)}:
            raise InputError(
                f"The clocks do not agree: {problem}. What is due is not known, so nothing was rotated or "
                "retired. Correct the clock that is wrong, then run the play again."
            )


def refuse_lagging_list(
    name: str, kept: Sequence[Escrowed], live: Set[str], exchange: Callable[[str, str], object]
) -> None:
    """Make sure that the service lists what another run has made lately.

    Args:
        name: the key's name.
        kept: what other runs have made for it, the latest first.
        live: the ids of the account's keys.
        exchange: trades a client id and secret for a token.

    Raises:
        ReplyError: it does not, and that works.
    """
    latest = kept[0] if kept else None
    if latest is None or latest.id in live or time.time() - latest.at > _LISTED_AFTER:
        return
    pair = KeyRecord.from_mapping(name, latest.record).newest
    refuse_unlisted(pair, f"another run has made for {name!r}", exchange)


def refuse_unlisted(pair: Pair, whose: str, exchange: Callable[[str, str], object]) -> None:
    """Make sure that a key which the service does not list is none.

    Args:
        pair: the key.
        whose: who made it, for the message.
        exchange: trades a client id and secret for a token.

    Raises:
        ReplyError: it works.
    """
    if works(pair.client_id, pair.client_secret, exchange):
        raise ReplyError(
            f"The service does not list the client key {pair.client_id}, which {whose}, "
            "and yet it works. Nothing was changed. Try again later, when the list has it."
        )


def refuse_foreign(name: str, record: KeyRecord, path: str, exchange: Callable[[str, str], object]) -> None:
    """Make sure that the current key of a record, which the account does not have, works nowhere.

    Args:
        name: the key's name.
        record: its record.
        path: the vault file.
        exchange: trades a client id and secret for a token.

    Raises:
        InputError: it does: it is another account's, or not listed yet.
    """
    if record.client_secret is not None and works(record.client_id, record.client_secret, exchange):
        raise InputError(
            f"The client key {name!r} in {path} works, but it is not this account's, or the service's list lags "
            "behind. Use that account's credentials, or another name, or try again later."
        )


def works(client_id: str, client_secret: str, exchange: Callable[[str, str], object]) -> bool:
    """Return whether the service takes a key's id with its secret."""
    try:
        exchange(client_id, client_secret)
    except RefusedError:
        return False
    return True
