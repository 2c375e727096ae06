# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a client key costs in a vault file with few records and with many, and a new one beside bare requests.

A key's cost is what each further item of a loop takes. The first has what a process pays once.
"""

from __future__ import annotations

import dataclasses
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import requests
from ansible.parsing.vault import VaultLib, VaultSecret
from stage import Stage, write_private

LAYOUTS = ("inline", "file")
#: The keys of a loop.
ITEMS = 10
_ITEMS = Path(__file__).with_name("items.py")


@dataclasses.dataclass(frozen=True)
class Account:
    """An account on the local Bloq, asked without this collection.

    Attributes:
        url: the Accounts service.
        session: carries the account's token.
    """

    url: str
    session: requests.Session

    @classmethod
    def of(cls, stage: Stage) -> Account:
        """Log in."""
        url, session = stage.environment["BLOQ_ACCOUNTS_URL"], requests.Session()
        session.trust_env = False
        login = stage.environment["BLOQ_USERNAME"], stage.environment["BLOQ_PASSWORD"]
        granted = session.post(f"{url}/auth", auth=login, timeout=30)
        granted.raise_for_status()
        session.headers["Authorization"] = f"Bearer {granted.json()['accessToken']}"
        return cls(url, session)

    def create(self) -> dict[str, str]:
        """Make a client key and return its record."""
        made = self.session.post(f"{self.url}/users/me/client-keys", timeout=30)
        made.raise_for_status()
        key = made.json()
        return {"accounts_url": self.url, "client_id": key["clientId"], "client_secret": key["clientSecret"]}

    def ids(self) -> list[str]:
        """Return the ids of the account's keys."""
        listed = self.session.get(f"{self.url}/users/me/client-keys", timeout=30)
        listed.raise_for_status()
        return [str(key["id"]) for key in listed.json()]

    def delete(self, resource_id: str) -> None:
        """Revoke a key."""
        self.session.delete(f"{self.url}/users/me/client-keys/{resource_id}", timeout=30).raise_for_status()

    def exchange(self, record: dict[str, str]) -> None:
        """Trade a key for a token."""
        body = {"grantType": "clientCredentials", "clientId": record["client_id"]}
        body["clientSecret"] = record["client_secret"]
        self.session.post(f"{self.url}/auth/token", json=body, timeout=30).raise_for_status()


