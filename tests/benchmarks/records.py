# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a client key costs in a vault file with few records and with many, and a new one beside bare requests.

A key's cost is what each further item of a loop adds: a short loop and a long one of the same task are played in turns.
"""

from __future__ import annotations

import dataclasses
import json
import os
import time
import typing as t
from pathlib import Path

import requests
from ansible.parsing.vault import VaultLib, VaultSecret
from measuring import Samples, run
from plays import Case
from stage import Stage, write_private

LAYOUTS = ("inline", "file")
#: Items of the two loops whose difference is measured.
SHORT, LONG = 2, 10


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
        return [key["id"] for key in listed.json()]

    def exchange(self, record: dict[str, str]) -> None:
        """Trade a key for a token."""
        body = {"grantType": "clientCredentials", "clientId": record["client_id"]}
        body["clientSecret"] = record["client_secret"]
        self.session.post(f"{self.url}/auth/token", json=body, timeout=30).raise_for_status()


def measure_growth(
    stage: Stage, samples: Samples, sizes: t.Sequence[int], layouts: t.Sequence[str], repetitions: int
) -> None:
    """Play loops over keys that are there and over new ones, in files with so many records, ascending."""
    account = Account.of(stage)
    records: dict[str, dict[str, str]] = {}
    for size in sizes:
        records.update({f"key{number:04}": account.create() for number in range(len(records), size)})
        for layout in layouts:
            vault_file = stage.folder / f"records-{layout}-{size}.yml"
            _write(vault_file, records, layout, stage)
            there = sorted(records)[:LONG]
            # From here on each key has a token in the cache, which proves it.
            run(stage, loop_over_keys(vault_file, there, "", LONG))
            for turn in range(repetitions):
                for count in (SHORT, LONG):
                    new = [f"new{size}-{turn}-{count}-{number}" for number in range(count)]
                    for what, names in (("unchanged", there[:count]), ("created", new)):
                        case = loop_over_keys(vault_file, names, f"{what}, {layout}, {size} records", count)
                        samples.all.append(run(stage, case))
                        print(".", end="", flush=True)


def cost(samples: Samples, what: str, layout: str, size: int) -> float:
    """Return the milliseconds of processor time of each further key of a loop."""
    name = f"{what}, {layout}, {size} records"
    short, long = (samples.times("keys", name, count).processor for count in (SHORT, LONG))
    return (long - short) / (LONG - SHORT) * 1000


def bare_cost(stage: Stage, times: int) -> float:
    """Return the milliseconds of processor time of the three requests of a new key and one durable write."""
    account = Account.of(stage)
    began = time.process_time()
    for number in range(times):
        account.ids()
        record = account.create()
        account.exchange(record)
        _write_durably(stage.folder / f"bare-{number}.json", json.dumps(record))
    return (time.process_time() - began) / times * 1000


def loop_over_keys(vault_file: Path, names: t.Sequence[str], name: str, count: int) -> Case:
    """One task whose loop ensures client keys."""
    task = {
        "bloq.cloud.bloq_client_key": {"name": "{{ item }}", "vault_file": str(vault_file)},
        "loop": list(names),
    }
    play = [{"hosts": "all", "gather_facts": False, "tasks": [task]}]
    return Case("keys", name, count, json.dumps(play), inventory_hosts=1)


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
