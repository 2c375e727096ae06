# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One token for all hosts, forks, tasks and runs of a controller, or of many, until it nears its end.

Lookups and actions run in short-lived forks, so the cache is files and a lock. A hit reads one small file and
imports no HTTP or JWT library.
"""

from __future__ import annotations

import contextlib
import time
import typing as t

from ...module_utils._errors import BloqError, CoordinationError, FileError, from_dict, to_dict
from ...module_utils._granted import Token
from .cache_box import TURNS_OF_1_0_0, CacheBox
from .cache_folder import CacheFolder
from .freshness import believable, early_refresh_jitter, is_reusable

if t.TYPE_CHECKING:
    from .._files.locks import Notify
    from .._fleet.protocol import TokenStore

_TOKEN = "token"  # noqa: S105 (a file's ending)
_FAILURE = "failure"
#: How many seconds a failure counts for the other hosts of a task.
_FAILURE_COUNTS = 30.0
#: Seconds beyond what a request may take, after which the holder of a lock is not waited for any more.
_GRACE = 30.0
#: Seconds by which two clocks may differ and count as one.
_SAME_CLOCK = 1.0
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


# No named tuples: making one takes a quarter of a millisecond, in every process that uses the lookup.
class _Request:
    """A token that is wanted: see ``TokenCache.get_or_mint``."""

    __slots__ = ("box", "force", "min_ttl", "mint")

    def __init__(self, box: CacheBox, min_ttl: float, mint: t.Callable[[], Token], force: bool) -> None:
        self.box = box
        self.min_ttl = min_ttl
        self.mint = mint
        self.force = force


class _Found:
    """A token, when it was minted by our clock, and whether that was just now."""

    __slots__ = ("is_minted", "minted_at", "token")

    def __init__(self, token: Token, minted_at: float, *, is_minted: bool) -> None:
        self.token = token
        self.minted_at = minted_at
        self.is_minted = is_minted


class TokenCache:
    """Tokens in a folder, each encrypted with a key derived from the credential that it was granted to."""

    def __init__(
        self,
        folder: str,
        warn: t.Callable[[str], None] = lambda text: None,
        step: str = "",
        *,
        patience: float = 0.0,
        request_limit: t.Callable[[], float] = lambda: 90.0,
        notify: Notify = lambda text: None,
        beyond: t.Callable[[], TokenStore] | None = None,
    ) -> None:
        """Name the folder; nothing is read or made yet.

        Args:
            folder: where the entries are; made when it is missing, with its parents.
            warn: called, in words that do not differ from call to call, when the folder cannot be used or was open.
            step: what the calls of several processes have in common when they are one step of one run, a task over
                many hosts; empty when nothing is known to be.
            patience: the seconds that a call may wait when the service has asked others to wait.
            request_limit: returns how many seconds a request for a token usually takes at most.
            notify: called with what a long wait is for.
            beyond: returns the store that is asked for what the folder does not have, before the service is.
        """
        self._folder = CacheFolder(folder, warn)
        self._warn = warn
        self._step = step
        self._patience = patience
        self._request_limit = request_limit
        self._notify = notify
        self._beyond = beyond

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
        request = _Request(CacheBox(credential, key, strong=strong), min_ttl, mint, force)

        def otherwise() -> _Found:
            kept = None if strong or force else self._left_by_1_0_0(credential, key, request)
            return kept or self._ask_beyond(request)

        found = self._ask(self._folder, request, otherwise)
        return found.token, found.is_minted

    def prove(self) -> None:
        """Make sure that the folder can be used, if it is there.

        Raises:
            InputError: it is another thing, or another user's.
        """
        self._folder.tokens()

    def forget(self, key: CacheKey, credential: str, *, strong: bool) -> None:
        """Remove the token of a credential, for instance because the service no longer takes it."""
        name = f"{CacheBox(credential, key, strong=strong).name}.{_TOKEN}"
        self._folder.remove(name)
        if not strong:
            left = CacheBox(credential, key, strong=False, turns=TURNS_OF_1_0_0)
            self._folder.remove(f"{left.name}.{_TOKEN}")
        if self._beyond is not None:
            store = self._beyond()
            try:
                store.remove(name)
            except CoordinationError as error:
                self._warn(store.complaint(error))

    def clear_beyond(self, key: CacheKey, credential: str, *, strong: bool, check_mode: bool = False) -> int:
        """Remove what the store beyond the folder has for a credential, and return how many tokens that were.

        Args:
            key: what the token is for.
            credential: the secret that it was granted to.
            strong: see ``get_or_mint``.
            check_mode: only count them.

        Raises:
            CoordinationError: the store cannot be used, so nothing is certain to be gone.
        """
        if self._beyond is None:
            return 0
        store, name = self._beyond(), CacheBox(credential, key, strong=strong).name
        if check_mode:
            return int(store.read(f"{name}.{_TOKEN}") is not None)
        store.remove(f"{name}.{_FAILURE}")
        return int(store.remove(f"{name}.{_TOKEN}"))

    def clear(self, *, check_mode: bool = False) -> int:
        """Remove all tokens, and return how many.

        Args:
            check_mode: only count them.

        Raises:
            InputError: the folder belongs to another user, or is open to others and cannot be closed.
        """
        return self._folder.tokens() if check_mode else self._folder.clear()

    def _ask(self, store: TokenStore, request: _Request, otherwise: t.Callable[[], _Found]) -> _Found:
        """Return the token of a store, or else, in a turn of our own there, what ``otherwise`` returns."""
        with contextlib.ExitStack() as turn:
            try:
                kept = self._kept(store, request, turn)
            except (FileError, CoordinationError) as error:
                self._warn(store.complaint(error))
                return otherwise()
            if kept is not None:
                return kept
            try:
                found = otherwise()
            except BloqError as error:
                self._keep_failure(store, request.box, error)
                raise
            self._keep_token(store, request.box, found)
        store.sweep(time.time())
        return found

    def _ask_beyond(self, request: _Request) -> _Found:
        def mint() -> _Found:
            return _Found(request.mint(), time.time(), is_minted=True)

        return mint() if self._beyond is None else self._ask(self._beyond(), request, mint)

    def _kept(self, store: TokenStore, request: _Request, turn: contextlib.ExitStack) -> _Found | None:
        """Return the token of a store, or None in a turn of our own: what others came to meanwhile was no token."""
        token, failure = (f"{request.box.name}.{kind}" for kind in (_TOKEN, _FAILURE))
        entry_before = store.read(token)
        if not request.force and (kept := _usable(store, request, entry_before)):
            return kept
        failure_before = store.read(failure)
        self._take_turn(store, request.box, turn)
        # No two sealings are alike, so other bytes mean: stored since this call began. No clock is asked.
        entry = store.read(token)
        if (entry != entry_before or not request.force) and (kept := _usable(store, request, entry)):
            return kept
        sealed = store.read(failure)
        if sealed is not None:
            self._heed(store, request.box, sealed, waited=sealed != failure_before)
            if sealed != failure_before and sealed not in _known_failures:
                turn.close()
        return None

    def _take_turn(self, store: TokenStore, box: CacheBox, turn: contextlib.ExitStack) -> None:
        """Hold the entry's lock until ``turn`` ends, or else do without: a holder that is stopped may never end."""
        from .._files.locks import HeldError

        longest = self._request_limit() + _GRACE
        for _attempt in range(2):
            try:
                turn.enter_context(store.locked(box.name, timeout=longest, notify=self._notify))
            except HeldError as held:
                self._warn(
                    f"The token cache {self._folder.path} was locked by {held.holder} for too long, so it was not "
                    "waited for. Let that end, or end it."
                )
            else:
                return

    def _left_by_1_0_0(self, credential: str, key: CacheKey, request: _Request) -> _Found | None:
        """Return the token of a login that 1.0.0 has left, for the upgrade costs nobody a login."""
        box = CacheBox(credential, key, strong=False, turns=TURNS_OF_1_0_0)
        left = _Request(box, request.min_ttl, request.mint, request.force)
        return _usable(self._folder, left, self._folder.read(f"{left.box.name}.{_TOKEN}"))

    def _keep_failure(self, store: TokenStore, box: CacheBox, error: BloqError) -> None:
        from .shared_failures import not_before

        now = time.time()
        failure: dict[str, t.Any] = {"message": str(error), "failure": to_dict(error)}
        times = {"at": now, "not_before": not_before(error, now), "ahead": store.ahead}
        sealed = box.seal({**failure, **times, "step": self._step}, _FAILURE)
        _known_failures.add(sealed)
        # Whoever reads no failure just tries: not worth a warning on top of the error.
        with contextlib.suppress(FileError, CoordinationError):
            store.write(f"{box.name}.{_FAILURE}", sealed)

    def _keep_token(self, store: TokenStore, box: CacheBox, found: _Found) -> None:
        token = found.token
        content: dict[str, t.Any] = {"grant": token._asdict(), "minted_at": found.minted_at}
        try:
            sealed = box.seal({**content, "ahead": store.ahead}, _TOKEN)
            store.write(f"{box.name}.{_TOKEN}", sealed, token.expires_at - token.skew)
            store.remove(f"{box.name}.{_FAILURE}")
        except (FileError, CoordinationError) as error:
            self._warn(store.complaint(error))

    def _heed(self, store: TokenStore, box: CacheBox, sealed: bytes, *, waited: bool) -> None:
        """Raise a failure that counts for this call too, or wait as long as the service has asked others to."""
        from .shared_failures import is_for_all, turn_after

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
        moment = content.get("not_before")
        if isinstance(moment, (int, float)):
            moment += _shift(store, content)
        time.sleep(turn_after(moment, now, self._patience))


def _usable(store: TokenStore, request: _Request, sealed: bytes | None) -> _Found | None:
    content = None if sealed is None else request.box.open(sealed, _TOKEN)
    if content is None:
        return None
    try:
        token, minted_at, shift = Token(**content["grant"]), float(content["minted_at"]), _shift(store, content)
    except (KeyError, TypeError):  # another version of the collection wrote it
        return None
    if shift:
        token, minted_at = token._replace(skew=token.skew - shift), minted_at + shift
    now, min_ttl = time.time(), request.min_ttl
    if believable(token, minted_at, now) and is_reusable(
        token, min_ttl, now, early_refresh_jitter(request.box.name, min_ttl)
    ):
        return _Found(token, minted_at, is_minted=False)
    return None


def _shift(store: TokenStore, content: t.Mapping[str, t.Any]) -> float:
    """Return the seconds that make a time by the clock of whoever wrote an entry one by ours."""
    shift = store.ahead - float(content.get("ahead", 0.0))
    return shift if abs(shift) > _SAME_CLOCK else 0.0
