# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with a coordination server, in words that quote nothing that the server or the URL says."""

from __future__ import annotations

import re
from collections.abc import Sequence

#: Seconds for a connection, and for the answer to a command: somebody waits for a token meanwhile.
PATIENCE = 2.0
_REFUSES = "refuses the user or the password of coordination_url, or that user may not do what is needed."
_NO_DATABASE = "has no database of the number in coordination_url."
_NOT_OURS = "has something else under a key of ours"
#: What redis-py raises, or the error of a server that it passes on, and what that means; the first that fits counts.
_MEANINGS = (
    ("MasterNotFoundError", "", "has no primary that they know. Check the name, and the sentinels."),
    ("AuthenticationError|NoPermissionError", "", _REFUSES),
    ("RedisError", "invalid username|NOPERM|WRONGPASS|NOAUTH", _REFUSES),
    ("TimeoutError", "", f"does not answer within {PATIENCE:g} s as a Redis or Valkey server does."),
    ("ReadOnlyError", "", "is a read-only replica. Name the primary in coordination_url."),
    ("OutOfMemoryError", "", "has no memory left. Give it more, or remove what else is in it."),
    ("RedisError", "max number of clients", "has as many clients as it takes. Raise its maxclients."),
    ("BusyLoadingError", "", "is still reading its data after a start. Try again later."),
    ("MovedError|AskError|ClusterDownError|ClusterCrossSlotError", "", "is a part of a cluster. Name one that is not."),
    # The script's own count of fences; without the script it is the number of the database.
    ("ResponseError", "not an integer.*script|script.*not an integer|would overflow", _NOT_OURS),
    ("ResponseError", "DB index|^value is not an integer|SELECT is not allowed", _NO_DATABASE),
    ("ResponseError", "^MISCONF", "cannot write its data to its disk. Mend that there."),
    ("ResponseError", "^NOREPLICAS", "has fewer replicas than its min-replicas-to-write. Mend that there."),
    # For several commands at once redis-py begins the text with the one that failed.
    ("ResponseError", r"\bWRONGTYPE\b", _NOT_OURS),
    (
        "ConnectionError",
        "closed by server",
        "ends the connection: it is not a Redis or Valkey server, or it wants TLS (rediss://), or is full.",
    ),
    (
        "ConnectionError",
        "Hostname mismatch|IP address mismatch",
        "has a certificate for another name. Correct the host in coordination_url.",
    ),
    ("ConnectionError", "CERTIFICATE_VERIFY_FAILED", "has a certificate that is not trusted. Set ca_path."),
    (
        "ConnectionError",
        "No such file|Permission denied|Is a directory|X509|PEM",
        "cannot be reached: a file that coordination_url or ca_path names is missing, cannot be read, or is another.",
    ),
    ("ConnectionError|OSError", "", "cannot be reached."),
)
_CODE = re.compile(r"([A-Z]{3,20}) ")


def not_ours(keys: Sequence[str]) -> str:
    """Return that what stands under one of these keys cannot be what we put there; see ``problem``."""
    return f"{_NOT_OURS} ({' or '.join(keys)}): it is damaged, or somebody else's. Remove what is there."


def problem(error: Exception, keys: Sequence[str] = ()) -> str:
    """Return what is wrong, as the end of a sentence that begins with the server.

    Args:
        error: what redis-py raises.
        keys: the keys that were asked for.
    """
    kinds = [kind.__name__ for kind in type(error).__mro__]
    for kind, words, meaning in _MEANINGS:
        if any(re.fullmatch(kind, each) for each in kinds) and re.search(words, str(error)):
            # The error for several commands names the one that failed.
            return not_ours([key for key in keys if key in str(error)] or keys) if meaning is _NOT_OURS else meaning
    code = _CODE.match(str(error))
    return f"answers with an error ({code[1] if code else type(error).__name__})."
