# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is to be said of what a vault file does not have, for those who only look."""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Set

from .creator import Listing
from .intent import IntentFile


class Doubtful(t.NamedTuple):
    """What a vault file does not have, and may have to do with.

    Attributes:
        suspects: the ids that ``report_suspects`` would name.
        unheld: the ids of what the account has and the file does not name anywhere.
    """

    suspects: Set[str] = frozenset()
    unheld: Set[str] = frozenset()


def doubtful(
    intents: IntentFile, listing: Listing, *, holds: Callable[[str], bool], names: Callable[[], Set[str]]
) -> Doubtful:
    """Return what a vault file does not have, and may have to do with.

    Args:
        intents: the intents beside the vault file.
        listing: what the account has.
        holds: whether the vault file knows an id.
        names: returns every name by which the account can log in.

    Raises:
        BloqError: a note cannot be read, or the service could not be asked for the names.
    """
    receipts, path, live = intents.receipts, intents.vault_path, listing.created_by_id
    found = intents.suspected(live, names) | receipts.received_by(path, live)
    return Doubtful(
        {each for each in found if not holds(each) and receipts.vault_file_of(each) in (None, path)},
        {each for each in live if not holds(each)},
    )