class KeyCosts:
    """What client keys cost in loops, in milliseconds of processor time.

    Attributes:
        sizes: how many records the vault files had, ascending.
        loops: what each item of a loop cost, by what was played and the turn.
        bootstrap: what each key of a long loop that begins without any cost.
        bare: the requests of a new key without Ansible, with one durable write.
    """

    def __init__(self, sizes: Sequence[int]) -> None:
        self.sizes = sizes
        self.loops: dict[str, list[list[float]]] = {}
        self.bootstrap: list[float] = []
        self.bare = 0.0

    def further(self, what: str, layout: str, size: int) -> float:
        """Return what each further key of a loop costs: the quickest turn's median."""
        return min(statistics.median(items[1:]) for items in self.loops[_name(what, layout, size)])

    def first(self, what: str, layout: str, size: int) -> float:
        """Return what the first key of a process costs, which is all that a task without a loop has."""
        return min(items[0] for items in self.loops[_name(what, layout, size)])

    def growth(self, what: str, layout: str) -> float:
        """Return how many times what it costs with the fewest records a further key costs with the most."""
        return self.further(what, layout, self.sizes[-1]) / self.further(what, layout, self.sizes[0])

    def bootstrap_growth(self) -> float:
        """Return how many times what an early key of the bootstrap costs a late one does, by medians of a tenth."""
        tenth = max(2, len(self.bootstrap) // 10)
        return statistics.median(self.bootstrap[-tenth:]) / statistics.median(self.bootstrap[1 : tenth + 1])


def measure(stage: Stage, sizes: Sequence[int], turns: int, bootstrap: int) -> KeyCosts:
    """Play loops over keys.

    Args:
        stage: what plays run on.
        sizes: how many records the vault files have, ascending.
        turns: how often each loop is played, in turns.
        bootstrap: how many keys a long loop makes.
    """
    costs, account = KeyCosts(sizes), Account.of(stage)
    before = account.ids()
    costs.bare = min(_bare(stage, account, 10) for _time in range(3))
    vault_file = stage.folder / "bootstrap.yml"
    costs.bootstrap = _play(stage, vault_file, [f"key{number:04}" for number in range(bootstrap)])
    for resource_id in set(account.ids()) - set(before):
        account.delete(resource_id)
    records: dict[str, dict[str, str]] = {}
    files: dict[tuple[str, int], Path] = {}
    for size in sizes:
        records.update({f"key{number:04}": account.create() for number in range(len(records), size)})
        there = sorted(records)[:ITEMS]
        for layout in LAYOUTS:
            vault_file = files[layout, size] = stage.folder / f"records-{layout}-{size}.yml"
            _write(vault_file, records, layout, stage)
            # From here on each key has a token in the cache, which proves it.
            _play(stage, vault_file, there)
            content, ids = vault_file.read_bytes(), set(account.ids())
            for turn in range(turns):
                new = [f"new{size}-{turn}-{number}" for number in range(ITEMS)]
                for what, names in (("unchanged", there), ("created", new)):
                    costs.loops.setdefault(_name(what, layout, size), []).append(_play(stage, vault_file, names))
                # Neither the file nor the account is to grow by what was made, which each turn would pay for.
                vault_file.write_bytes(content)
                for resource_id in set(account.ids()) - ids:
                    account.delete(resource_id)
    return costs


def _bare(stage: Stage, account: Account, times: int) -> float:
    """Return the milliseconds of processor time of the three requests of a new key and one durable write."""
    began = time.process_time()
    for number in range(times):
        account.ids()
        record = account.create()
        account.exchange(record)
        _write_durably(stage.folder / f"bare-{number}.json", json.dumps(record))
    return (time.process_time() - began) / times * 1000


def _name(what: str, layout: str, size: int) -> str:
    return f"{what}, {layout}, {size} records"


def _play(stage: Stage, vault_file: Path, names: Sequence[str]) -> list[float]:
    """Ensure client keys in one loop, and return what each of them cost."""
    task = {
        "bloq.cloud.bloq_client_key": {"name": "{{ item }}", "vault_file": str(vault_file)},
        "loop": list(names),
    }
    playbook, noted = stage.folder / "keys.yml", stage.folder / "items.jsonl"
    playbook.write_text(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": [task]}]), encoding="utf-8")
    noted.unlink(missing_ok=True)
    command = [sys.executable, str(_ITEMS), str(noted), *stage.command(playbook, 1)[1:]]
    played = subprocess.run(
        command, check=False, env=stage.environment, cwd=stage.folder, capture_output=True, text=True
    )
    if played.returncode:
        raise SystemExit(f"The loop over {len(names)} keys failed:\n{played.stdout[-2000:]}{played.stderr[-2000:]}")
    print(".", end="", flush=True)
    return [float(took) for took in json.loads(noted.read_text(encoding="utf-8").splitlines()[-1])]


def _write(path: Path, records: dict[str, dict[str, str]], layout: str, stage: Stage) -> None:
    password = (stage.folder / "vault-password").read_bytes().strip()
    vault = VaultLib([("default", VaultSecret(password))])

    def secret(text: str) -> str:
        if layout == "file":
            return f'"{text}"'
        return "!vault |\n" + "\n".join(f"        {line}" for line in vault.encrypt(text).decode().splitlines())

    lines = ["---", "bloq_client_keys:"]
    for name, record in records.items():
        lines += [f"  {name}:", f"    accounts_url: {record['accounts_url']}", f"    client_id: {record['client_id']}"]
        lines += [f"    client_secret: {secret(record['client_secret'])}", '    created_at: "2026-11-24T10:00:00Z"']
    text = "\n".join(lines) + "\n"
    write_private(path, vault.encrypt(text).decode() if layout == "file" else text)


def _write_durably(path: Path, text: str) -> None:
    temporary = path.with_suffix(".tmp")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)
