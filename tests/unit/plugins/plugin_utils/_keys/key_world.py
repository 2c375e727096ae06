# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An account whose service fails when told, and a controller with one vault file."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from ansible.parsing.vault import VaultSecret
from ansible_collections.bloq.cloud.plugins.module_utils._accounts import KeyListing, ListedKey, NewKey
from ansible_collections.bloq.cloud.plugins.module_utils._connection import Pause
from ansible_collections.bloq.cloud.plugins.module_utils._errors import RefusedError
from ansible_collections.bloq.cloud.plugins.module_utils._times import iso
from ansible_collections.bloq.cloud.plugins.plugin_utils._creation.intent import IntentFile
from ansible_collections.bloq.cloud.plugins.plugin_utils._keys.lifecycle import KeyLifecycle
from ansible_collections.bloq.cloud.plugins.plugin_utils._keys.outcome import KeyOutcome
from ansible_collections.bloq.cloud.plugins.plugin_utils._keys.plan import Wanted
from ansible_collections.bloq.cloud.plugins.plugin_utils._keys.record import KeyRecord
from ansible_collections.bloq.cloud.plugins.plugin_utils._sessions import AccountSession
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault.file import VaultFile
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault.secrets import Vault
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._creation.interrupted import Killed, obtain

URL = "https://accounts.example.com"
#: Seconds after which a request has ended.
LIMIT = 10.0
VAULT = Vault([("default", VaultSecret(b"a pass phrase"))])


def key_id(number: int) -> str:
    """Return an id of the form that the real service gives, for its first key, its second or so."""
    return f"{number:040x}"


class Service:
    """Accounts, with one account and a fault for the next creation.

    Args:
        names: returns the id of what it makes as its first, second or so.
    """

    def __init__(self, names: Callable[[int], str] = "key{}".format) -> None:
        self.names = names
        self.keys: dict[str, str] = {}
        self.made = 0
        self.posts = 0
        self.lists = 0
        self.probes = 0
        self.skew = 0.0
        self.before: list[BaseException] = []
        self.after: list[BaseException] = []

    def list_keys(self, _token: str) -> KeyListing:
        self.lists += 1
        return KeyListing(tuple(ListedKey(*item) for item in self.keys.items()), self.skew)

    def create_key(self, _token: str, _pause: Pause) -> NewKey:
        self.posts += 1
        if self.before:
            raise self.before.pop()
        self.made += 1
        client_id = self.names(self.made)
        self.keys[client_id] = iso(time.time())
        if self.after:
            raise self.after.pop()
        return NewKey(client_id, f"secret of {client_id}", time.time() + self.skew)

    def profile(self, _token: str) -> dict[str, str]:
        return {"id": "me", "email": "Me@example.com"}

    def delete_key(self, _token: str, client_id: str) -> bool:
        return self.keys.pop(client_id, None) is not None

    def exchange(self, client_id: str, client_secret: str) -> None:
        if client_id not in self.keys or client_secret != f"secret of {client_id}":
            raise RefusedError("refused", status=401)

    def probe(self, client_id: str, client_secret: str) -> None:
        self.probes += 1
        self.exchange(client_id, client_secret)


class Controller:
    """Runs of one controller with one vault file."""

    def __init__(self, folder: Path, service: Service) -> None:
        self.folder = folder
        self.service = service
        self.session = AccountSession(service, obtain)  # type: ignore[arg-type]

    def run(
        self,
        wanted: Wanted | None = None,
        *,
        name: str = "ci",
        check_mode: bool = False,
        variable: str = "bloq_client_keys",
        login: str = "me",
        remove_suspects: bool = False,
        dismissed: Sequence[str] = (),
        leaked: Sequence[str] = (),
        lasts: bool = True,
    ) -> KeyOutcome:
        file = VaultFile.read(str(self.folder / "keys.yml"), VAULT, variable=variable)
        self.lifecycle = KeyLifecycle(
            name,
            accounts_url=URL,
            account=self.session,
            exchange=self.service.exchange,
            probe=self.service.probe,
            file=file,
            intents=IntentFile(file.path, URL, login, limit=LIMIT),
            check_mode=check_mode,
            remove_suspects=remove_suspects,
            dismissed=dismissed,
            leaked=leaked,
            lasts=lasts,
        )
        return self.lifecycle.ensure(wanted or Wanted())

    @property
    def record(self) -> KeyRecord:
        return KeyRecord.from_mapping("ci", VaultFile.read(str(self.folder / "keys.yml"), VAULT).records["ci"])

    @property
    def left_behind(self) -> list[str]:
        return [path.name for path in self.folder.iterdir() if path.name != "keys.yml"]


class Clock:
    """A clock that can be put forward."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._now = time.time()
        monkeypatch.setattr(time, "time", lambda: self._now)

    def forward(self, seconds: float) -> None:
        self._now += seconds

    def past_every_deadline(self) -> None:
        self.forward(LIMIT + 31)


def killed(controller: Controller, *, login: str = "me") -> None:
    """Run to where the service has made the key and its reply is on the way."""
    controller.service.after = [Killed()]
    with pytest.raises(Killed):
        controller.run(login=login)


def killed_before_the_store(controller: Controller) -> None:
    """Run to where the reply has come, and nothing is stored."""

    def died(*_anything: object) -> None:
        raise Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(VaultFile, "store", died)
        # Nothing of a killed run cleans up.
        patch.setattr(controller.service, "delete_key", died)
        with pytest.raises(Killed):
            controller.run()
