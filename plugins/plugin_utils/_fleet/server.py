# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection to the coordination server, by redis-py, with errors that say what to do."""

from __future__ import annotations

import functools
import os
import time
import typing as t
from collections.abc import Callable, Sequence

from ...module_utils._errors import CoordinationError, InputError
from ...module_utils._ordinary import check_tls_file
from .problems import PATIENCE, problem
from .url import CoordinationUrl

if t.TYPE_CHECKING:
    import redis

_R = t.TypeVar("_R")

_SAFE_POLICY = "noeviction"
#: Seconds for which a process does not ask again where nobody has answered.
_STAYS_DOWN = 30.0
#: What reading an answer raises that is none of those that the server gives.
_UNREADABLE = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError)
#: What was wrong with a server, and since when, by its URL.
_down: dict[str, tuple[CoordinationError, float]] = {}


class Server:
    """A Redis or Valkey server, reached when it is first asked.

    Once it could not be used, this process does not ask it again for a while: each attempt would take as long.

    Args:
        url: where it is.
        ca_path: a PEM file, or a folder, of authorities to trust instead of the usual ones.
        validate_certs: whether it must prove who it is.

    Raises:
        InputError: the authorities are in no file or folder.
    """

    def __init__(self, url: CoordinationUrl, *, ca_path: str | None = None, validate_certs: bool = True) -> None:
        self._url = url
        check_tls_file("ca_path", ca_path)
        self._ca_path = ca_path
        self._validate_certs = validate_certs

    @property
    def where(self) -> str:
        """Host and port, or the socket's path."""
        return self._url.where

    def ask(self, command: Callable[[t.Any], _R], *keys: str) -> _R:
        """Return what a command returns.

        Args:
            command: calls a method of redis-py's client, and reads what that returns.
            keys: those that it reads or changes in part: something else may stand there.

        Raises:
            CoordinationError: the server cannot be reached, cannot do it, or answers as no such server does; to a task
                it is the same when redis-py is not installed.
        """
        known = _down.get(self._url.text)
        if known is not None and time.monotonic() - known[1] < _STAYS_DOWN:
            raise known[0]
        try:
            # 140 ms that nobody pays who finds a token in the local cache.
            import redis.exceptions as errors
        except ImportError:
            raise CoordinationError(
                f"The coordination server {self.where} cannot be asked: the Python library redis, version 5 or newer, "
                "is missing on this controller. Install it with: python3 -m pip install redis, or name redis>=5 among "
                "the Python dependencies of the execution environment."
            ) from None
        try:
            return command(self._client)
        except (errors.InvalidResponse, errors.DataError, *_UNREADABLE):
            text = f"What answers at {self.where} is not a Redis or Valkey server. Correct coordination_url."
        except (errors.RedisError, OSError) as error:
            text = f"The coordination server {self.where} {problem(error, keys)}"
            if isinstance(error, errors.ResponseError):
                # It answers: nobody waits for the next question, and a lock that is held can be given back.
                raise CoordinationError(text) from None
        failure = CoordinationError(text)
        _down[self._url.text] = (failure, time.monotonic())
        raise failure

    def run(
        self,
        command: str,
        keys: Sequence[str],
        *arguments: str | bytes | int | float,
        read: Callable[[t.Any], t.Any] = lambda reply: reply,
    ) -> t.Any:
        """Run a command of ``fleet.lua`` and return what ``read`` makes of its reply; see ``ask``."""
        sent = [command, *arguments]
        return self.ask(lambda client: read(client.register_script(_script())(keys=list(keys), args=sent)), *keys)

    def prove(self) -> None:
        """Prove that the server can do what will be needed, before anything is asked of a service; see ``ask``."""
        self.ask(lambda client: client.set("bloq:{probe}:probe", b"", px=1000))
        self.run("hold", ["bloq:{probe}:lock"], "nobody", 1, 0)

    def concerns(self) -> str | None:
        """Return what a user should know of how the server keeps data, or None; see ``ask``."""
        policy = self.ask(lambda client: client.info("memory").get("maxmemory_policy", _SAFE_POLICY))
        is_kept = self.ask(lambda client: client.info("persistence").get("aof_enabled"))
        problems = []
        if policy != _SAFE_POLICY:
            problems.append("may evict data (use maxmemory-policy noeviction)")
        if not is_kept and not self._saves():
            problems.append("keeps nothing over a restart (use appendonly yes)")
        if not problems:
            return None
        return (
            f"The coordination server {self.where} {' and '.join(problems)}. With its data the escrow of client keys "
            "and the notes of interrupted runs are lost."
        )

    def _saves(self) -> bool:
        import redis.exceptions as errors

        def ask(client: t.Any) -> bool:
            try:
                return bool(client.config_get("save").get("save"))
            except errors.ResponseError:
                # A user who may not read settings is a good one to have.
                return True

        return self.ask(ask)

    @functools.cached_property
    def _client(self) -> redis.Redis:
        url = self._url
        if not url.sentinels:
            return self._at(url.text)
        from redis.sentinel import Sentinel

        own = {"ssl": True, **self._tls()} if url.is_tls else {}
        limits = {"socket_connect_timeout": PATIENCE, "socket_timeout": PATIENCE, "protocol": 2}
        ask: t.Any = Sentinel
        sentinels = ask(url.sentinels, sentinel_kwargs={**own, **limits, **url.sentinel_login})
        return self._at(url.at(*sentinels.discover_master(url.service)))

    def _at(self, text: str) -> redis.Redis:
        import redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        retry = Retry(NoBackoff(), 1, supported_errors=(redis.exceptions.ConnectionError,))
        try:
            return redis.Redis.from_url(
                text, socket_connect_timeout=PATIENCE, socket_timeout=PATIENCE, retry=retry, protocol=2, **self._tls()
            )
        except (ValueError, TypeError):
            # The library's text quotes what it read.
            raise InputError("coordination_url cannot be read. Write what is special in its password as %XX.") from None

    def _tls(self) -> dict[str, t.Any]:
        if not self._url.is_tls:
            return {}
        trusted = {}
        if self._ca_path is not None:
            trusted["ssl_ca_path" if os.path.isdir(self._ca_path) else "ssl_ca_certs"] = self._ca_path
        if self._validate_certs:
            return {**trusted, "ssl_cert_reqs": "required", "ssl_check_hostname": True}
        return {"ssl_cert_reqs": "none", "ssl_check_hostname": False}


@functools.cache
def _script() -> str:
    with open(os.path.join(os.path.dirname(__file__), "fleet.lua"), encoding="utf-8") as file:
        return file.read()
