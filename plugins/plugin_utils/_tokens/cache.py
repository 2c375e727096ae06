# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One token for all hosts, forks, tasks and runs of a controller, until it nears its end.

Lookups and actions run in short-lived forks, so the cache is files and a lock. A hit reads one small file and
imports no HTTP or JWT library.
"""

from __future__ import annotations

import contextlib
import dataclasses
import time
import typing as t

from ...module_utils._errors import BloqError, FileError, from_dict, to_dict
from ...module_utils._tokens import Token
from .._files.locks import HeldError, Notify
from .cache_box import TURNS_OF_1_0_0, CacheBox
from .cache_folder import CacheFolder
from .freshness import believable, early_refresh_jitter, is_reusable
from .shared_failures import is_for_all, not_before, turn_after

_TOKEN = "token"  # noqa: S105 (a file's ending)
_FAILURE = "failure"
#: How many seconds a failure counts for the other hosts of a task.
_FAILURE_COUNTS = 30.0
#: Seconds beyond what a request may take, after which the holder of a lock is not waited for any more.
_GRACE = 30.0
#: The failures that this process knows of: whoever tries again after one asks the service.
_known_failures: set[bytes] = set()


class CacheKey(t.NamedTuple):
    """What a token is for, besides the credential that it was granted to.

    Attributes:
        accounts_url: the Accounts service.
        identity: the user or the client id.
        grant_type: ``password``, ``client_credentials`` or ``refresh_token``.
    """

    accounts_url: str
    identity: str
    grant_type: str


class TokenCache:
    """Tokens in a folder, each encrypted with a key derived from the credential that it was granted to."""

    def __init__(
        self,
        folder: str,
        warn: t.Callable[[str], None] = lambda text: None,
        step: str = "",
        *,
        patience: float = 0.0,
        request_limit: float = 90.0,
        notify: Notify = lambda text: None,
    ) -> None:
        """Name the folder; nothing is read or made yet.

        Args:
            folder: where the entries are; made when it is missing, with its parents.
            warn: called, in words that do not differ from call to call, when the folder cannot be used or was open.
            step: what the calls of several processes have in common when they are one step of one run, a task over
                many hosts; empty when nothing is known to be.
            patience: the seconds that a call may wait when the service has asked others to wait.
            request_limit: how many seconds a request for a token usually takes at most.
            notify: called with what a long wait is for.
        """
        self._folder = CacheFolder(folder, warn)
        self._warn = warn
        self._step = step
        self._patience = patience
        self._longest_wait = request_limit + _GRACE
        self._notify = notify

    def get_or_mint(
        self,
        key: CacheKey,
        credential: str,
        *,
        strong: bool,
        min_ttl: float,
        mint: t.Callable[[], Token],
        force: bool = False,
    ) -> tuple[Token, bool]:
        """Return the token of the cache, or a new one, for which only one process at a time asks.

        Whoever waits meanwhile takes what came of it: the token, or the failure that is meant for all: a refusal
        (401, 403), so that a wrong password is tried once and not once a host, or a 429 that outlasted all waits.
        The same failure counts once for each other process that comes to the same step within seconds. A later
        call asks again, after a 429 not before the time that the service named. After any other failure those who
        wait try for themselves, all at once: in line, each would sit out the time-outs of all before it. Where
        the folder cannot be used, or a holder of the lock is stopped, a call mints for itself.

        Args:
            key: what the token is for.
            credential: the secret that it is granted to.
            strong: whether a machine made ``credential`` (a client secret, a refresh token), or a human did.
            min_ttl: the seconds of life that the token must have left (see ``is_reusable``).
            mint: asks the service for a token.
            force: take no token that was there before the call.

        Returns:
            The token, and whether this call minted it.

        Raises:
            InputError: the folder or the entry belongs to another user, or is open to others and cannot be closed.
            BloqError: whatever ``mint`` raises.
        """
        box = CacheBox(credential, key, strong=strong)
        entry_before = self._folder.read(f"{box.name}.{_TOKEN}")
        if not force and (kept := _usable(box, entry_before, min_ttl)):
            return kept, False
        failure_before = self._folder.read(f"{box.name}.{_FAILURE}")

        with contextlib.ExitStack() as turn:
            try:
                self._take_turn(box, turn)
            except FileError:
                self._cannot_use()
                return mint(), True
            # No two sealings are alike, so other bytes mean: stored since this call began. No clock is asked.
            entry = self._folder.read(f"{box.name}.{_TOKEN}")
            if (entry != entry_before or not force) and (kept := _usable(box, entry, min_ttl)):
                return kept, False
            failure = self._folder.read(f"{box.name}.{_FAILURE}")
            if failure is not None:
                self._heed(box, failure, waited=failure != failure_before)
                if failure != failure_before and failure not in _known_failures:
                    turn.close()
            if not strong and not force and (kept := self._left_by_1_0_0(credential, key, min_ttl)):
                self._keep(box, kept)
                return kept, False
            token = self._mint(box, mint)
        self._folder.sweep(time.time())
        return token, True

    def forget(self, key: CacheKey, credential: str, *, strong: bool) -> None:
        """Remove the token of a credential, for instance because the service no longer takes it."""
        boxes = [CacheBox(credential, key, strong=strong)]
        if not strong:
            boxes.append(CacheBox(credential, key, strong=False, turns=TURNS_OF_1_0_0))
        for box in boxes:
            self._folder.remove(f"{box.name}.{_TOKEN}")

    def clear(self, *, check_mode: bool = False) -> int:
        """Remove all tokens, and return how many.

        Args:
            check_mode: only count them.

        Raises:
            InputError: the folder belongs to another user, or is open to others and cannot be closed.
        """
        return self._folder.tokens() if check_mode else self._folder.clear()

    def _take_turn(self, box: CacheBox, turn: contextlib.ExitStack) -> None:
        """Hold the entry's lock until ``turn`` ends, or else do without: a holder that is stopped may never end."""
        for _attempt in range(2):
            try:
                turn.enter_context(self._folder.locked(box.name, timeout=self._longest_wait, notify=self._notify))
            except HeldError as held:
                self._warn(
                    f"The token cache {self._folder.path} was locked by {held.holder} for too long, so it was not "
                    "waited for. Let that end, or end it."
                )
            else:
                return

    def _mint(self, box: CacheBox, mint: t.Callable[[], Token]) -> Token:
        try:
            token = mint()
        except BloqError as error:
            now = time.time()
            failure: dict[str, t.Any] = {"message": str(error), "failure": to_dict(error)}
            times = {"at": now, "not_before": not_before(error, now)}
            sealed = box.seal({**failure, **times, "step": self._step}, _FAILURE)
            _known_failures.add(sealed)
            # Whoever reads no failure just tries: not worth a warning on top of the error.
            with contextlib.suppress(FileError):
                self._folder.write(f"{box.name}.{_FAILURE}", sealed)
            raise
        self._keep(box, token)
        self._folder.remove(f"{box.name}.{_FAILURE}")
        return token

    def _keep(self, box: CacheBox, token: Token) -> None:
        content: dict[str, t.Any] = {"grant": dataclasses.asdict(token), "minted_at": time.time()}
        try:
            self._folder.write(f"{box.name}.{_TOKEN}", box.seal(content, _TOKEN), token.expires_at - token.skew)
        except FileError:
            self._cannot_use()

    def _left_by_1_0_0(self, credential: str, key: CacheKey, min_ttl: float) -> Token | None:
        """Return the token of a login that 1.0.0 has left, for the upgrade costs nobody a login."""
        box = CacheBox(credential, key, strong=False, turns=TURNS_OF_1_0_0)
        return _usable(box, self._folder.read(f"{box.name}.{_TOKEN}"), min_ttl)

    def _heed(self, box: CacheBox, sealed: bytes, *, waited: bool) -> None:
        """Raise a failure that counts for this call too, or wait as long as the service has asked others to."""
        content = box.open(sealed, _FAILURE)
        if content is None:
            return
        now = time.time()
        error = from_dict(content["message"], content["failure"])
        same_step = self._step != "" and content.get("step") == self._step
        counts = waited or (same_step and 0 <= now - content["at"] < _FAILURE_COUNTS)
        if is_for_all(error) and counts and sealed not in _known_failures:
            _known_failures.add(sealed)
            raise error
        time.sleep(turn_after(content.get("not_before"), now, self._patience))

    def _cannot_use(self) -> None:
        self._warn(
            f"The token cache {self._folder.path} cannot be written, so tokens are not shared and every use asks "
            "for a new one. Make it a folder of yours on a disk with room, or set cache_path, or cache: false."
        )


def _usable(box: CacheBox, sealed: bytes | None, min_ttl: float) -> Token | None:
    content = None if sealed is None else box.open(sealed, _TOKEN)
    if content is None:
        return None
    try:
        token, minted_at = Token(**content["grant"]), float(content["minted_at"])
    except (KeyError, TypeError):  # another version of the collection wrote it
        return None
    now = time.time()
    if believable(token, minted_at, now) and is_reusable(token, min_ttl, now, early_refresh_jitter(box.name, min_ttl)):
        return token
    return None
