# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service whose tokens are told apart, a cache in a folder, and what happens to its files and its clock."""

from __future__ import annotations

import errno
import os
import pathlib
import stat
import time
import types
import typing as t

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._granted import Token
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.cache import CacheKey, TokenCache

KEY = CacheKey("https://accounts.bloq.cloud", "ci", "client_credentials")
CREDENTIAL = "the credential"
WORD = "the-token"


class Service:
    """Grants tokens that are told apart by their number."""

    def __init__(self, lifetime: float = 3600.0, skew: float = 0.0) -> None:
        self.minted = 0
        self.lifetime = lifetime
        self.skew = skew
        self.fault: Exception | None = None

    def mint(self) -> Token:
        self.minted += 1
        if self.fault is not None:
            raise self.fault
        end = time.time() + self.skew + self.lifetime
        return Token(f"{WORD}-{self.minted}", "client", end, self.lifetime, self.skew, "the-refresh-token")


class Use:
    """A cache in a folder, with a service behind it and the warnings that were given."""

    def __init__(self, folder: pathlib.Path, service: Service | None = None) -> None:
        self.folder = folder
        self.service = service or Service()
        self.warnings: list[str] = []
        self.cache = TokenCache(str(folder), self.warnings.append)

    def get(self, **changes: t.Any) -> tuple[Token, bool]:
        wanted: dict[str, t.Any] = {"key": KEY, "credential": CREDENTIAL, "strong": True, "min_ttl": 300.0}
        return self.cache.get_or_mint(**{**wanted, "mint": self.service.mint, **changes})

    def entry(self, ending: str = "token") -> pathlib.Path:
        return next(self.folder.glob(f"*.{ending}"))


def sleep(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + seconds)


def age(path: pathlib.Path, seconds: float) -> None:
    moment = path.stat().st_mtime - seconds
    os.utime(path, (moment, moment))


def fail_to_sync_folders(monkeypatch: pytest.MonkeyPatch) -> None:
    sync = os.fsync

    def files_only(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", files_only)


def fail_in(monkeypatch: pytest.MonkeyPatch, module: types.ModuleType, function: str, number: int) -> None:
    def fail(*_args: t.Any, **_kwargs: t.Any) -> t.NoReturn:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(module, function, fail)
