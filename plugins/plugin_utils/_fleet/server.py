# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection to the coordination server, by redis-py, with errors that say what to do."""

from __future__ import annotations

import functools
import os
import time
import typing as t
from collections.abc import Callable, Sequence

from ...module_utils._errors import CoordinationError, InputError, MissingLibraryError
from .url import CoordinationUrl

if t.TYPE_CHECKING:
    import redis

_R = t.TypeVar("_R")

#: Seconds for a connection, and for the answer to a command: somebody waits for a token meanwhile.
_PATIENCE = 2.0
_SAFE_POLICY = "noeviction"
#: Seconds for which a process does not ask again where nobody has answered.
_STAYS_DOWN = 30.0
#: What was wrong with a server, and since when, by its URL.
_down: dict[str, tuple[CoordinationError, float]] = {}


class Server:
    """A Redis or Valkey server, reached when it is first asked.

    Once it could not be used, this process does not ask it again for a while: each attempt would take as long.

    Args:
        url: where it is.
        ca_path: a PEM file, or a folder, of authorities to trust instead of the usual ones.
        validate_certs: whether it must prove who it is.
    """

    def __init__(self, url: CoordinationUrl, *, ca_path: str | None = None, validate_certs: bool = True) -> None:
        self._url = url
        self._ca_path = ca_path
        self._validate_certs = validate_certs

    @property
    def where(self) -> str:
        """Host and port, or the socket's path."""
        return self._url.where

    def ask(self, command: Callable[[t.Any], _R]) -> _R:
        """Return what a command returns.

        Args:
            command: calls a method of redis-py's client.

        Raises:
            CoordinationError: the server cannot be reached, or cannot do it.
            InputError: it is not a Redis or Valkey server.
            MissingLibraryError: redis-py is not installed.
        """
        known = _down.get(self._url.text)
        if known is not None and time.monotonic() - known[1] < _STAYS_DOWN:
            raise known[0]
        client = self._client
        import redis.exceptions as errors

        try:
            return command(client)
        except (errors.InvalidResponse, errors.DataError) as error:
            raise InputError(
                f"What answers at {self.where} is not a Redis or Valkey server. Correct coordination_url."
            ) from error
        except (errors.RedisError, OSError, UnicodeError) as error:
            problem = CoordinationError(f"The coordination server {self.where} {_problem(error)}")
            _down[self._url.text] = (problem, time.monotonic())
            raise problem from None

    def run(self, command: str, keys: Sequence[str], *arguments: str | bytes | int | float) -> t.Any:
        """Run a command of ``fleet.lua``; see ``ask``."""
        return self.ask(lambda client: client.register_script(_script())(keys=list(keys), args=[command, *arguments]))

    def prove(self) -> None:
        """Prove that the server can do what will be needed, before anything is asked of a service; see ``ask``."""
        self.ask(lambda client: client.set("bloq:{probe}:probe", b"", px=1000))
        self.run("hold", ["bloq:{probe}:lock"], "nobody", 1, 0)

    def concerns(self) -> str | None:
        """Return what a user should know of how the server keeps data, or None; see ``ask``."""
        memory = self.ask(lambda client: client.info("memory"))
        policy = memory.get("maxmemory_policy", _SAFE_POLICY)
        persistence = self.ask(lambda client: client.info("persistence"))
        problems = []
        if policy != _SAFE_POLICY:
            problems.append(f"may evict data (maxmemory-policy {policy}; use noeviction)")
        if not persistence.get("aof_enabled") and not self._saves():
            problems.append("keeps nothing over a restart (use appendonly yes)")
        if not problems:
            return None
        return (
            f"The coordination server {self.where} {' and '.join(problems)}. With its data the escrow of client keys "
            "and the notes of interrupted runs are lost."
        )

    def _saves(self) -> bool:
        import redis.exceptions as errors

        try:
            settings: t.Any = self._client.config_get("save")
        except errors.RedisError:
            # A user who may not read settings is a good one to have.
            return True
        return bool(settings.get("save"))

    @functools.cached_property
    def _client(self) -> redis.Redis:
        try:
            # 140 ms that nobody pays who finds a token in the local cache.
            import redis
            from redis.backoff import NoBackoff
            from redis.retry import Retry
        except ImportError:
            raise MissingLibraryError("redis") from None
        retry = Retry(NoBackoff(), 1, supported_errors=(redis.exceptions.ConnectionError,))
        try:
            return redis.Redis.from_url(
                self._url.text,
                socket_connect_timeout=_PATIENCE,
                socket_timeout=_PATIENCE,
                retry=retry,
                protocol=2,
                **self._tls(),
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


def _problem(error: Exception) -> str:
    """Return what is wrong, in words that quote nothing that the server or the URL says."""
    import redis.exceptions as errors

    if isinstance(error, (errors.AuthenticationError, errors.NoPermissionError)) or "invalid username" in str(error):
        return "refuses the user or the password of coordination_url, or that user may not do what is needed."
    if isinstance(error, errors.TimeoutError):
        return f"does not answer within {_PATIENCE:g} s as a Redis or Valkey server does."
    if isinstance(error, errors.ReadOnlyError):
        return "is a read-only replica. Name the primary in coordination_url."
    if isinstance(error, errors.OutOfMemoryError):
        return "has no memory left. Give it more, or remove what else is in it."
    if isinstance(error, errors.ConnectionError) and "closed by server" in str(error):
        return "ends the connection: it is not a Redis or Valkey server, or it wants TLS (rediss://), or is full."
    if isinstance(error, errors.ConnectionError):
        is_untrusted = "CERTIFICATE_VERIFY_FAILED" in str(error)
        return "has a certificate that is not trusted. Set ca_path." if is_untrusted else "cannot be reached."
    return f"answers with an error ({type(error).__name__})."
